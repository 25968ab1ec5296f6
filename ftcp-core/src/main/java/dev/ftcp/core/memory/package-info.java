/**
 * Bounded off-heap byte storage for retained streams.
 */
@NullMarked
package dev.ftcp.core.memory;

import org.jspecify.annotations.NullMarked;
