package dev.ftcp.xen.bpf;

import dev.ftcp.core.tcp.FlowKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The order in which a wrap comes to life. The filters are attached, with the mode that the gate shall begin with, before the pins of an earlier
 * wrap go: there is no instant without a gate. What fails undoes all that went before, an earlier filter put back included.
 */
final class WrapLoader {
    private static final String IMAGE = "wrap.bpf.o";
    private static final String INGRESS = "ingress", EGRESS = "egress";
    private static final List<String> TRACEPOINTS = List.of("state", "exits");
    private static final List<String> MAPS = List.of("cfg", "slots", "conns", "services", "vips", "capture");
    static final int SERVICE = 1, BACKEND = 2, ANYWHERE = 3; // E_SERVICE, E_BACKEND, E_ANYWHERE in wrap.h
    private static final int SERVICE_BYTES = 20, ADDRESS_BYTES = 16;

    private WrapLoader() {}

    static Wrap load(WrapSpec spec, GateMode first) {
        TcHook hook = new TcHook(Device.index(spec.device()), spec.service());
        Pins pins = new Pins(spec.pinDirectory());
        try (Unwind unwind = new Unwind()) {
            pins.prepare();
            unwind.atEnd(pins::discard);
            BpfObject object = BpfObject.open(image());
            unwind.atEnd(object::close);
            object.maxEntries("slots", spec.slots());
            object.maxEntries("conns", spec.slots());
            object.maxEntries("capture", spec.captureBytes());
            object.loadOrExplain();
            fill(object, spec);
            WrapMemory memory = new WrapMemory(object, spec);
            unwind.atEnd(memory::close);
            memory.gate().netns(Device.netns());
            memory.gate().mode(first);
            pin(object, pins);
            attach(object, hook, pins, unwind);
            pins.publish();
            Wrap wrap = new Wrap(object, memory, hook, pins);
            unwind.keep();
            return wrap;
        }
    }

    private static void fill(BpfObject object, WrapSpec spec) {
        BpfHash services = new BpfHash(object.mapFd("services"), "services", SERVICE_BYTES);
        BpfHash vips = new BpfHash(object.mapFd("vips"), "vips", ADDRESS_BYTES);
        for (InetSocketAddress s : spec.services()) {
            for (String anywhere : List.of("0.0.0.0", "::"))
                endpoint(services, new InetSocketAddress(anywhere, s.getPort()), ANYWHERE);
            endpoint(services, s, SERVICE);
            vips.key().put(0, FlowKey.mapped(s.getAddress()));
            vips.put(1);
        }
        for (InetSocketAddress b : spec.backends()) endpoint(services, b, BACKEND);
    }

    private static void endpoint(BpfHash map, InetSocketAddress at, int what) {
        int port = at.getPort();
        map.key()
                .put(0, FlowKey.mapped(at.getAddress()))
                .put(ADDRESS_BYTES, (byte) (port >>> 8))
                .put(ADDRESS_BYTES + 1, (byte) port);
        map.put(what);
    }

    private static void pin(BpfObject object, Pins pins) {
        for (String map : MAPS) object.pinMap(map, pins.staging().resolve(map));
        for (String program : List.of(INGRESS, EGRESS))
            object.pinProgram(program, pins.staging().resolve(program));
        for (String program : TRACEPOINTS)
            object.attachPinned(program, pins.staging().resolve(program));
    }

    private static void attach(BpfObject object, TcHook hook, Pins pins, Unwind unwind) {
        if (hook.create()) {
            unwind.atEnd(hook::destroyIfUnused);
            unwind.atEnd(pins::forgetClsactMade);
            pins.markClsactMade();
        }
        int egress = hook.attached(TcHook.EGRESS), ingress = hook.attached(TcHook.INGRESS);
        unwind.atEnd(() -> hook.restore(TcHook.EGRESS, egress));
        hook.attach(TcHook.EGRESS, object.programFd(EGRESS));
        // An old ingress qdisc takes a filter for egress and runs it at ingress: the gate would stand open.
        if (hook.attached(TcHook.INGRESS) == hook.attached(TcHook.EGRESS))
            throw new WrapException(
                    "wrap: the interface has an ingress qdisc where clsact is needed: tc qdisc del dev DEVICE ingress",
                    "");
        unwind.atEnd(() -> hook.restore(TcHook.INGRESS, ingress));
        hook.attach(TcHook.INGRESS, object.programFd(INGRESS));
    }

    private static byte[] image() {
        try (InputStream in = WrapLoader.class.getResourceAsStream(IMAGE)) {
            if (in == null)
                throw new IllegalStateException(
                        "wrap: " + IMAGE + " is not in the jar: build ftcp-xen with clang installed");
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("wrap: read " + IMAGE, e);
        }
    }
}
