package dev.ftcp.xen.bpf;

import dev.ftcp.xen.linux.LibC;
import dev.ftcp.xen.linux.Sys;
import jnr.ffi.Pointer;

/**
 * Keeps what libbpf has to say (the verifier's log among it) for the exception of the thread that called it, instead of letting it
 * go to stderr.
 */
final class BpfLog {
    private static final int LEVEL_WARN = 0, LINE_MAX = 1 << 20;
    private static final ThreadLocal<StringBuilder> LINES = ThreadLocal.withInitial(StringBuilder::new);

    /** Held for ever: libbpf calls it as long as the process lives. */
    private static final LibBpf.Print PRINT = BpfLog::print;

    static {
        LibBpf.INSTANCE.libbpf_set_print(PRINT);
    }

    private BpfLog() {}

    /** Forgets what this thread's calls have logged so far. The first call takes libbpf's log over. */
    static void clear() {
        LINES.get().setLength(0);
    }

    /** What this thread's calls have logged since {@link #clear}. */
    static String text() {
        return LINES.get().toString().strip();
    }

    /** An exception for a call that failed with {@code errno}, with everything libbpf said about it. */
    static WrapException failure(String what, int errno) {
        return new WrapException(
                "wrap: " + what + ": " + LibC.INSTANCE.strerror(errno).getString(0) + " (errno " + errno + ")", text());
    }

    private static int print(int level, Pointer format, Pointer arguments) {
        if (level > LEVEL_WARN) return 0;
        Pointer line = Sys.allocate(LINE_MAX);
        LibBpf.INSTANCE.vsnprintf(line, LINE_MAX, format, arguments);
        LINES.get().append(line.getString(0));
        return 0;
    }
}
