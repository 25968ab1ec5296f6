package dev.ftcp.xen.lab;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A network namespace and a thread that lives in it: sockets that the thread opens belong to it, whoever uses them afterwards. */
public final class Netns implements AutoCloseable {
    private static final int CLONE_NEWNET = 0x40000000;

    private final String name;
    private final ExecutorService thread;
    /** For a test run that is stopped half-way. */
    private final Thread removal;

    Netns(String name) {
        this.name = name;
        removal = new Thread(() -> Shell.run("ip netns del " + name));
        Runtime.getRuntime().addShutdownHook(removal);
        Shell.run("ip netns add " + name);
        thread = Executors.newSingleThreadExecutor(r -> {
            Thread t = new Thread(
                    () -> {
                        enter();
                        r.run();
                    },
                    name);
            t.setDaemon(true);
            return t;
        });
    }

    /** Runs in the namespace and waits. */
    public <T> T call(Callable<T> action) {
        try {
            return thread.submit(action).get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException r) throw r;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    public void sysctl(String key, Object value) {
        Shell.run("ip netns exec " + name + " sysctl -q -w " + key + "=" + value);
    }

    public String run(String command) {
        return Shell.run("ip netns exec " + name + " " + command);
    }

    public String name() {
        return name;
    }

    @Override
    public void close() {
        thread.shutdownNow();
        Runtime.getRuntime().removeShutdownHook(removal);
        removal.run();
    }

    private void enter() {
        int fd = Sys.check(LibC.INSTANCE.open("/run/netns/" + name, 0, 0), "open namespace " + name);
        Sys.check(LibC.INSTANCE.setns(fd, CLONE_NEWNET), "enter namespace " + name);
        Sys.closeQuietly(fd);
    }
}
