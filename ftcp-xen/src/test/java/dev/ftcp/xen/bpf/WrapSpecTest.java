package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class WrapSpecTest {
    private static final InetSocketAddress OK = Lab.address(Lab.VIP4);
    private static final Path PINS = Path.of("/sys/fs/bpf/ftcp/web");

    @Test
    void everyFieldIsCheckedWithItsName() {
        refused("service", () -> new WrapSpec("a/b", "eth0", List.of(OK), List.of(), 8, 1 << 20, PINS));
        refused("device", () -> new WrapSpec("web", "an-interface-too-long", List.of(OK), List.of(), 8, 1 << 20, PINS));
        refused("services", () -> new WrapSpec("web", "eth0", List.of(), List.of(), 8, 1 << 20, PINS));
        refused("services", () -> new WrapSpec("web", "eth0", List.of(OK, OK), List.of(), 8, 1 << 20, PINS));
        refused(
                "services",
                () -> new WrapSpec("web", "eth0", List.of(Lab.address("0.0.0.0")), List.of(), 8, 1 << 20, PINS));
        refused(
                "services",
                () -> new WrapSpec("web", "eth0", List.of(Lab.address(Lab.VIP4, 0)), List.of(), 8, 1 << 20, PINS));
        refused(
                "services",
                () -> new WrapSpec(
                        "web",
                        "eth0",
                        List.of(InetSocketAddress.createUnresolved("x", 1)),
                        List.of(),
                        8,
                        1 << 20,
                        PINS));
        refused("slots", () -> new WrapSpec("web", "eth0", List.of(OK), List.of(), 0, 1 << 20, PINS));
        refused("captureBytes", () -> new WrapSpec("web", "eth0", List.of(OK), List.of(), 8, 3 << 20, PINS));
        refused("captureBytes", () -> new WrapSpec("web", "eth0", List.of(OK), List.of(), 8, 4096, PINS));
        refused("pinDirectory", () -> new WrapSpec("web", "eth0", List.of(OK), List.of(), 8, 1 << 20, Path.of("ftcp")));
        refused(
                "pinDirectory",
                () -> new WrapSpec("web", "eth0", List.of(OK), List.of(), 8, 1 << 20, Path.of("/sys/fs/bpf/a.b")));
    }

    private static void refused(String field, Runnable make) {
        assertThatThrownBy(make::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(field + " = ");
    }
}
