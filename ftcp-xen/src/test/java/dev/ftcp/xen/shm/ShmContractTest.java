package dev.ftcp.xen.shm;

import dev.ftcp.xen.link.LinkHost;
import dev.ftcp.xen.link.LinkKind;
import dev.ftcp.xen.link.LocalHost;
import dev.ftcp.xen.link.PeerLinkContract;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class ShmContractTest extends PeerLinkContract {
    @TempDir
    Path directory;

    @Override
    protected LinkKind kind() {
        return new LinkKind.Shm(directory);
    }

    @Override
    protected LinkHost standbyHost() {
        return new LocalHost(kind(), "b", "a");
    }
}
