package dev.ftcp.xen.xen;

import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.linux.SyscallException;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to xenstore, the small database of a Xen host (xenstore.h, docs/misc/xenstore.txt). Each request is a round trip to another domain,
 * some hundred microseconds. What is read was written by somebody else. Requests from any thread; {@link #changed} from one.
 */
final class XenStore implements AutoCloseable {
    private static final LibXenStore LIB = LibXenStore.INSTANCE;
    private static final int NO_TRANSACTION = 0, ATTEMPTS = 50, FIRST_EVENT_MILLIS = 100;
    private static final byte COMMIT = 0, ABORT = 1;

    private final Pointer handle;
    private boolean closed;

    private XenStore(Pointer handle) {
        this.handle = handle;
    }

    /** Connects; fails where there is no Xen. */
    static XenStore open() {
        Pointer handle = LIB.xs_open(0);
        if (handle == null) throw Sys.error("open xenstore (/dev/xen/xenbus)");
        return new XenStore(handle);
    }

    /** This domain's number, which changes whenever the guest is re-created. */
    int domid() {
        String text = read("domid");
        if (text == null) throw new IllegalStateException("xenstore does not say which domain this is");
        return Integer.parseInt(text);
    }

    /**
     * The value of a node, or null if there is none.
     *
     * @throws SyscallException {@link Errno#EACCES} if it, or where it would be, is not for this domain
     */
    @Nullable
    String read(String path) {
        return read(NO_TRANSACTION, path);
    }

    /** Makes or overwrites a node; a new one belongs to this domain and has the permissions of its directory. */
    void write(String path, String value) {
        write(NO_TRANSACTION, path, value);
    }

    /** Removes a node with all below it, if it is there. */
    void remove(String path) {
        remove(NO_TRANSACTION, path);
    }

    /** Makes a new node, without a value, that {@code reader} alone may read beside its {@code owner}, this domain; and all that is made below. */
    void publish(String path, int owner, int reader) {
        ok(LIB.xs_mkdir(handle, NO_TRANSACTION, path), "make " + path);
        permit(NO_TRANSACTION, path, owner, reader);
    }

    /** Whether there is a node that this domain may read. */
    boolean readable(String path) {
        try {
            return read(path) != null;
        } catch (SyscallException e) {
            if (e.errno() == Errno.EACCES) return false;
            throw e;
        }
    }

    /** Several requests of which others see all or nothing. */
    final class Transaction {
        private final int id;

        private Transaction(int id) {
            this.id = id;
        }

        @Nullable
        String read(String path) {
            return XenStore.this.read(id, path);
        }

        void write(String path, String value) {
            XenStore.this.write(id, path, value);
        }

        void remove(String path) {
            XenStore.this.remove(id, path);
        }

        void permit(String path, int owner, int reader) {
            XenStore.this.permit(id, path, owner, reader);
        }
    }

    /** Runs {@code requests} as one, and again when another domain came between. */
    <T> T transact(Function<Transaction, T> requests) {
        for (int i = 0; i < ATTEMPTS; i++) {
            int id = LIB.xs_transaction_start(handle);
            if (id == NO_TRANSACTION) throw Sys.error("start a xenstore transaction");
            T result;
            try {
                result = requests.apply(new Transaction(id));
            } catch (RuntimeException e) {
                LIB.xs_transaction_end(handle, id, ABORT);
                throw e;
            }
            if (LIB.xs_transaction_end(handle, id, COMMIT) != 0) return result;
            if (Sys.errno() != Errno.EAGAIN) throw Sys.error("end a xenstore transaction");
        }
        throw new IllegalStateException("xenstore is so busy that no transaction came through");
    }

    /**
     * Has {@link #fd} tell of changes at or below a path, or of a special event such as {@code @releaseDomain}; the one event that each new
     * watch begins with is taken here.
     */
    void watch(String path) {
        ok(LIB.xs_watch(handle, path, path), "watch " + path);
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(fd(), 0);
            // Ends at once, for the store queues this event with its answer; if it did not, the event would count as a
            // change.
            for (int waited = 0; !changed() && waited < FIRST_EVENT_MILLIS; waited++) epoll.await(1);
        }
    }

    /** Readable when something watched has changed; for {@link #changed}. Only after the first {@link #watch}. */
    int fd() {
        return LIB.xs_fileno(handle);
    }

    /** Whether something watched has changed since the last call; takes all that is known of it. Never blocks. */
    boolean changed() {
        boolean any = false;
        for (Pointer event = LIB.xs_check_watch(handle); event != null; event = LIB.xs_check_watch(handle)) {
            LIB.free(event);
            any = true;
        }
        return any;
    }

    /** Ends the connection, its watches and its thread. May be called again. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        LIB.xs_close(handle);
    }

    private @Nullable String read(int transaction, String path) {
        Pointer length = Sys.allocate(Integer.BYTES);
        Pointer value = LIB.xs_read(handle, transaction, path, length);
        if (value == null) {
            SyscallException e = Sys.error("read " + path + " in xenstore");
            if (e.errno() == Errno.ENOENT) return null;
            throw e;
        }
        try {
            byte[] bytes = new byte[length.getInt(0)];
            value.get(0, bytes, 0, bytes.length);
            return new String(bytes, StandardCharsets.UTF_8);
        } finally {
            LIB.free(value);
        }
    }

    private void write(int transaction, String path, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        ok(LIB.xs_write(handle, transaction, path, bytes, bytes.length), "write " + path);
    }

    private void remove(int transaction, String path) {
        if (LIB.xs_rm(handle, transaction, path) != 0) return;
        SyscallException e = Sys.error("remove " + path + " from xenstore");
        if (e.errno() != Errno.ENOENT) throw e;
    }

    private void permit(int transaction, String path, int owner, int reader) {
        Pointer list = Permissions.of(owner, reader);
        ok(LIB.xs_set_permissions(handle, transaction, path, list, Permissions.COUNT), "set permissions of " + path);
    }

    private static void ok(byte result, String what) {
        if (result == 0) throw Sys.error(what + " in xenstore");
    }
}
