package dev.ftcp.xen.link;

import dev.ftcp.core.ring.Pairing;
import dev.ftcp.core.ring.RegionSpec;
import dev.ftcp.core.ring.RingReader;
import dev.ftcp.core.ring.RingWriter;
import dev.ftcp.xen.linux.Epoll;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A {@link LinkHost} in this process. */
public final class LocalHost implements LinkHost {
    private static final int GONE_MILLIS = 20_000;

    private final LinkKind kind;
    private final String self;
    private final String peer;
    private final List<AutoCloseable> things = new ArrayList<>();
    private final Map<Long, RingWriter> writers = new HashMap<>();
    private final Map<Long, RingReader> readers = new HashMap<>();
    private final Map<Integer, NumberedRecords> followed = new HashMap<>();

    public LocalHost(LinkKind kind, String self, String peer) {
        this.kind = kind;
        this.self = self;
        this.peer = peer;
    }

    @Override
    public int open(String service, String digest, int protocol, int layout) throws LinkException {
        return add(kind.open(self, peer, new Hello(service, digest, protocol, layout)));
    }

    @Override
    public int arbiter(int rendezvous) {
        return add(rendezvous(rendezvous).arbiter());
    }

    @Override
    public int join(int rendezvous, int lanes, int laneBytes) throws LinkException {
        return add(rendezvous(rendezvous).join(new RegionSpec(lanes, laneBytes)));
    }

    @Override
    public int accept(int rendezvous) throws LinkException {
        PeerLink link = rendezvous(rendezvous).accept(null);
        return link == null ? -1 : add(link);
    }

    @Override
    public boolean readable(int thing, int millis) {
        int fd = things.get(thing) instanceof PeerLink link
                ? link.fd()
                : rendezvous(thing).fd();
        try (Epoll epoll = new Epoll(1)) {
            epoll.add(fd, 0);
            return epoll.await(millis) > 0;
        }
    }

    @Override
    public Signal poll(int link) {
        return link(link).poll();
    }

    @Override
    public int drain(int link) {
        int rings = 0;
        while (readable(link, 0) && poll(link) == Signal.DOORBELL) rings++;
        return rings;
    }

    @Override
    public void ring(int link, int times) {
        for (int i = 0; i < times; i++) link(link).ringDoorbell();
    }

    @Override
    public long sent(int link) {
        return link(link).doorbellsSent();
    }

    @Override
    public long received(int link) {
        return link(link).doorbellsReceived();
    }

    @Override
    public String peerName(int link) {
        return link(link).peerName();
    }

    @Override
    public String spec(int link) {
        return link(link).region().spec().toString();
    }

    @Override
    public String pairing(int link) {
        return link(link).region().pairing().toString();
    }

    @Override
    public boolean pair(int link, long epoch) {
        return link(link).region().casPairing(Pairing.FRESH, Pairing.paired(epoch));
    }

    @Override
    public boolean promote(int link, long epoch) {
        return link(link).region().casPairing(Pairing.paired(epoch), Pairing.promoted(epoch + 1));
    }

    @Override
    public void beat(int link) {
        link(link).region().beat();
    }

    @Override
    public long heartbeat(int link) {
        return link(link).region().heartbeat();
    }

    @Override
    public void write(int link, int lane, long value) {
        RingWriter writer = writers.computeIfAbsent(
                key(link, lane), k -> link(link).region().writer(lane));
        int at = writer.tryClaim(1, Long.BYTES);
        writer.buffer().putLong(at, value);
        writer.commit();
        writer.publish();
    }

    @Override
    public List<Long> read(int link, int lane) {
        RingReader reader = readers.computeIfAbsent(
                key(link, lane), k -> link(link).region().reader(lane));
        List<Long> values = new ArrayList<>();
        reader.poll((type, buffer, index, length) -> values.add(buffer.getLong(index)), 100);
        return values;
    }

    @Override
    public long follow(int link, long records) {
        NumberedRecords numbers = followed.computeIfAbsent(
                link, l -> new NumberedRecords(link(l).region().reader(0)));
        while (numbers.count() < records) {
            if (numbers.read() > 0 || !numbers.prepareSleep()) continue;
            if (!readable(link, GONE_MILLIS)) throw new AssertionError("no doorbell after " + numbers.count());
            if (poll(link) == Signal.PEER_GONE) throw new AssertionError("the writer is gone");
            numbers.awake();
        }
        return numbers.count();
    }

    @Override
    public long followToTheEnd(int link) {
        NumberedRecords numbers = followed.get(link);
        long start = System.nanoTime();
        Signal signal = Signal.NONE;
        while (signal != Signal.PEER_GONE) {
            if (System.nanoTime() - start > GONE_MILLIS * 1_000_000L) throw new AssertionError("its death is not told");
            if (readable(link, 100)) signal = poll(link);
            numbers.read(); // a writer that finds no room rings all the time
        }
        while (numbers.read() > 0) heartbeat(link);
        return numbers.count();
    }

    @Override
    public boolean claim(int arbiter) {
        return ((Arbiter) things.get(arbiter)).tryClaim();
    }

    @Override
    public void release(int arbiter) {
        ((Arbiter) things.get(arbiter)).release();
    }

    @Override
    public String holder(int arbiter) {
        return ((Arbiter) things.get(arbiter)).holder();
    }

    @Override
    public void close(int thing) throws Exception {
        things.get(thing).close();
    }

    @Override
    public void closeAll() throws Exception {
        for (int i = things.size() - 1; i >= 0; i--) things.get(i).close();
        things.clear();
        writers.clear();
        readers.clear();
        followed.clear();
    }

    @Override
    public List<String> left() throws IOException {
        return kind.left();
    }

    @Override
    public String resources() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            long maps = Files.readAllLines(Path.of("/proc/self/maps")).stream()
                    .filter(line -> line.contains("/dev/xen/") || line.contains(".region"))
                    .count();
            long held = descriptors.filter(LocalHost::ofLinks).count();
            return held + " descriptors, " + maps + " mappings";
        }
    }

    /** Not the class path's jars, which come and go. */
    private static boolean ofLinks(Path descriptor) {
        try {
            String target = Files.readSymbolicLink(descriptor).toString();
            return !target.endsWith(".jar") && !target.startsWith("/proc/");
        } catch (IOException e) {
            return false; // closed since it was listed
        }
    }

    private synchronized int add(AutoCloseable thing) {
        things.add(thing);
        return things.size() - 1;
    }

    private Rendezvous rendezvous(int thing) {
        return (Rendezvous) things.get(thing);
    }

    private PeerLink link(int thing) {
        return (PeerLink) things.get(thing);
    }

    private static long key(int link, int lane) {
        return (long) link << 32 | lane;
    }
}
