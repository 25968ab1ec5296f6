package dev.ftcp.xen.shm;

import dev.ftcp.xen.link.Arbiter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** An {@link Arbiter} for two daemons on one kernel: a locked file in their common directory, with the holder's name in it. */
public final class ShmArbiter implements Arbiter {
    private static final String FILE = "vip.lock";

    private final Path file;
    private final String self;
    private final LockFile lock;

    /**
     * Claims nothing yet.
     *
     * @param directory common to both daemons; must exist
     * @param self name of this daemon
     */
    public ShmArbiter(Path directory, String self) {
        this.file = directory.resolve(FILE);
        this.self = self;
        this.lock = new LockFile(file);
    }

    @Override
    public boolean tryClaim() {
        if (lock.held()) return true;
        if (!lock.tryLock()) return false;
        write(self);
        return true;
    }

    @Override
    public void release() {
        if (!lock.held()) return;
        // The name goes first: after the lock the file belongs to the next holder.
        write("");
        lock.unlock();
    }

    @Override
    public String holder() {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    @Override
    public void close() {
        release();
        lock.close();
    }

    private void write(String name) {
        try {
            Files.writeString(file, name);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }
}
