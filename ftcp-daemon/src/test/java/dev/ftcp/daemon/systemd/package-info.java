/** Tests of what the service manager hears. */
@NullMarked
package dev.ftcp.daemon.systemd;

import org.jspecify.annotations.NullMarked;
