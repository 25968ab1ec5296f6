/** Tests of the relay, with real sockets over loopback. */
@NullMarked
package dev.ftcp.daemon.relay;

import org.jspecify.annotations.NullMarked;
