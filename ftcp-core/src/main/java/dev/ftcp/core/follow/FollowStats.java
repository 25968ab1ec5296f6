package dev.ftcp.core.follow;

/** Counters of an engine, all cumulative; written by the core loop, read by whoever wants a rough picture. */
public final class FollowStats {
    public long opened;
    public long closed;
    public long unprotected;
    public long refusedOpen;
    /** Client segments that the kernel does not take either. */
    public long refusedSegments;

    public long clientBytes;
    public long serverBytes;
    public long kicks;
    public long safePoints;
    public long records;
    public long stalledOnLog;
}
