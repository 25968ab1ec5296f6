package dev.ftcp.xen.xen;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ftcp.xen.link.FarHost;
import dev.ftcp.xen.link.LinkHost;
import dev.ftcp.xen.link.LinkKind;
import dev.ftcp.xen.link.PeerLinkContract;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The contract between two Xen guests, of which the other one runs {@link LinkSuite}. */
class XenContractTest extends PeerLinkContract {
    private static final Path XEN = Path.of("/dev/xen/gntalloc");
    private static @Nullable LinkHost far;

    @Override
    protected LinkKind kind() {
        assumeTrue(Files.exists(XEN), "no " + XEN + ": this is no Xen guest; scripts/xen-lab has two");
        assumeTrue(System.getProperty(LinkSuite.JOINER) != null, "which guest is the other one? Run LinkSuite in both");
        return new XenKind();
    }

    @Override
    protected LinkHost standbyHost() throws IOException {
        LinkHost host = far != null ? far : FarHost.connect(System.getProperty(LinkSuite.JOINER), LinkSuite.PORT);
        far = host;
        return host;
    }
}
