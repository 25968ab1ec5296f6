package dev.ftcp.xen.link;

import dev.ftcp.core.ring.Region;

/**
 * The memory link to the peer's daemon: a region that both have mapped, a doorbell each way, and the news of the peer's death. One
 * thread, but for {@link #region()}'s pairing and heartbeat.
 */
public interface PeerLink extends AutoCloseable {
    /** The shared region; valid until {@link #close}, also after the peer's death. */
    Region region();

    /** The peer daemon's name, as it said. */
    String peerName();

    /** A descriptor for epoll, level-triggered: readable when the doorbell rang or the peer is gone. Belongs to the link. */
    int fd();

    /** What happened since the last poll; takes it all, so that the descriptor is quiet afterwards (unless the peer is gone). */
    Signal poll();

    /**
     * Whether the peer's whole host is known to have ended, so that its kernel says nothing any more either. Found by {@link #poll}; implies
     * {@link Signal#PEER_GONE}.
     */
    boolean hostGone();

    /** Wakes the peer. One system call: only when the ring's writer says that it is needed. A peer that is gone is ignored. */
    void ringDoorbell();

    /** Doorbells rung by this side. */
    long doorbellsSent();

    /** Doorbells heard; several rings before a poll may count as one. */
    long doorbellsReceived();

    /**
     * Ends the link: the peer sees {@link Signal#PEER_GONE}. The region's users get {@link IllegalStateException} from now on, and its
     * memory is unmapped: no thread may be inside a call. May be called again.
     */
    @Override
    void close();
}
