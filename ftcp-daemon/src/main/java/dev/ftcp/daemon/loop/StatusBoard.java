package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.follow.FlowEngine;
import dev.ftcp.core.follow.FollowStats;
import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.ledger.Ledger;
import dev.ftcp.core.memory.ChunkPool;
import dev.ftcp.core.role.Role;
import dev.ftcp.core.role.RoleStatus;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.daemon.control.ConnectionStatus;
import dev.ftcp.daemon.control.Status;
import dev.ftcp.daemon.control.TimelineEntry;
import dev.ftcp.daemon.takeover.TakeoverReport;
import dev.ftcp.xen.bpf.Gate;
import dev.ftcp.xen.bpf.GateCounter;
import dev.ftcp.xen.bpf.GateMode;
import dev.ftcp.xen.link.PeerLink;
import dev.ftcp.xen.linux.Sys;
import dev.ftcp.xen.packet.FrameBatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/** What operators may know. Everything is read on the core loop, which owns it; the asking thread waits. */
final class StatusBoard {
    private static final long PATIENCE_SECONDS = 3;
    private static final double NANOS_PER_MILLI = 1e6;

    private final ServiceConfig config;
    private final List<String> warnings;
    private final Host self;
    private final Gate gate;
    private final FrameBatch held;
    private final FlowEngine engine;
    private final Ledger ledger;
    private final ChunkPool pool;
    private final Pair pair;
    private final ServiceAddress address;
    private final Supplier<RoleStatus> role;
    private final TakeoverHistory history;
    private final IntSupplier continued;
    private final IntSupplier resets;
    private final Consumer<Runnable> loop;

    StatusBoard(
            ServiceConfig config,
            List<String> warnings,
            Host self,
            Gate gate,
            FrameBatch held,
            FlowEngine engine,
            Ledger ledger,
            ChunkPool pool,
            Pair pair,
            ServiceAddress address,
            Supplier<RoleStatus> role,
            TakeoverHistory history,
            IntSupplier continued,
            IntSupplier resets,
            Consumer<Runnable> loop) {
        this.config = config;
        this.warnings = warnings;
        this.self = self;
        this.gate = gate;
        this.held = held;
        this.engine = engine;
        this.ledger = ledger;
        this.pool = pool;
        this.pair = pair;
        this.address = address;
        this.role = role;
        this.history = history;
        this.continued = continued;
        this.resets = resets;
        this.loop = loop;
    }

    Status status() {
        Set<FlowKey> strangers = strangers();
        return onLoop(() -> makeStatus(strangers));
    }

    List<ConnectionStatus> connections() {
        Set<FlowKey> strangers = strangers();
        return onLoop(() -> {
            long now = Sys.bootNanos();
            List<ConnectionStatus> out = new ArrayList<>();
            forEach(flow -> {
                strangers.remove(flow.opening().key());
                out.add(connection(flow, now));
            });
            if (role.get().role().isOwner()) strangers.forEach(key -> out.add(stranger(key)));
            out.sort((x, y) -> Long.compare(y.ageNanos(), x.ageNanos()));
            return out;
        });
    }

    /**
     * Sockets that are not followed. Listing them takes a while, so the loop does not do it: what is followed before or after (the
     * caller removes that) is not strange.
     */
    private Set<FlowKey> strangers() {
        Set<FlowKey> before = onLoop(() -> {
            Set<FlowKey> keys = new HashSet<>();
            forEach(flow -> keys.add(flow.opening().key()));
            return keys;
        });
        Set<FlowKey> sockets = address.established();
        sockets.removeAll(before);
        return sockets;
    }

    private Status makeStatus(Set<FlowKey> strangers) {
        long now = Sys.bootNanos();
        RoleStatus r = role.get();
        FollowStats stats = engine.stats();
        TakeoverReport report = history.last();
        OpenConnections open = new OpenConnections(r.role() == Role.PROTECTED || r.role() == Role.STANDBY);
        forEach(flow -> {
            strangers.remove(flow.opening().key());
            open.followed(flow);
        });
        if (r.role().isOwner()) open.strangers(strangers);
        PeerLink link = pair.link();
        if (r.role() == Role.PROTECTED && link != null)
            open.givenUpByStandby(link.region().givenUp());
        boolean partly = r.role() == Role.PROTECTED && open.unprotected() > 0;
        boolean leased = gate.mode() == GateMode.PROTECT;
        return new Status(
                r.role(),
                partly ? r.reason() + "; " + open.unprotected() + " connections are unprotected" : r.reason(),
                now - r.sinceNanos(),
                config.service().name(),
                self.name(),
                config.hosts().peerOf(self).name(),
                r.epoch(),
                open.counts(),
                new Status.Totals(stats.opened, stats.closed, continued.getAsInt(), resets.getAsInt()),
                report == null ? null : takeover(report, now),
                stats.clientBytes + stats.serverBytes,
                pool.usedBytes(),
                link == null ? 0 : link.doorbellsSent(),
                r.role() == Role.STANDBY ? now - r.beatSeenNanos() : null,
                leased ? gate.lease() - now : null,
                gate.mode().name(),
                config.service().output().name().toLowerCase(Locale.ROOT),
                counters(stats),
                warnings);
    }

