/**
 * Facts of TCP that everything else uses: connection identity, wrap-safe sequence arithmetic.
 */
@NullMarked
package dev.ftcp.core.tcp;

import org.jspecify.annotations.NullMarked;
