package dev.ftcp.daemon.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.daemon.relay.FlowSummary.Ending;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many flows at once, after a rehearsal. */
@Timeout(60)
class RelayTakeoverTest {
    private final Ends ends = new Ends();

    @Test
    void aThousandFlowsAtOnce() throws Exception {
        int flows = 1000;
        try (EchoLoop service = new EchoLoop();
                Acceptor acceptor = new Acceptor();
                Relay relay = RelayLoadTest.relay(1)) {
            Duration rehearsal = relay.rehearse();
            assertThat(relay.stats().adopted()).isZero();
            List<Acceptor.Pair> pairs = new ArrayList<>();
            for (int i = 0; i < flows; i++) pairs.add(acceptor.pair());
            List<RelayedFlow> taken = new ArrayList<>();
            for (int i = 0; i < flows; i++)
                taken.add(Flow.of(new Scripted(4))
                        .past(number(i))
                        .tail(new byte[] {42})
                        .adopt(i, pairs.get(i).fd(), service.address(), ends));
            long cpu = Loops.cpuNanos();
            long t0 = System.nanoTime();
            for (RelayedFlow flow : taken) relay.adopt(flow);
            long handed = System.nanoTime() - t0;
            for (Acceptor.Pair pair : pairs)
                assertThat(pair.client().getInputStream().read()).isEqualTo(42);
            long tails = System.nanoTime() - t0;
            while (ends.transparent.get() < flows) Thread.sleep(1);
            System.out.printf(
                    "1000 flows: rehearsed in %d ms; handed over in %.1f ms, tails out in %.1f ms, transparent in %.1f ms, "
                            + "of which the loop worked %.1f ms%n",
                    rehearsal.toMillis(),
                    handed / 1e6,
                    tails / 1e6,
                    (System.nanoTime() - t0) / 1e6,
                    (Loops.cpuNanos() - cpu) / 1e6);
            assertThat(relay.stats().live()).isEqualTo(flows);
            for (int i = 0; i < flows; i++)
                pairs.get(i).client().getOutputStream().write(number(i + 7));
            for (int i = 0; i < flows; i++) {
                Socket c = pairs.get(i).client();
                assertThat(c.getInputStream().readNBytes(4)).isEqualTo(number(i + 7));
                c.close();
            }
            for (int i = 0; i < flows; i++)
                assertThat(ends.next().summary().ending()).isEqualTo(Ending.COMPLETE);
            assertThat(relay.drain(Duration.ofSeconds(5))).isZero();
        }
    }

    private static byte[] number(int i) {
        return ByteBuffer.allocate(4).putInt(i).array();
    }
}
