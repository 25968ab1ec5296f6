package dev.ftcp.core.follow;

import dev.ftcp.core.capture.CaptureRecord;

/**
 * What a captured segment means to its connection: whether it counts, and how far both streams are by it. The methods return false if the
 * log has no room for all of it: the same segment is to be given again. Not thread-safe.
 */
final class Segments {
    private final FlowTable table;
    private final Acknowledger acks;
    private final Maintenance maintenance;
    private final Commits commits;
    private final Acceptance acceptance;
    private final ClientStream client;
    private final ServerStream server;
    private final Relayed relayed;
    private final FollowStats stats;
    private boolean awaitsWord;

    Segments(
            WrapPort wrap,
            FlowTable table,
            Acknowledger acks,
            Maintenance maintenance,
            Commits commits,
            ClientStream client,
            ServerStream server,
            Relayed relayed,
            FollowStats stats) {
        this.table = table;
        this.acks = acks;
        this.maintenance = maintenance;
        this.commits = commits;
        this.acceptance = new Acceptance(wrap);
        this.client = client;
        this.server = server;
        this.relayed = relayed;
        this.stats = stats;
    }

    /** Whether the last segment of the service has to wait for a word of the relay, not for room. */
    boolean awaitsWord() {
        return awaitsWord;
    }

    boolean client(CaptureRecord r) {
        Flow flow = table.find(r);
        // A reset has no payload that counts, and the socket's end follows.
        if (flow == null || flow.closed || r.has(CaptureRecord.RST)) return true;
        acks.touch(flow);
        maintenance.watch(flow);
        if (r.capturedLength() < r.payloadLength()) {
            return commits.unprotect(flow, "client bytes passed uncaptured while the service ran alone");
        }
        if (Acceptance.kernelIsAhead(flow, r)) {
            return commits.unprotect(flow, "the service's kernel took bytes of the client that were not followed");
        }
        if (!acceptance.takes(flow, r)) {
            stats.refusedSegments++;
            return true;
        }
        // The byte that it points at is taken out of the stream, unless the service asks for it there: nobody can tell.
        if (r.has(CaptureRecord.URG)) return commits.unprotect(flow, "the client sent urgent data");
        if (Acceptance.acknowledges(r)) commits.acked(flow, r.ack());
        return client.segment(
                flow,
                flow.clientOffset(r.seq()),
                Acceptance.settled(flow, r),
                r.buffer(),
                r.payloadIndex(),
                r.capturedPayload(),
                r.has(CaptureRecord.FIN));
    }

    boolean server(CaptureRecord r, long nowNanos) {
        Flow flow = table.find(r);
        // A reset's sequence number tells nothing of how far the stream is.
        if (flow == null || flow.closed || r.has(CaptureRecord.RST)) return true;
        long offset = flow.serverOffset(r.seq());
        boolean fin = r.has(CaptureRecord.FIN);
        awaitsWord = relayed.awaitsWord(flow, offset, fin && r.payloadLength() == 0, nowNanos);
        if (awaitsWord) return false;
        if (fin && flow.finBehind) offset--;
        acks.touch(flow);
        maintenance.watch(flow);
        boolean taken =
                server.segment(flow, offset, r.buffer(), r.payloadIndex(), r.capturedPayload(), r.payloadLength());
        return taken && (!fin || server.end(flow, offset + r.payloadLength()));
    }
}
