package dev.ftcp.xen.shm;

import dev.ftcp.core.ring.Region;
import dev.ftcp.core.ring.RegionException;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkException.Reason;
import dev.ftcp.xen.link.Message;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.SyscallException;
import dev.ftcp.xen.linux.UnixSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The owner's view of one connection on which a standby may offer its region. */
final class Joiner {
    /** How far the offer is. */
    enum Progress {
        WAITING,
        COMPLETE,
        GONE
    }

    private final UnixSocket socket;
    private final ByteBuffer offer = ByteBuffer.allocateDirect(Message.BYTES);

    Joiner(UnixSocket socket) {
        this.socket = socket;
    }

    UnixSocket socket() {
        return socket;
    }

    Progress receive() {
        if (socket.read(offer) == UnixSocket.GONE) return Progress.GONE;
        return offer.hasRemaining() ? Progress.WAITING : Progress.COMPLETE;
    }

    /** Maps what is offered and says so; or says why not, and closes. */
    PeerLink finish(Path directory, String self, String peer, Hello hello, @Nullable String refusal)
            throws LinkException {
        SharedFile file = null;
        try {
            Message message = Message.decode(offer);
            String objection = message.objection(peer, hello);
            if (objection != null) throw new IllegalArgumentException(objection);
            if (refusal != null) throw new IllegalArgumentException(refusal);
            file = SharedFile.open(directory.resolve(regionName(peer, message.region())));
            Region region = Region.open(file.buffer());
            if (socket.write(Message.accepted(self)) != Message.BYTES)
                throw new LinkException(Reason.BROKEN, peer + " went away while it joined");
            return new ShmLink(socket, file, region, peer);
        } catch (IllegalArgumentException | IllegalStateException | RegionException | SyscallException e) {
            close(file);
            socket.write(Message.refused(self, String.valueOf(e.getMessage())));
            close();
            throw new LinkException(Reason.REFUSED, "joiner refused: " + e.getMessage(), e);
        } catch (LinkException | RuntimeException e) {
            close(file);
            close();
            throw e;
        }
    }

    void close() {
        socket.close();
    }

    /** A plain name of the peer's own: never a path that leads somewhere else. */
    private static String regionName(String peer, String name) {
        if (!name.matches(Offer.regionPattern(peer)))
            throw new IllegalArgumentException("'" + name + "' is not the name of a region of " + peer);
        return name;
    }

    private static void close(@Nullable SharedFile file) {
        if (file != null) file.close();
    }
}
