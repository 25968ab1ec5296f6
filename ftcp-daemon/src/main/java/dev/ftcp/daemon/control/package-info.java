/**
 * The control socket: what the daemon tells about itself, and how it is asked.
 */
@NullMarked
package dev.ftcp.daemon.control;

import org.jspecify.annotations.NullMarked;
