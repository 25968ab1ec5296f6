/**
 * Continues every connection of a lost primary on this host.
 */
@NullMarked
package dev.ftcp.daemon.takeover;

import org.jspecify.annotations.NullMarked;
