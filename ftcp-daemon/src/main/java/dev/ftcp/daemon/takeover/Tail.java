package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.SparseLog;
import dev.ftcp.daemon.relay.CommittedBytes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** What a client lacks of the service's stream before the safe point: no continuation makes it again. */
final class Tail {
    private Tail() {}

    /**
     * A copy of these bytes.
     *
     * @param position offset up to which the client has the stream
     */
    static CommittedBytes of(FlowLedger flow, long position) {
        if (position >= flow.safeServer()) return CommittedBytes.none();
        List<ByteBuffer> pieces = new ArrayList<>();
        flow.server().forEach(position, flow.safeServer(), new SparseLog.Visitor() {
            @Override
            public void onBytes(long offset, ByteBuffer bytes) {
                pieces.add(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
            }

            @Override
            public void onGap(long offset, long length) {}
        });
        return CommittedBytes.of(pieces);
    }
}
