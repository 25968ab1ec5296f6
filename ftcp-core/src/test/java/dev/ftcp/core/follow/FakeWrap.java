package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.Seq;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The wrap as memory: slots, and a model of what the gate does with what the kernel sends. Lists everything that the engine asked for,
 * and asks a {@link Witness} at each moment at which something may leave.
 */
final class FakeWrap implements WrapPort {
    /** Is told before something is let go: it must be published by then. */
    interface Witness {
        void mayAcknowledge(Slot slot, int ack);

        void opens(Slot slot);

        void releases(FlowKey key);

        /** Output of the service up to {@code end} leaves, or may leave by itself from now on. */
        void maySay(Slot slot, int end);
    }

    static final class Slot {
        final int number;
        int generation;

        @Nullable
        Opening opening;

        int committedAck,
                nextSeq,
                want,
                maxAck,
                sentAck,
                lastSeq,
                clientAck,
                held,
                heldEnd,
                maxRight,
                tsRecent,
                finAck,
                killedBy,
                owed;
        boolean wants, open, established, silenced, deaf;
        final List<Integer> kicks = new ArrayList<>();
        final List<Integer> sentOn = new ArrayList<>();

        Slot(int number) {
            this.number = number;
        }

        Opening opening() {
            if (opening == null) throw new AssertionError("slot " + number + " is empty");
            return opening;
        }
    }

    /** A frame that waits to be sent on. */
    private record Frame(FlowKey key, int end, boolean synAck) {}

    /** Few, so that the engine meets the limit. */
    private static final int MOST_FRAMES = 3;

    /** Whether the gate swallows output that is to be captured. */
    boolean strict;

    private final List<Frame> frames = new ArrayList<>();
    final Map<FlowKey, Slot> bound = new HashMap<>();
    final List<String> events = new ArrayList<>();
    final List<FlowKey> released = new ArrayList<>();
    final List<String> kills = new ArrayList<>();
    private final Slot[] slots;

    @Nullable
    Witness witness;

    FakeWrap(int slots) {
        this.slots = new Slot[slots];
        for (int i = 0; i < slots; i++) this.slots[i] = new Slot(i);
    }

    Slot slot(int number) {
        return slots[number];
    }

    Slot slot(FlowKey key) {
        Slot slot = bound.get(key);
        if (slot == null) throw new AssertionError("not bound: " + key);
        return slot;
    }

    /** The kernel sends a pure acknowledgement. */
    void kernelAcks(Slot s, int ack) {
        s.maxAck = Seq.max(s.maxAck, ack);
        if (s.open || !Seq.after(ack, s.committedAck)) s.sentAck = Seq.max(s.sentAck, ack);
        else if (Seq.after(s.committedAck, s.sentAck)) s.sentAck = s.committedAck;
        else s.held++;
    }

    /** The kernel sends data, FIN included, up to {@code end}; returns whether it is to be captured. */
    boolean kernelSends(Slot s, int end, int ack) {
        return kernelSends(s, end, ack, false);
    }

    boolean kernelSends(Slot s, int end, int ack, boolean fin) {
        s.maxAck = Seq.max(s.maxAck, ack);
        boolean wanted = s.wants && Seq.after(end, s.want);
        if (strict && (wanted || fin) && !s.open) return wanted; // swallowed
        s.sentAck = Seq.max(s.sentAck, s.open ? ack : Seq.min(ack, s.committedAck));
        s.lastSeq = Seq.max(s.lastSeq, end);
        return wanted;
    }

    @Override
    public void initSlot(
            int slot, int generation, Opening opening, int committedAck, int nextSeq, int want, boolean open) {
        Slot s = slots[slot];
        if (bound.containsValue(s)) throw new AssertionError("slot " + slot + " is in use");
        if (generation == s.generation || generation == 0) throw new AssertionError("generation " + generation);
        s.generation = generation;
        s.opening = opening;
        s.committedAck = s.maxAck = s.sentAck = committedAck;
        s.nextSeq = s.lastSeq = s.clientAck = s.heldEnd = nextSeq;
        s.held = s.maxRight = s.tsRecent = 0;
        s.want = want;
        s.wants = true;
        s.open = open;
        s.established = false;
        s.killedBy = 0;
        s.kicks.clear();
        s.sentOn.clear();
        events.add("init " + slot);
    }

