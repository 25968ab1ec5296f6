package dev.ftcp.daemon.wrap;

import dev.ftcp.core.follow.WrapPort;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import dev.ftcp.xen.bpf.SlotStart;
import dev.ftcp.xen.bpf.SlotTable;
import dev.ftcp.xen.bpf.Wrap;
import dev.ftcp.xen.packet.FrameBatch;
import dev.ftcp.xen.packet.ProbeFrames;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/** Carries out what the follow engine decides: slot words in shared memory, frames through the gate. Core loop only. */
public final class LinuxWrap implements WrapPort {
    private static final int MAX_WINDOW = 0xFFFF;

    private final Wrap wrap;
    private final SlotTable slots;
    private final FrameBatch held;
    private final ProbeFrames frames;
    private final BiConsumer<FlowKey, Integer> onKilled;

    /**
     * @param held sends marked frames, which the gate lets pass while this host may speak
     * @param onKilled told of a connection whose task dies by a signal, and the signal
     */
    public LinuxWrap(Wrap wrap, FrameBatch held, ProbeFrames frames, BiConsumer<FlowKey, Integer> onKilled) {
        this.wrap = wrap;
        this.slots = wrap.slots();
        this.held = held;
        this.frames = frames;
        this.onKilled = onKilled;
    }

    @Override
    public void initSlot(int slot, int generation, Opening o, int committedAck, int nextSeq, int want, boolean open) {
        int shift = Math.max(o.serverWindowScale(), 0);
        slots.open(
                slot,
                new SlotStart(
                        generation,
                        open,
                        committedAck,
                        shift,
                        nextSeq,
                        committedAck,
                        0,
                        o.clientWindow() & MAX_WINDOW));
        slots.want(slot, want);
    }

    @Override
    public void deaf(int slot, boolean deaf) {
        slots.deaf(slot, deaf);
    }

    @Override
    public void bind(FlowKey key, int slot) {
        wrap.bind(key, slot);
    }

    @Override
    public void ahead(int slot, long nanos) {
        slots.ahead(slot, nanos);
    }

    @Override
    public void finAck(int slot, int ack) {
        slots.finAck(slot, ack);
    }

    @Override
    public void unbind(FlowKey key) {
        wrap.unbind(key);
    }

    @Override
    public void commitAck(int slot, int ack) {
        slots.commitAck(slot, ack);
    }

    @Override
    public void want(int slot, int seq) {
        slots.want(slot, seq);
    }

    @Override
    public void owes(int slot, int seq) {
        slots.owes(slot, seq);
    }

    @Override
    public void giveUp(int slot) {
        slots.wantNothing(slot);
        slots.giveUp(slot);
    }

    @Override
    public void silence(int slot) {
        slots.silence(slot);
    }

    @Override
    public void open(int slot, boolean open) {
        slots.open(slot, open);
    }

    @Override
    public int killedBy(int slot) {
        return slots.killedBy(slot);
    }

    @Override
    public boolean established(int slot) {
        return (slots.seen(slot) & SlotTable.SEEN_OPEN) != 0;
    }

    @Override
    public int clientAck(int slot) {
        return slots.clientAck(slot);
    }

    @Override
    public int lastSeq(int slot) {
        return slots.lastSeq(slot);
    }

    @Override
    public int maxAck(int slot) {
        return slots.maxAck(slot);
    }

    @Override
    public int sentAck(int slot) {
        return slots.sentAck(slot);
    }

    @Override
    public int maxRight(int slot) {
        return slots.maxRight(slot);
    }

    @Override
    public int held(int slot) {
        return slots.held(slot);
    }

    @Override
    public boolean hold(ByteBuffer frame, int index, int length, int header, int segment) {
        return held.add(frame, index, length, header, segment);
    }

    @Override
    public void sendHeld() {
        held.send();
    }

    @Override
    public void dropHeld() {
        held.drop();
    }

    @Override
    public void kick(int slot, Opening o, int ack) {
        int lag = slots.maxAck(slot) - ack;
        int window = slots.lastWindow(slot);
        // The right edge that the kernel promised stays where it is, although the acknowledgement is lower.
        if (Seq.after(ack + lag, ack)) window = Math.min(MAX_WINDOW, window + (lag >>> slots.windowShift(slot)));
        frames.ack(
                o.key(),
                o.peerMac(),
                slots.lastSeq(slot),
                ack,
                window,
                o.timestamps(),
                slots.tsval(slot),
                slots.tsecr(slot));
    }

    @Override
    public void serviceKilled(FlowKey key, int how) {
        onKilled.accept(key, how);
    }
}
