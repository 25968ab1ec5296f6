package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.tests.peer.PeerNet;
import dev.ftcp.tests.peer.RawPeer;
import dev.ftcp.tests.peer.Script;
import java.net.InetAddress;
import org.junit.jupiter.api.Test;

/** Exchanges with a protected service, segment by segment. */
class PeerScriptTest {
    @Test
    void whatAClientSendsIsAcknowledgedAndEchoed() throws Exception {
        Lab.with(lab -> {
            lab.protectRecorder();
            PeerNet net = lab.peers();
            RawPeer peer = new RawPeer(net, InetAddress.getByName("10.77.0.200"), 0xFFFF_FFF8);
            new Script(peer, 100).play("""
                    > S <mss 536, sack, ts, wscale 0>
                    < SA ack=1
                    > A
                    > PA "first\\n"
                    < "first\\n"
                    > PA "second"            # across the end of the sequence numbers
                    < A ack=13
                    < "second"
                    > PA seq=13 "bad" badsum  # the kernel does not take it
                    wait 100
                    > PA seq=13 "good"
                    < A ack=17
                    < "good"
                    > A
                    never R
                    """);
            assertThat(lab.record("a", "first")).asString().isEqualTo("first\nsecondgood");
        });
    }
}