    @Override
    public void deaf(int slot, boolean deaf) {
        if (deaf && bound.containsValue(slots[slot]))
            throw new AssertionError("slot " + slot + " could be heard before");
        slots[slot].deaf = deaf;
    }

    @Override
    public void bind(FlowKey key, int slot) {
        if (bound.put(key, slots[slot]) != null) throw new AssertionError("bound twice: " + key);
        events.add("bind " + slot);
    }

    @Override
    public void ahead(int slot, long nanos) {
        // its clients get nothing late
    }

    @Override
    public void finAck(int slot, int ack) {
        slots[slot].finAck = ack;
    }

    @Override
    public void unbind(FlowKey key) {
        if (bound.remove(key) == null) throw new AssertionError("not bound: " + key);
        events.add("unbind");
    }

    @Override
    public void commitAck(int slot, int ack) {
        Slot s = slots[slot];
        if (Seq.before(ack, s.committedAck)) throw new AssertionError("committed_ack of slot " + slot + " falls");
        if (witness != null && ack != s.committedAck && !s.open) witness.mayAcknowledge(s, ack);
        s.committedAck = ack;
    }

    @Override
    public void want(int slot, int seq) {
        Slot s = slots[slot];
        // What is below passes by itself from now on, if the kernel sends it again.
        if (witness != null && !s.open && Seq.after(s.heldEnd, s.want)) witness.maySay(s, s.heldEnd);
        s.want = seq;
        s.wants = true;
    }

    @Override
    public void owes(int slot, int seq) {
        slots[slot].owed = seq;
    }

    @Override
    public void silence(int slot) {
        slots[slot].silenced = true;
    }

    @Override
    public void giveUp(int slot) {
        slots[slot].wants = false;
        open(slot, true);
    }

    @Override
    public void open(int slot, boolean open) {
        Slot s = slots[slot];
        if (open && !s.open && witness != null) witness.opens(s);
        s.open = open;
    }

    @Override
    public int killedBy(int slot) {
        return slots[slot].killedBy;
    }

    @Override
    public boolean established(int slot) {
        return slots[slot].established;
    }

    @Override
    public int clientAck(int slot) {
        return slots[slot].clientAck;
    }

    @Override
    public int lastSeq(int slot) {
        return slots[slot].lastSeq;
    }

    @Override
    public int maxAck(int slot) {
        return slots[slot].maxAck;
    }

    @Override
    public int sentAck(int slot) {
        return slots[slot].sentAck;
    }

    @Override
    public int maxRight(int slot) {
        return slots[slot].maxRight;
    }

    @Override
    public int held(int slot) {
        return slots[slot].held;
    }

    @Override
    public boolean hold(ByteBuffer frame, int index, int length, int header, int segment) {
        if (frames.size() == MOST_FRAMES) return false;
        Frame f = new Frame(FlowKey.read(frame, index + 32), frame.getInt(index + 4), frame.getInt(index) == 1);
        frames.add(f);
        Slot s = bound.get(f.key);
        if (!f.synAck && s != null) s.heldEnd = Seq.max(s.heldEnd, f.end);
        return true;
    }

    @Override
    public void sendHeld() {
        for (Frame f : frames) {
            if (!f.synAck) {
                output(f);
                continue;
            }
            if (witness != null) witness.releases(f.key);
            released.add(f.key);
            events.add("release " + slot(f.key).number);
        }
        frames.clear();
    }

    private void output(Frame f) {
        Slot s = bound.get(f.key);
        if (s == null) return;
        if (witness != null && !s.open) witness.maySay(s, f.end);
        s.lastSeq = Seq.max(s.lastSeq, f.end);
        s.sentAck = Seq.max(s.sentAck, s.open ? s.maxAck : Seq.min(s.maxAck, s.committedAck));
        s.sentOn.add(f.end);
    }

    @Override
    public void dropHeld() {
        frames.clear();
    }

    @Override
    public void kick(int slot, Opening opening, int ack) {
        Slot s = slots[slot];
        if (!opening.key().equals(s.opening().key())) throw new AssertionError("kick of another connection");
        if (witness != null && !s.open) witness.mayAcknowledge(s, ack);
        s.kicks.add(ack);
        s.sentAck = Seq.max(s.sentAck, ack);
    }

    @Override
    public void serviceKilled(FlowKey key, int signal) {
        kills.add(key + " " + signal);
    }
}
