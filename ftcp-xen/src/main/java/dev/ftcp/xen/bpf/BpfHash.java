package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.Errno;
import dev.ftcp.xen.linux.Sys;
import java.nio.ByteBuffer;
import jnr.ffi.Pointer;

/** A hash map of fixed-size keys to a 32-bit number; one system call for each change, no allocation. One thread at a time. */
final class BpfHash {
    private static final int E2BIG = 7;

    private final int fd;
    private final String name;
    private final Pointer key;
    private final ByteBuffer keyBytes;
    private final Pointer value = Sys.allocate(Integer.BYTES);

    BpfHash(int fd, String name, int keyLength) {
        this.fd = fd;
        this.name = name;
        this.key = Sys.allocate(keyLength);
        this.keyBytes = Sys.buffer(key, keyLength);
    }

    /** The key that the next call is about: fill it in. */
    ByteBuffer key() {
        return keyBytes;
    }

    void put(int number) {
        value.putInt(0, number);
        int r = LibBpf.INSTANCE.bpf_map_update_elem(fd, key, value, 0);
        if (r == -E2BIG) throw new WrapException("wrap: map " + name + " is full", "");
        if (r < 0) throw BpfLog.failure("map " + name + " cannot be changed", -r);
    }

    boolean has() {
        int r = LibBpf.INSTANCE.bpf_map_lookup_elem(fd, key, value);
        if (r < 0 && r != -Errno.ENOENT) throw BpfLog.failure("map " + name + " cannot be read", -r);
        return r == 0;
    }

    /** Returns whether the key was there. */
    boolean remove() {
        int r = LibBpf.INSTANCE.bpf_map_delete_elem(fd, key);
        if (r == -Errno.ENOENT) return false;
        if (r < 0) throw BpfLog.failure("map " + name + " cannot be changed", -r);
        return true;
    }
}
