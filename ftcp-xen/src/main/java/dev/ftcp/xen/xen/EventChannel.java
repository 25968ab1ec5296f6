package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import jnr.ffi.Pointer;

/**
 * One end of an event channel between two domains, with a descriptor of its own. Events carry nothing and coalesce: a bit in the receiver. A new
 * channel may begin with an event that nobody sent. One thread.
 */
final class EventChannel implements AutoCloseable {
    private static final LibXenEvtchn LIB = LibXenEvtchn.INSTANCE;

    private final Pointer handle;
    private final int port;
    private boolean closed;

    private EventChannel(Pointer handle, int port) {
        this.handle = handle;
        this.port = port;
    }

    /** An end that {@code peer} alone can bind to, again and again, each time the one before has closed its end. */
    static EventChannel listen(int peer) {
        Pointer handle = open();
        return bound(handle, LIB.xenevtchn_bind_unbound_port(handle, peer), "make an event channel for domain " + peer);
    }

    /** The other end of {@code port}, which {@code peer} listens at; fails with EINVAL or ESRCH if nobody does any more. */
    static EventChannel bind(int peer, int port) {
        Pointer handle = open();
        return bound(
                handle,
                LIB.xenevtchn_bind_interdomain(handle, peer, port),
                "bind to port " + port + " of domain " + peer);
    }

    /** This end's number in this domain. */
    int port() {
        return port;
    }

    /** Readable while {@link #take} has an event. Belongs to this object. */
    int fd() {
        return LIB.xenevtchn_fd(handle);
    }

    /** Raises an event at the other end, one hypercall; says nothing about whether somebody is there. */
    void raise() {
        LIB.xenevtchn_notify(handle, port);
    }

    /** Takes the event that made {@link #fd} readable; blocks if it is not, since the driver may not know non-blocking reads. */
    void take() {
        int pending = Sys.check(LIB.xenevtchn_pending(handle), "read an event");
        // Unmasked first and looked at afterwards, whatever is said meanwhile raises another event.
        Sys.check(LIB.xenevtchn_unmask(handle, pending), "unmask event channel " + pending);
    }

    /** Closes this end. The other one is not told. May be called again. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        LIB.xenevtchn_close(handle);
    }

    private static Pointer open() {
        Pointer handle = LIB.xenevtchn_open(LibXenToolLog.QUIET, 0);
        if (handle == null) throw Sys.error("open /dev/xen/evtchn");
        return handle;
    }

    private static EventChannel bound(Pointer handle, int port, String what) {
        if (port >= 0) return new EventChannel(handle, port);
        SyscallException e = Sys.error(what);
        LIB.xenevtchn_close(handle);
        throw e;
    }
}