    private Map<String, Long> counters(FollowStats stats) {
        Map<String, Long> out = new LinkedHashMap<>();
        out.put("records", stats.records);
        out.put("kicks", stats.kicks);
        out.put("safe_points", stats.safePoints);
        out.put("unprotected", stats.unprotected);
        out.put("refused_openings", stats.refusedOpen);
        out.put("refused_segments", stats.refusedSegments);
        out.put("waits_for_log", stats.stalledOnLog);
        out.put("wakes", gate.wakes());
        out.put("sent_on", held.sent());
        out.put("sent_on_refused", held.refused());
        for (GateCounter c : GateCounter.values()) out.put("gate_" + c.name().toLowerCase(Locale.ROOT), gate.count(c));
        return out;
    }

    private void forEach(Consumer<FlowLedger> visitor) {
        if (role.get().role().isOwner()) engine.forEach(visitor);
        else ledger.forEach(visitor);
    }

    private static Status.Takeover takeover(TakeoverReport report, long now) {
        Map<String, Long> reasons = new LinkedHashMap<>();
        for (String reset : report.resets()) reasons.merge(reset.substring(reset.indexOf(": ") + 2), 1L, Long::sum);
        return new Status.Takeover(
                report.cause(),
                now - report.atNanos(),
                report.atNanos(),
                stages(report),
                report.continued(),
                report.resets().size(),
                reasons);
    }

    /** The last takeovers, oldest first. */
    List<TimelineEntry> timeline() {
        return onLoop(() -> {
            long now = Sys.bootNanos();
            List<TimelineEntry> out = new ArrayList<>();
            history.forEach(e -> {
                TakeoverReport r = e.report();
                List<String> lost = new ArrayList<>(r.resets());
                lost.addAll(e.lost());
                long waiting = r.waiting() - e.lost().size();
                out.add(new TimelineEntry(
                        e.epoch(), r.cause(), now - r.atNanos(), stages(r), r.continued(), r.gone(), waiting, lost));
            });
            return out;
        });
    }

    private static Map<String, Double> stages(TakeoverReport report) {
        Map<String, Double> stages = new LinkedHashMap<>();
        stages.put("silence", report.silenceNanos() / NANOS_PER_MILLI);
        stages.put("lease", report.waitNanos() / NANOS_PER_MILLI);
        stages.put("drain", report.drainNanos() / NANOS_PER_MILLI);
        stages.put("probe", report.probeNanos() / NANOS_PER_MILLI);
        stages.put("restore", report.restoreNanos() / NANOS_PER_MILLI);
        stages.put("replay", report.replayNanos() / NANOS_PER_MILLI);
        return stages;
    }

    private static ConnectionStatus connection(FlowLedger flow, long now) {
        var key = flow.opening().key();
        String text = key.toString();
        int cut = text.indexOf('>');
        return new ConnectionStatus(
                text.substring(0, cut),
                text.substring(cut + 1),
                flow.unprotected() == null,
                flow.unprotected(),
                flow.continued(),
                flow.age(now),
                flow.clientEnd(),
                flow.serverEnd(),
                0,
                flow.retained());
    }

    private static ConnectionStatus stranger(FlowKey key) {
        String text = key.toString();
        int cut = text.indexOf('>');
        return new ConnectionStatus(
                text.substring(0, cut), text.substring(cut + 1), false, OpenConnections.STRANGER, false, 0, 0, 0, 0, 0);
    }

    /** Does it on the core loop, and waits for it. */
    <T> T onLoop(Supplier<T> work) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.accept(() -> {
            try {
                answer.complete(work.get());
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the core loop could not answer: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("the core loop does not turn", e);
        }
    }
}
