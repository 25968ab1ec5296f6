/**
 * Network namespaces for tests that need a real kernel on both ends.
 */
@NullMarked
package dev.ftcp.xen.lab;

import org.jspecify.annotations.NullMarked;
