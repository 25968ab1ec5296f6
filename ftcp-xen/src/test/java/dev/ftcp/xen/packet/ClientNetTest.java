package dev.ftcp.xen.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.xen.lab.Descriptors;
import dev.ftcp.xen.linux.SyscallException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientNetTest {
    private static final int BUFFER = 1 << 16;
    private final List<InetAddress> vips = List.of(InetAddress.getLoopbackAddress());

    @Test
    void closesAllThatItOpened() throws IOException {
        new ClientNet(NetInterface.find("lo"), vips, 0, BUFFER).close(); // whatever is opened once for all
        int before = Descriptors.held();
        try (ClientNet net = new ClientNet(NetInterface.find("lo"), vips, 0, BUFFER)) {
            assertThat(net.nic().name()).isEqualTo("lo");
            assertThat(Descriptors.held()).isGreaterThan(before);
        }
        assertThat(Descriptors.held()).isEqualTo(before);
    }

    @Test
    void oneThatCannotBeMadeLeavesNothingOpen() throws IOException {
        NetInterface gone = new NetInterface("gone", 1 << 24, 0, 1500, true);
        assertThatThrownBy(() -> new ClientNet(gone, vips, 0, BUFFER)).isInstanceOf(SyscallException.class);
        int before = Descriptors.held();
        assertThatThrownBy(() -> new ClientNet(gone, vips, 0, BUFFER))
                .isInstanceOf(SyscallException.class)
                .hasMessageContaining("bind");
        assertThat(Descriptors.held()).isEqualTo(before);
    }
}
