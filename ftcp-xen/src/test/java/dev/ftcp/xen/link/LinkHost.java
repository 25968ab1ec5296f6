package dev.ftcp.xen.link;

import java.io.IOException;
import java.util.List;

/**
 * One of the two hosts of a link, in this process or in another guest ({@link FarHost}). What is opened there is called by a number. Arguments and
 * results can be sent over a wire.
 */
public interface LinkHost {
    int open(String service, String digest, int protocol, int layout) throws LinkException;

    int arbiter(int rendezvous);

    int join(int rendezvous, int lanes, int laneBytes) throws LinkException;

    /** −1 if nobody is that far. */
    int accept(int rendezvous) throws LinkException;

    /** Whether the descriptor of a rendezvous or link becomes readable. */
    boolean readable(int thing, int millis);

    Signal poll(int link);

    /** Polls while the link rings; how often it did. */
    int drain(int link);

    void ring(int link, int times);

    long sent(int link);

    long received(int link);

    String peerName(int link);

    String spec(int link);

    String pairing(int link);

    /** FRESH → PAIRED. */
    boolean pair(int link, long epoch);

    /** PAIRED → PROMOTED of the next epoch. */
    boolean promote(int link, long epoch);

    void beat(int link);

    long heartbeat(int link);

    /** Publishes a record with one number. */
    void write(int link, int lane, long value);

    /** The numbers of all records that are there. */
    List<Long> read(int link, int lane);

    /** Checks the records of a {@link KilledDaemon}, rings included, until there were so many. */
    long follow(int link, long records);

    /** Goes on until the writer is gone and nothing is left to read; how many there were in all. */
    long followToTheEnd(int link);

    boolean claim(int arbiter);

    void release(int arbiter);

    String holder(int arbiter);

    void close(int thing) throws Exception;

    /** Closes all that is open, the newest first. */
    void closeAll() throws Exception;

    /** {@link LinkKind#left}. */
    List<String> left() throws IOException;

    /** Open descriptors, and mappings of shared memory: to be compared. */
    String resources() throws IOException;
}
