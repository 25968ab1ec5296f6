package dev.ftcp.xen.shm;

import dev.ftcp.core.ring.Region;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Signal;
import dev.ftcp.xen.linux.UnixSocket;
import java.nio.ByteBuffer;

/** A {@link PeerLink} on one kernel: a mapped file, and a Unix socket on which a byte is a doorbell and the end is the peer's death. */
final class ShmLink implements PeerLink {
    /** More than the doorbells that a socket can hold (some hundreds: each costs the kernel a buffer). */
    private static final int DRAIN = 4096;

    private final UnixSocket socket;
    private final SharedFile file;
    private final Region region;
    private final String peer;
    private final ByteBuffer bell = ByteBuffer.allocateDirect(1);
    private final ByteBuffer drain = ByteBuffer.allocateDirect(DRAIN);
    private boolean gone;
    private boolean closed;
    private long sent;
    private long received;

    /** Takes over the socket and the file. */
    ShmLink(UnixSocket socket, SharedFile file, Region region, String peer) {
        this.socket = socket;
        this.file = file;
        this.region = region;
        this.peer = peer;
    }

    @Override
    public Region region() {
        return region;
    }

    @Override
    public String peerName() {
        return peer;
    }

    @Override
    public int fd() {
        return socket.fd();
    }

    @Override
    public Signal poll() {
        requireOpen();
        if (gone) return Signal.PEER_GONE;
        int n = socket.read(drain.clear());
        if (n > 0) {
            received++;
            return Signal.DOORBELL;
        }
        if (n == 0) return Signal.NONE;
        gone = true;
        return Signal.PEER_GONE;
    }

    @Override
    public boolean hostGone() {
        return false; // one kernel below both daemons, and it lives
    }

    @Override
    public void ringDoorbell() {
        requireOpen();
        // A full socket is full of doorbells that the peer has not heard yet, and one that is gone is reported by poll.
        socket.write(bell.clear());
        sent++;
    }

    @Override
    public long doorbellsSent() {
        return sent;
    }

    @Override
    public long doorbellsReceived() {
        return received;
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        // No use of the region may begin once its memory goes.
        region.retire();
        socket.close();
        file.close();
    }

    private void requireOpen() {
        if (closed) throw new IllegalStateException("the link to " + peer + " is closed");
    }
}
