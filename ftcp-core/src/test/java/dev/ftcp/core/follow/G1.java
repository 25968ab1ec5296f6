package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Seq;
import java.util.Map;

/** What may be acknowledged is in the standby's memory, and what a held frame says; a gate that opens is known there; an opening too. */
final class G1 implements FakeWrap.Witness {
    private final Standby standby;

    G1(Standby standby) {
        this.standby = standby;
    }

    @Override
    public void mayAcknowledge(FakeWrap.Slot slot, int ack) {
        Standby.Seen seen = standby.visible().get(slot.number);
        assertThat(seen).as("slot %d, ack %d", slot.number, ack).isNotNull();
        assertThat(seen.key).isEqualTo(slot.opening().key());
        int held = Seq.at(slot.opening().clientIsn(), seen.clientEnd) + (seen.clientFin ? 1 : 0);
        assertThat(seen.unprotected || !Seq.after(ack, held))
                .as("slot %d: ack %d, the standby has %d", slot.number, ack, held)
                .isTrue();
    }

    @Override
    public void opens(FakeWrap.Slot slot) {
        Map<Integer, Standby.Seen> visible = standby.visible();
        Standby.Seen seen = visible.get(slot.number);
        boolean stillProtected = seen != null && seen.key.equals(slot.opening().key()) && !seen.unprotected;
        assertThat(stillProtected).as("slot %d opens", slot.number).isFalse();
    }

    @Override
    public void maySay(FakeWrap.Slot slot, int end) {
        Standby.Seen seen = standby.visible().get(slot.number);
        if (seen == null || seen.unprotected) return; // it is over, or given up
        long held = seen.serverEnd + (seen.serverFin ? 1 : 0);
        assertThat(Seq.offset(end, slot.opening().serverIsn(), held))
                .as("slot %d: output until here, the standby has %d", slot.number, held)
                .isLessThanOrEqualTo(held);
    }

    @Override
    public void releases(FlowKey key) {
        assertThat(standby.visible().values()).anyMatch(s -> s.key.equals(key));
    }
}
