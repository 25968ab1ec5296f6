/**
 * Measurements under JMH, each beside what it is to be compared with.
 */
@NullMarked
package dev.ftcp.tests.bench;

import org.jspecify.annotations.NullMarked;
