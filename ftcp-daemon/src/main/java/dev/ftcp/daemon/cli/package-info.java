/**
 * The commands ftcpd and ftcpctl.
 */
@NullMarked
package dev.ftcp.daemon.cli;

import org.jspecify.annotations.NullMarked;
