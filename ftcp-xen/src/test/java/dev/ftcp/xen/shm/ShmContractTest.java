package dev.ftcp.xen.shm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.xen.link.Arbiter;
import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.PeerLinkContract;
import dev.ftcp.xen.link.Rendezvous;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class ShmContractTest extends PeerLinkContract {
    @TempDir
    Path directory;

    @Override
    protected Rendezvous owner(Hello hello) throws Exception {
        return ShmRendezvous.open(directory, "a", "b", hello);
    }

    @Override
    protected Rendezvous standby(Hello hello) throws Exception {
        return ShmRendezvous.open(directory, "b", "a", hello);
    }

    @Override
    protected Arbiter arbiter(String self) {
        return new ShmArbiter(directory, self);
    }

    @Override
    protected void assertNothingLeft() {
        assertThat(directory).isDirectoryNotContaining("glob:**.region");
    }
}
