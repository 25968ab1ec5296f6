/**
 * TCP clients that tests play packet by packet: {@link dev.ftcp.tests.peer.Script} writes every segment down,
 * {@link dev.ftcp.tests.peer.TcpPeer} is a small TCP of its own with the habits of a {@link dev.ftcp.tests.peer.Stack}.
 */
@NullMarked
package dev.ftcp.tests.peer;

import org.jspecify.annotations.NullMarked;
