package dev.ftcp.xen.shm;

import dev.ftcp.core.ring.RingWriter;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.PeerLink;
import java.nio.file.Path;

/** The primary of {@link ShmKillTest}: writes numbered records as fast as it can until it is killed. */
final class KilledWriter {
    static final int TYPE = 5;
    static final Hello HELLO = Hello.of("kill", "1");

    private KilledWriter() {}

    /** Record {@code n} has its number in every word. */
    static int words(long n) {
        return 1 + (int) (n % 30);
    }

    public static void main(String[] args) throws Exception {
        try (ShmRendezvous rendezvous = ShmRendezvous.open(Path.of(args[0]), "a", "b", HELLO);
                ShmArbiter arbiter = new ShmArbiter(Path.of(args[0]), "a")) {
            if (!arbiter.tryClaim()) throw new IllegalStateException("claimed by " + arbiter.holder());
            System.out.println("ready");
            PeerLink link = rendezvous.accept(null);
            while (link == null) {
                Thread.sleep(1);
                link = rendezvous.accept(null);
            }
            write(link);
        }
    }

    private static void write(PeerLink link) {
        RingWriter writer = link.region().writer(0);
        for (long n = 0; ; n++) {
            int at = writer.tryClaim(TYPE, 8 * words(n));
            while (at < 0) {
                writer.publish();
                if (writer.needsDoorbell()) link.ringDoorbell();
                Thread.onSpinWait();
                at = writer.tryClaim(TYPE, 8 * words(n));
            }
            for (int i = 0; i < words(n); i++) writer.buffer().putLong(at + 8 * i, n);
            writer.commit();
            if (n % 16 == 0) {
                writer.publish();
                link.region().beat();
                if (writer.needsDoorbell()) link.ringDoorbell();
            }
        }
    }
}
