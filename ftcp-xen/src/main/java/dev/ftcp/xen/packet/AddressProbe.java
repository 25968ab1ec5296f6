package dev.ftcp.xen.packet;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SockOpt;
import dev.ftcp.xen.linux.Sys;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/**
 * Finds out whether any other station uses a service address, before the first owner may speak (RFC 5227, section 2.1; RFC 4862,
 * section 5.4). Sends probes that change nobody's cache, spread over the given time, and listens. Without a thread: {@link #start},
 * then {@link #poll} whenever {@link #fd} is readable or {@link #nextNanos} has come. Another station that probes for the same address at the
 * same time counts as a conflict on both sides. Not thread-safe.
 */
public final class AddressProbe implements AutoCloseable {
    /** How it stands. */
    public enum Outcome {
        /** Nobody has answered yet. */
        PENDING,
        /** Nobody answered in the given time. */
        FREE,
        /** Somebody uses the address; see {@link AddressProbe#owner}. */
        TAKEN
    }

    /** PROBE_NUM of RFC 5227, section 1.1. */
    private static final int PROBES = 3;

    private static final int FRAME_BYTES = 128;
    private static final int RECEIVE_BUFFER = 256 << 10;

    private final PacketSender sender;
    private final AddressFrames frames;
    private final RawSocket socket;
    private final Pointer memory = Sys.allocate(FRAME_BYTES);
    private final ByteBuffer frame = Sys.buffer(memory, FRAME_BYTES);
    private final long durationNanos;
    private long startNanos;
    private int sent;
    private long owner = -1;
    private Outcome outcome = Outcome.PENDING;

    /**
     * @param nic interface to ask on
     * @param address the service address; this host may have it, which is no conflict
     * @param sender where probes go; stays the caller's
     * @param durationNanos how long to listen in all; a second or more on a real network, where a switch port may still be learning
     */
    public AddressProbe(NetInterface nic, InetAddress address, PacketSender sender, long durationNanos) {
        this.sender = sender;
        this.durationNanos = durationNanos;
        frames = new AddressFrames(address, nic.mac());
        boolean v4 = frames.isV4();
        PacketFilter filter = v4
                ? PacketFilter.arp()
                : PacketFilter.icmp6(AddressFrames.NEIGHBOR_SOLICIT, AddressFrames.NEIGHBOR_ADVERT);
        socket = new RawSocket(nic.index(), v4 ? Wire.ETH_P_ARP : Wire.ETH_P_IPV6, filter, RECEIVE_BUFFER);
        if (!v4) {
            socket.join(frames.allNodesMac());
            socket.join(frames.solicitedMac());
        }
    }

    /** Sends the first probe; {@code now} is any monotonic clock in nanoseconds, the same in all calls. */
    public void start(long now) {
        startNanos = now;
        probe();
    }

    /** Readable when there is something to look at. */
    public int fd() {
        return socket.fd();
    }

    /** When {@link #poll} has to be called at the latest. */
    public long nextNanos() {
        return startNanos + durationNanos * sent / PROBES;
    }

    /** Looks at what has arrived and sends what is due. A final outcome stays. */
    public Outcome poll(long now) {
        if (outcome != Outcome.PENDING) return outcome;
        drain();
        if (owner >= 0) outcome = Outcome.TAKEN;
        if (outcome != Outcome.PENDING || now - nextNanos() < 0) return outcome;
        if (sent == PROBES) outcome = Outcome.FREE;
        else probe();
        return outcome;
    }

    /** Ethernet address of the other station, −1 if there is none; see {@link Mac#text}. */
    public long owner() {
        return owner;
    }

    @Override
    public void close() {
        socket.close();
    }

    private void probe() {
        int length = frames.isV4() ? frames.probeArp() : frames.probeNeighbor();
        sender.send(frames.buffer(), 0, length);
        sent++;
    }

    private void drain() {
        Pointer none = Pointer.wrap(LibC.RUNTIME, 0L);
        while (owner < 0) {
            long n = LibC.INSTANCE.recvfrom(socket.fd(), memory, FRAME_BYTES, SockOpt.MSG_DONTWAIT, none, none);
            if (n < 0) {
                int errno = Sys.errno();
                if (errno == Errno.EAGAIN || errno == Errno.ENETDOWN) return;
                if (errno == Errno.EINTR) continue;
                throw Sys.error("receive address conflicts");
            }
            owner = frames.claimant(frame, (int) n);
        }
    }
}
