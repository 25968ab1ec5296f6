package dev.ftcp.daemon.relay;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.tcp.FlowKey;
import java.net.InetSocketAddress;

/**
 * A taken-over connection, as it is handed to {@link Relay#adopt}. The relay owns the descriptor and both runs of bytes from then on,
 * also when the adoption fails.
 *
 * @param id the flow's number; the relay only reports it
 * @param key the connection
 * @param fd an established TCP socket, out of repair mode, non-blocking
 * @param backend where the local service answers for it; resolved
 * @param continuation driven on one event loop, from {@code onStart} until it is transparent
 * @param clientBytes committed client bytes from the safe point on; the live bytes of the socket follow them without a seam
 * @param serverTail committed server bytes that the client lacks: they go to it before anything that the continuation produces
 * @param clientFin whether the client's FIN is committed too; it follows {@code clientBytes}
 * @param backendOnDemand whether the client speaks first in this protocol, so that an idle flow whose continuation is transparent from
 *     the start needs no backend connection before the client's next byte
 * @param listener told what becomes of the flow
 */
public record RelayedFlow(
        int id,
        FlowKey key,
        int fd,
        InetSocketAddress backend,
        Continuation continuation,
        CommittedBytes clientBytes,
        CommittedBytes serverTail,
        boolean clientFin,
        boolean backendOnDemand,
        RelayListener listener) {
    public RelayedFlow {
        if (backend.isUnresolved()) throw new IllegalArgumentException("backend " + backend + " is not resolved");
    }

    /** For logs. */
    public String name() {
        return key.toString();
    }
}
