package dev.ftcp.xen.shm;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.Message;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Epoll;
import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.linux.UnixSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The standby's side of a rendezvous: makes a region, offers it, waits for the owner's answer. */
final class Offer {
    private static final long ANSWER_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final AtomicLong COUNTER = new AtomicLong();

    private Offer() {}

    /** Names of the regions that {@code host} offers. */
    static String regionPattern(String host) {
        return Pattern.quote(host) + "\\.[0-9]{1,10}-[0-9]{1,19}\\.region";
    }

    static PeerLink make(Path directory, String self, String peer, Hello hello, RegionSpec spec) throws LinkException {
        Path path =
                directory.resolve(self + "." + LibC.INSTANCE.getpid() + "-" + COUNTER.incrementAndGet() + ".region");
        SharedFile file = null;
        // The connection first: it fails at once where nobody listens, and costs no memory.
        UnixSocket socket = connect(directory, peer);
        try {
            file = SharedFile.create(path, spec.totalBytes());
            Region region = Region.create(file.buffer(), spec);
            if (socket.write(Message.offer(self, hello, path.getFileName().toString())) != Message.BYTES)
                throw gone(peer);
            awaitAnswer(socket, peer);
            remove(path);
            return new ShmLink(socket, file, region, peer);
        } catch (LinkException e) {
            giveUp(socket, file, path);
            throw e;
        } catch (RuntimeException e) {
            giveUp(socket, file, path);
            throw new LinkException(Reason.LOCAL, "cannot offer a region to " + peer + ": " + e.getMessage(), e);
        }
    }

    private static UnixSocket connect(Path directory, String peer) throws LinkException {
        try {
            return UnixSocket.connect(ShmRendezvous.socketOf(directory, peer));
        } catch (SyscallException e) {
            boolean nobody = e.errno() == Errno.ENOENT || e.errno() == Errno.ECONNREFUSED;
            boolean busy = e.errno() == Errno.EAGAIN;
            throw new LinkException(
                    nobody ? Reason.NO_PEER : busy ? Reason.TIMEOUT : Reason.LOCAL,
                    nobody
                            ? "no daemon called " + peer + " listens in " + directory
                                    + "; start it, or check that both use this directory"
                            : "cannot reach " + peer + ": " + e.getMessage(),
                    e);
        }
    }

    private static void awaitAnswer(UnixSocket socket, String peer) throws LinkException {
        ByteBuffer answer = ByteBuffer.allocateDirect(Message.BYTES);
        long deadline = System.nanoTime() + ANSWER_NANOS;
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(socket.fd(), 0);
            while (answer.hasRemaining()) {
                if (socket.read(answer) == UnixSocket.GONE) throw gone(peer);
                long left = deadline - System.nanoTime();
                if (!answer.hasRemaining()) break;
                if (left <= 0)
                    throw new LinkException(
                            Reason.TIMEOUT, peer + " listens but does not answer; is its daemon stuck?");
                epoll.await((int) TimeUnit.NANOSECONDS.toMillis(left) + 1);
            }
        }
        Message.requireAccepted(answer, peer);
    }

    private static LinkException gone(String peer) {
        return new LinkException(Reason.BROKEN, peer + " closed the connection without an answer");
    }

    private static void giveUp(UnixSocket socket, @Nullable SharedFile file, Path path) {
        socket.close();
        if (file != null) file.close();
        remove(path);
    }

    private static void remove(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // The next daemon of this name removes it; the link doesn't depend on it.
        }
    }
}
