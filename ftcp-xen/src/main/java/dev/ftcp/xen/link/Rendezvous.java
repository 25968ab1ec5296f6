package dev.ftcp.xen.link;

import dev.ftcp.core.ring.RegionSpec;
import org.jspecify.annotations.Nullable;

/**
 * Where two daemons of one service find each other. The owner of the service address accepts; a standby joins, with a region made of its own
 * memory. {@link #join} belongs to one thread, all else to another, or to the same. Links live on when the rendezvous is closed.
 */
public interface Rendezvous extends AutoCloseable {
    /** A descriptor for epoll, level-triggered: readable when {@link #accept} has something to do. Belongs to this object. */
    int fd();

    /**
     * Owner's side: takes the next step with whoever wants to join. Never blocks.
     *
     * @param refusal if not null, whoever wants to join is refused with this reason
     * @return the link to a standby that offered its region, or null if nobody is that far
     * @throws LinkException if a standby was refused (it was told why), or offered what cannot be used; others can still join
     */
    @Nullable
    PeerLink accept(@Nullable String refusal) throws LinkException;

    /**
     * Standby's side: makes a region and offers it to the owner. Blocks until the owner answers, for a few seconds at most.
     *
     * @throws LinkException NO_PEER if nobody listens, REFUSED with the owner's reason, TIMEOUT if it doesn't answer; nothing is left behind
     */
    PeerLink join(RegionSpec spec) throws LinkException;

    /** The claim to the service address that goes with this meeting place. Belongs to the caller, who closes it before this object. */
    Arbiter arbiter();

    /** Stops listening. May be called again. */
    @Override
    void close();
}
