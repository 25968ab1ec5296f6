package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.SparseLog;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Compares ledgers, and looks into them. */
final class Ledgers {
    private Ledgers() {}

    static byte[] client(FlowLedger f) {
        ByteBuffer b = ByteBuffer.allocate((int) f.client().size());
        f.client().copyTo(f.client().start(), b);
        return b.array();
    }

    /** Retained bytes and gaps from {@code from} on, as text that shows both. */
    static String server(FlowLedger f, long from) {
        StringBuilder s = new StringBuilder();
        ByteArrayOutputStream run = new ByteArrayOutputStream();
        f.server().forEach(Math.max(from, f.server().start()), f.serverEnd(), new SparseLog.Visitor() {
            @Override
            public void onBytes(long offset, ByteBuffer bytes) {
                byte[] b = new byte[bytes.remaining()];
                bytes.get(b);
                run.writeBytes(b);
            }

            @Override
            public void onGap(long offset, long length) {
                flush();
                s.append("gap ").append(offset).append('+').append(length).append(' ');
            }

            private void flush() {
                if (run.size() > 0)
                    s.append("bytes ")
                            .append(Arrays.hashCode(run.toByteArray()))
                            .append('#')
                            .append(run.size());
                run.reset();
            }
        });
        if (run.size() > 0)
            s.append("bytes ")
                    .append(Arrays.hashCode(run.toByteArray()))
                    .append('#')
                    .append(run.size());
        return s.toString();
    }

    /** The standby's may lag behind in what the client has acknowledged, and in nothing else. */
    static void assertEqual(FlowLedger standby, FlowLedger primary) {
        String about = primary.opening().toString();
        assertThat(standby.opening())
                .as(about)
                .isEqualTo(primary.opening()
                        .withFlow(primary.opening().flow(), standby.opening().tsval()));
        assertThat(standby.unprotected()).as(about).isEqualTo(primary.unprotected());
        if (primary.unprotected() != null) return;
        assertThat(standby.clientEnd()).as(about).isEqualTo(primary.clientEnd());
        assertThat(standby.serverEnd()).as(about).isEqualTo(primary.serverEnd());
        assertThat(standby.clientFin()).as(about).isEqualTo(primary.clientFin());
        assertThat(standby.serverFin()).as(about).isEqualTo(primary.serverFin());
        assertThat(standby.safeClient()).as(about).isEqualTo(primary.safeClient());
        assertThat(standby.safeServer()).as(about).isEqualTo(primary.safeServer());
        assertThat(standby.prelude()).as(about).isEqualTo(primary.prelude());
        assertThat(standby.acked()).as(about).isLessThanOrEqualTo(primary.acked());
        assertThat(client(standby)).as(about).isEqualTo(client(primary));
        assertThat(standby.server().start())
                .as(about)
                .isLessThanOrEqualTo(primary.server().start());
        assertThat(server(standby, primary.server().start())).as(about).isEqualTo(server(primary, 0));
    }
}
