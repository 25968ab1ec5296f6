package dev.ftcp.xen.link;

import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingWriter;
import dev.ftcp.xen.linux.Epoll;

/**
 * A process of host {@code a} that is to be killed: {@code owner} claims the address, accepts, and writes numbered records as fast as it can;
 * {@code standby} joins and waits.
 */
final class KilledDaemon {
    /** A service of its own: others may run in the same guests. */
    static final Hello HELLO = Hello.of("link-suite", "3f9a");

    private static final int PUBLISHED_AT_ONCE = 16;
    private static final int MOST_QUESTIONS = 20;

    private KilledDaemon() {}

    public static void main(String[] args) throws Exception {
        try (Rendezvous rendezvous = LinkKind.of(args[0]).open("a", "b", HELLO)) {
            if (args[1].equals("standby")) {
                PeerLink link = join(rendezvous);
                link.ringDoorbell();
                System.out.println("ready");
                Thread.sleep(60_000);
            } else {
                Arbiter arbiter = rendezvous.arbiter();
                if (!arbiter.tryClaim()) throw new IllegalStateException("claimed by " + arbiter.holder());
                System.out.println("ready");
                write(accept(rendezvous));
            }
        }
    }

    /** As a daemon does: it asks an owner that is slow again. */
    private static PeerLink join(Rendezvous rendezvous) throws LinkException {
        for (int asked = 1; ; asked++) {
            try {
                return rendezvous.join(new RegionSpec(1, 1 << 16));
            } catch (LinkException e) {
                if (e.reason() != LinkException.Reason.TIMEOUT || asked == MOST_QUESTIONS) throw e;
            }
        }
    }

    private static PeerLink accept(Rendezvous rendezvous) throws LinkException {
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(rendezvous.fd(), 0);
            while (true) {
                epoll.await(100);
                PeerLink link = rendezvous.accept(null);
                if (link != null) return link;
            }
        }
    }

    private static void write(PeerLink link) {
        RingWriter writer = link.region().writer(0);
        for (long n = 0; ; n++) {
            while (!NumberedRecords.write(writer, n)) {
                publish(link, writer);
                Thread.onSpinWait();
            }
            if (n % PUBLISHED_AT_ONCE == 0) publish(link, writer);
        }
    }

    private static void publish(PeerLink link, RingWriter writer) {
        writer.publish();
        link.region().beat();
        if (writer.needsDoorbell()) link.ringDoorbell();
    }
}
