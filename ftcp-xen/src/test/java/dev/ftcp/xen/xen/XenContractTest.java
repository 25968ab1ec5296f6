package dev.ftcp.xen.xen;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ftcp.xen.link.FarHost;
import dev.ftcp.xen.link.LinkHost;
import dev.ftcp.xen.link.LinkKind;
import dev.ftcp.xen.link.PeerLinkContract;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;

/** The contract between two Xen guests, of which the other one runs {@link LinkSuite}. */
class XenContractTest extends PeerLinkContract {
    private static final Path XEN = Path.of("/dev/xen/gntalloc");
    private static @Nullable LinkHost far;

    @BeforeAll
    static void findTheOtherGuest() throws Exception {
        assumeTrue(Files.exists(XEN), "no " + XEN + ": this is no Xen guest; scripts/xen-lab has two");
        String host = System.getProperty(LinkSuite.JOINER);
        assumeTrue(host != null, "which guest is the other one? Run LinkSuite in both");
        if (far == null) far = FarHost.connect(host, LinkSuite.PORT);
    }

    @Override
    protected LinkKind kind() {
        return new XenKind();
    }

    @Override
    protected LinkHost standbyHost() {
        return far;
    }
}
