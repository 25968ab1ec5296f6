package dev.ftcp.xen.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ftcp.xen.lab.Lab;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    @Test
    void knowsWhichKernelsAreNewEnough() {
        Map.of("6.1.0-28-amd64", true, "6.18.2", true, "7.0", true, "5.15.0", false, "6.0.9", false, "x", false)
                .forEach((release, ok) ->
                        assertThat(HostFacts.isRecent(release)).as(release).isEqualTo(ok));
    }

    @Test
    void everythingNetworkedIsPresentForRootInANamespace() {
        try (Lab lab = new Lab("fpkp")) {
            List<Capability> found = lab.b.call(Capabilities::probe);
            found.forEach(System.out::println);
            assertThat(found.stream().map(Capability::name)).doesNotHaveDuplicates();
            assertThat(found)
                    .filteredOn(c -> List.of(
                                    "kernel", "CAP_NET_ADMIN", "clsact", "packet socket", "TCP_REPAIR", "SOCK_DESTROY")
                            .contains(c.name()))
                    .hasSize(6)
                    .allMatch(Capability::ok);
            assertThat(lab.b.run("tc qdisc show dev lo")).doesNotContain("clsact");
        }
    }

    @Test
    void whatIsNoXenGuestIsToldSoByEveryCheck() {
        assumeFalse(Files.exists(Path.of("/dev/xen/gntalloc")), "this is a Xen guest");
        List<Capability> found = Capabilities.probeXen(16402);
        found.forEach(System.out::println);
        assertThat(found.stream().map(Capability::name)).doesNotHaveDuplicates().hasSize(13);
        assertThat(found)
                .filteredOn(Capability::ok)
                .extracting(Capability::name)
                .isSubsetOf("Xen libraries", "xenbus");
        assertThat(found).filteredOn(c -> !c.ok()).allMatch(c -> !c.fix().isEmpty());
    }

    @Test
    void saysWhatIsMissingAndWhatToDo() {
        Capability c = Capability.missing("X", "v 2", "this is v 1", "install v 2");
        assertThat(c).hasToString("FAIL X not supported (requires v 2): this is v 1; install v 2");
        assertThat(Capabilities.complete(List.of(c))).isFalse();
    }
}
