package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;

/**
 * Two network namespaces joined by a veth pair; {@code eth0} of the server carries the VIP. Threads enter a namespace, not the process.
 */
public final class Lab implements AutoCloseable {
    static final int PORT = 7080;
    static final String VIP4 = "10.99.0.100", VIP6 = "fd99::100", CLIENT4 = "10.99.0.2";

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final int CLONE_NEWNET = 0x40000000;

    /** Public for JNR, whose implementation lives in another class loader. */
    public interface SetNs {
        SetNs INSTANCE = LibraryLoader.create(SetNs.class)
                .option(LibraryOption.SaveError, Boolean.TRUE)
                .load("c");

        int setns(int fd, int type);
    }

    final String server;
    final String client;
    final Path pins;
    private final Deque<AutoCloseable> cleanup = new ArrayDeque<>();

    Lab() {
        String id = "ftbpf" + ProcessHandle.current().pid() + "x" + NEXT.incrementAndGet();
        server = id + "s";
        client = id + "c";
        pins = Path.of("/sys/fs/bpf/ftcp-test-" + id);
        for (String ns : List.of(server, client)) {
            run("ip netns add " + ns);
            cleanup.push(() -> run("ip netns del " + ns));
            run("ip -n " + ns + " link set lo up");
        }
        run("ip -n " + server + " link add eth0 type veth peer name eth0 netns " + client);
        for (String ns : List.of(server, client)) run("ip -n " + ns + " link set eth0 up");
        run("ip -n " + server + " addr add 10.99.0.1/24 dev eth0");
        run("ip -n " + client + " addr add " + CLIENT4 + "/24 dev eth0");
        run("ip -n " + client + " addr add fd99::2/64 dev eth0 nodad");
        // One CPU takes what arrives, so that frames of different CPUs stay in the order in which they left.
        run(List.of("ip", "netns", "exec", client, "sh", "-c", "echo 1 > /sys/class/net/eth0/queues/rx-0/rps_cpus"));
        run("ip -n " + server + " addr add " + VIP4 + "/32 dev eth0");
        run("ip -n " + server + " addr add " + VIP6 + "/64 dev eth0 nodad");
    }

    WrapSpec spec(int captureBytes) {
        return new WrapSpec("web", "eth0", List.of(address(VIP4), address(VIP6)), List.of(), 64, captureBytes, pins);
    }

    /** Loads a wrap in the server's namespace; it is removed at the end unless the test has done so. */
    Wrap load(int captureBytes) throws Exception {
        Wrap wrap = in(server, () -> Wrap.load(spec(captureBytes), GateMode.CLOSED));
        atEnd(() -> in(server, () -> {
            wrap.remove();
            return null;
        }));
        return wrap;
    }

    void atEnd(AutoCloseable step) {
        cleanup.push(step);
    }

    static InetSocketAddress address(String host) {
        return address(host, PORT);
    }

    static InetSocketAddress address(String host, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByName(host), port);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Runs on a thread of its own inside a namespace. */
    <T> CompletableFuture<T> start(String ns, Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        enter(ns);
                        result.complete(work.call());
                    } catch (Throwable e) {
                        result.completeExceptionally(e);
                    }
                },
                "in-" + ns);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    <T> T in(String ns, Callable<T> work) throws Exception {
        return start(ns, work).get(30, TimeUnit.SECONDS);
    }

    private static void enter(String ns) {
        int fd = Sys.check(LibC.INSTANCE.open("/run/netns/" + ns, 0, 0), "open namespace " + ns);
        try {
            Sys.check(SetNs.INSTANCE.setns(fd, CLONE_NEWNET), "enter namespace " + ns);
        } finally {
            Sys.closeQuietly(fd);
        }
    }

    static String run(String command) {
        return run(List.of(command.split(" ")));
    }

    static String run(List<String> command) {
        try {
            Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
            String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (p.waitFor() != 0) throw new AssertionError(command + ": " + out);
            return out;
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(command.toString(), e);
        }
    }

    /** Waits for a condition for at most five seconds. */
    static void await(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + 5_000_000_000L;
        while (!condition.call()) {
            if (System.nanoTime() > end) throw new AssertionError("not within 5 s: " + what);
            Thread.sleep(2);
        }
    }

    @Override
    public void close() {
        Throwable first = null;
        while (!cleanup.isEmpty()) {
            try {
                cleanup.pop().close();
            } catch (Throwable e) {
                if (first == null) first = e;
            }
        }
        if (first != null) throw new AssertionError("clean-up of the lab", first);
    }
}
