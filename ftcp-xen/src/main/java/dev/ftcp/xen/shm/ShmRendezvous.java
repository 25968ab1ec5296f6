package dev.ftcp.xen.shm;

import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.link.Arbiter;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.link.Rendezvous;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.linux.UnixSocket;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Rendezvous} in a directory that both daemons see.
 *
 * <pre>
 *   DIR/NAME.lock           locked while the daemon NAME lives
 *   DIR/NAME.sock           where NAME accepts joiners
 *   DIR/NAME.PID-N.region   NAME's offer; its name goes as soon as both have mapped it
 * </pre>
 *
 * Whatever is left of a daemon that was killed is removed by its successor, which the lock makes safe.
 */
public final class ShmRendezvous implements Rendezvous {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,63}");
    private static final int BACKLOG = 8, MAX_JOINERS = 8;
    private static final long LISTENER = 0, JOINER = 1;

    private final Path directory;
    private final String self;
    private final String peer;
    private final Hello hello;
    private final LockFile lock;
    private final UnixSocket listener;
    private final Epoll epoll;
    private final ArrayDeque<Joiner> joiners = new ArrayDeque<>();
    private boolean closed;

    private ShmRendezvous(Path directory, String self, String peer, Hello hello, LockFile lock, UnixSocket l, Epoll e) {
        this.directory = directory;
        this.self = self;
        this.peer = peer;
        this.hello = hello;
        this.lock = lock;
        this.listener = l;
        this.epoll = e;
    }

    /**
     * Starts to listen as {@code self}.
     *
     * @param directory common to both daemons, on a tmpfs; made if it is not there
     * @param self name of this daemon, in letters, digits, {@code _} and {@code -}
     * @param peer name of the other one
     * @param hello what both must agree on
     * @throws LinkException LOCAL if another daemon of this name lives, or the directory can't be used
     */
    public static ShmRendezvous open(Path directory, String self, String peer, Hello hello) throws LinkException {
        requireName(self);
        requireName(peer);
        if (self.equals(peer)) throw new IllegalArgumentException("both daemons are called " + self);
        LockFile lock = null;
        UnixSocket listener = null;
        Epoll epoll = null;
        try {
            Files.createDirectories(directory);
            lock = new LockFile(directory.resolve(self + ".lock"));
            if (!lock.tryLock())
                throw new LinkException(
                        Reason.LOCAL,
                        "another daemon called " + self + " uses " + directory
                                + "; stop it or give this host another name");
            removeRemains(directory, self);
            listener = UnixSocket.listen(socketOf(directory, self), BACKLOG);
            epoll = new Epoll(1 + MAX_JOINERS);
            epoll.add(listener.fd(), LISTENER);
            return new ShmRendezvous(directory, self, peer, hello, lock, listener, epoll);
        } catch (IOException | SyscallException e) {
            close(epoll, listener, lock);
            throw new LinkException(Reason.LOCAL, "cannot listen in " + directory + ": " + e.getMessage(), e);
        } catch (LinkException | RuntimeException e) {
            close(epoll, listener, lock);
            throw e;
        }
    }

    @Override
    public int fd() {
        return epoll.fd();
    }

    @Override
    public @Nullable PeerLink accept(@Nullable String refusal) throws LinkException {
        if (closed) throw new IllegalStateException("the rendezvous is closed");
        if (epoll.await(0) == 0) return null;
        for (UnixSocket fresh = listener.accept(); fresh != null; fresh = listener.accept()) admit(fresh);
        for (Iterator<Joiner> i = joiners.iterator(); i.hasNext(); ) {
            Joiner joiner = i.next();
            Joiner.Progress progress = joiner.receive();
            if (progress == Joiner.Progress.WAITING) continue;
            i.remove();
            epoll.remove(joiner.socket().fd());
            if (progress == Joiner.Progress.GONE) joiner.close();
            else return joiner.finish(directory, self, peer, hello, refusal);
        }
        return null;
    }

    @Override
    public PeerLink join(RegionSpec spec) throws LinkException {
        if (closed) throw new IllegalStateException("the rendezvous is closed");
        return hello.offer(h -> Offer.make(directory, self, peer, h, spec));
    }

    @Override
    public Arbiter arbiter() {
        return new ShmArbiter(directory, self);
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        joiners.forEach(Joiner::close);
        joiners.clear();
        try {
            // Before the lock goes: afterwards the path may be a successor's.
            Files.deleteIfExists(socketOf(directory, self));
        } catch (IOException e) {
            // The successor removes it; a socket that nobody listens on refuses connections meanwhile.
        }
        close(epoll, listener, lock);
    }

    static Path socketOf(Path directory, String name) {
        return directory.resolve(name + ".sock");
    }

    private void admit(UnixSocket socket) {
        // Whoever connects and says nothing must not keep others out.
        if (joiners.size() == MAX_JOINERS) {
            Joiner oldest = joiners.removeFirst();
            epoll.remove(oldest.socket().fd());
            oldest.close();
        }
        epoll.add(socket.fd(), JOINER);
        joiners.addLast(new Joiner(socket));
    }

    private static void removeRemains(Path directory, String self) throws IOException {
        Files.deleteIfExists(socketOf(directory, self));
        try (DirectoryStream<Path> regions = Files.newDirectoryStream(directory, self + ".*.region")) {
            for (Path region : regions) Files.deleteIfExists(region);
        }
    }

    private static void requireName(String name) {
        if (!NAME.matcher(name).matches())
            throw new IllegalArgumentException("name '" + name + "' must match " + NAME.pattern());
    }

    private static void close(@Nullable Epoll epoll, @Nullable UnixSocket listener, @Nullable LockFile lock) {
        if (epoll != null) epoll.close();
        if (listener != null) listener.close();
        if (lock != null) lock.close();
    }
}
