/**
 * Connections that were taken over: adopted as file descriptors, fed to the local service instance, carried until they close.
 */
@NullMarked
package dev.ftcp.daemon.relay;

import org.jspecify.annotations.NullMarked;
