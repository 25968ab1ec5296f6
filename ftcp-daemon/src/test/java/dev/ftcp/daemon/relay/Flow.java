package dev.ftcp.daemon.relay;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.tcp.FlowKey;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

/** Builds flows for tests. */
record Flow(Continuation continuation, CommittedBytes past, CommittedBytes tail, boolean clientFin, boolean onDemand) {
    static Flow fresh() {
        return of(new Scripted(0));
    }

    static Flow of(Continuation continuation) {
        return new Flow(continuation, CommittedBytes.none(), CommittedBytes.none(), false, false);
    }

    Flow past(byte[] bytes) {
        return past(CommittedBytes.of(List.of(ByteBuffer.wrap(bytes))));
    }

    Flow past(CommittedBytes bytes) {
        return new Flow(continuation, bytes, tail, clientFin, onDemand);
    }

    Flow tail(byte[] bytes) {
        return new Flow(continuation, past, CommittedBytes.of(List.of(ByteBuffer.wrap(bytes))), clientFin, onDemand);
    }

    Flow withClientFin() {
        return new Flow(continuation, past, tail, true, onDemand);
    }

    Flow withBackendOnDemand() {
        return new Flow(continuation, past, tail, clientFin, true);
    }

    RelayedFlow adopt(int id, int fd, InetSocketAddress backend, RelayListener listener) {
        return new RelayedFlow(
                id,
                new FlowKey(0, 0, 0, 0, 0, id),
                fd,
                backend,
                continuation,
                past,
                tail,
                clientFin,
                onDemand,
                listener);
    }
}
