/**
 * The daemon ftcpd and its parts.
 */
@NullMarked
package dev.ftcp.daemon;

import org.jspecify.annotations.NullMarked;
