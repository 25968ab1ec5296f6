/**
 * The protocol between the daemon and the service manager.
 */
@NullMarked
package dev.ftcp.daemon.systemd;

import org.jspecify.annotations.NullMarked;
