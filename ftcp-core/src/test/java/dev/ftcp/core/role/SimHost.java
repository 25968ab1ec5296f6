package dev.ftcp.core.role;

import java.util.ArrayDeque;
import java.util.concurrent.Semaphore;

/** One simulated host: a kernel (gate, addresses) that outlives its daemon, and the daemon's volatile state. */
final class SimHost {
    enum Gate {
        CLOSED,
        PROTECT,
        OPEN
    }

    /** What can reach the daemon. */
    enum Kind {
        HELLO,
        ANSWER,
        OFFER,
        PEER_GONE,
        SYNC_COMPLETE,
        STALLED,
        SWITCHOVER,
        SAID_ALL,
        PROBED,
        TAKEN_OVER,
        TAKEOVER_FAILED,
        FAULT,
        RESTORED,
        STOP
    }

    /** {@code link} ties an event to a connection, {@code incarnation} to the daemon that caused it. */
    record Event(Kind kind, long at, SimLink link, int incarnation, PeerAnswer answer, boolean inUse, long search) {
        static Event of(Kind kind, SimLink link) {
            return new Event(kind, 0, link, 0, null, false, 0);
        }

        Event at(long time) {
            return new Event(kind, time, link, incarnation, answer, inUse, search);
        }
    }

    /** A connection between an owner and a standby. */
    static final class SimLink {
        final SimRegion region;
        final int owner;
        boolean open = true;

        SimLink(SimRegion region, int owner) {
            this.region = region;
            this.owner = owner;
        }
    }

    final int id;
    final Semaphore baton = new Semaphore(0);

    // the kernel
    Gate gate = Gate.CLOSED;
    long lease;
    boolean addressUp;
    int boot = 1;

    // the daemon
    int incarnation;
    boolean running;
    boolean dying;
    RoleMachine machine;
    SimLink link;
    SimRegion region;
    Role published = Role.STARTING;
    boolean offering;
    PeerAnswer answer;
    int answerFrom;
    long answerTo;
    final ArrayDeque<Event> inbox = new ArrayDeque<>();
    long lastDelivery;
    long loopNow;

    // the scheduler
    long notBefore;
    long wakeAt;

    SimHost(int id) {
        this.id = id;
    }

    PeerAnswer answersAtOnce() {
        return offering ? PeerAnswer.BUSY : published.answer();
    }

    boolean maySpeak(long time) {
        return gate == Gate.OPEN || gate == Gate.PROTECT && time < lease;
    }

    boolean runnable(long time) {
        if (dying) return true;
        return time >= notBefore && time >= dueAt();
    }

    /** When it has something to do, if nobody stops it. */
    long dueAt() {
        if (!running) return notBefore;
        long due = inbox.isEmpty() ? wakeAt : Math.min(wakeAt, inbox.peek().at());
        return Math.max(notBefore, due);
    }
}
