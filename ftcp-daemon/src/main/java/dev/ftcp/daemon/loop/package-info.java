/**
 * The core loop: one thread that drains, commits, beats and takes roles.
 */
@NullMarked
package dev.ftcp.daemon.loop;

import org.jspecify.annotations.NullMarked;
