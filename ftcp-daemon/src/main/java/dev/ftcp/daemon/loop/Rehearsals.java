package dev.ftcp.daemon.loop;

import dev.ftcp.core.follow.FollowConfig;
import dev.ftcp.daemon.relay.Relay;
import dev.ftcp.daemon.takeover.Rehearsal;
import dev.ftcp.xen.linux.Nice;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the code of takeovers loaded before the daemon begins, and compiled while it runs: as long as it is not, compilers take half of the processor from
 * the takeover. They, and the thread that rehearses, give way to everything else.
 */
final class Rehearsals {
    private static final Logger LOG = LoggerFactory.getLogger(Rehearsals.class);
    /** Every class is loaded, and the interpreter is past. */
    private static final int FIRST_ROUNDS = 16;

    private static final long FIRST_AT_MOST_NANOS = 1_000_000_000L;
    /** C2 compiles what has run 5,000 times (Tier4InvocationThreshold) or more, and some of it twice. */
    private static final int ROUNDS = 256;

    /** Rests nine times as long as it works: other guests of a hypervisor know nothing of nice values. */
    private static final int REST_PER_WORK = 9;

    private static final long WAIT_MILLIS = 200, END_MILLIS = 5_000;
    private static final int GIVES_WAY = 19, COMPILERS_GIVE_WAY = 10;

    private final FollowConfig follow;

    Rehearsals(FollowConfig follow) {
        this.follow = follow;
    }

    /** A machine that is too busy for a rehearsal gets a slower first takeover, not a daemon that does not start. */
    void begin(Relay relay) {
        try (Rehearsal takeovers = new Rehearsal(follow)) {
            long relayMillis = relay.rehearse().toMillis();
            long begin = System.nanoTime();
            Duration perFlow = Duration.ZERO;
            for (int i = 0; i < FIRST_ROUNDS && System.nanoTime() - begin < FIRST_AT_MOST_NANOS; i++)
                perFlow = takeovers.round();
            LOG.info("event=rehearsed relay_ms={} takeover_us={}", relayMillis, perFlow.toNanos() / 1000);
            Nice.threads("C2 Compiler", COMPILERS_GIVE_WAY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            failed(e);
        }
    }

    /**
     * Returns at once.
     *
     * @param isIdle whether no takeover goes on, and no service is served here; asked on another thread
     * @return ends it, and waits for that
     */
    AutoCloseable goOn(BooleanSupplier isIdle) {
        Thread thread = new Thread(() -> practise(isIdle), "rehearsal");
        thread.setDaemon(true);
        thread.start();
        return () -> {
            thread.interrupt();
            thread.join(END_MILLIS);
        };
    }

    private void practise(BooleanSupplier isIdle) {
        try {
            Nice.self(GIVES_WAY);
            for (int done = 0; done < ROUNDS; done += practise(isIdle, ROUNDS - done)) {
                while (!isIdle.getAsBoolean()) Thread.sleep(WAIT_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    /** Rehearses so often at most, as long as it is idle here; its sockets would be in the way of a service's. */
    private int practise(BooleanSupplier isIdle, int rounds) throws InterruptedException {
        int done = 0;
        try (Rehearsal takeovers = new Rehearsal(follow)) {
            Duration perFlow = Duration.ZERO;
            for (; done < rounds && isIdle.getAsBoolean(); done++) {
                long begin = System.nanoTime();
                perFlow = takeovers.round();
                TimeUnit.NANOSECONDS.sleep(REST_PER_WORK * (System.nanoTime() - begin));
            }
            LOG.info("event=rehearsed takeover_us={}", perFlow.toNanos() / 1000);
        }
        return done;
    }

    private static void failed(Exception e) {
        LOG.warn("event=rehearsal-failed reason=\"{}\" effect=\"the first takeover may be slower\"", e.getMessage());
    }
}
