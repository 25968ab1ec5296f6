/**
 * The records that cross a ring: what is committed, how it is written and how it is checked when read.
 */
@NullMarked
package dev.ftcp.core.log;

import org.jspecify.annotations.NullMarked;
