package dev.ftcp.xen.xen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.linux.SyscallException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a machine without Xen nothing hangs, and every failure says what it was. */
class OutsideOfXenTest {
    @BeforeEach
    void noXen() {
        assumeFalse(Files.exists(Path.of("/dev/xen/gntalloc")), "this is a Xen guest");
    }

    @Test
    void theRendezvousIsALocalFailureAndLeavesItsNameFree() {
        for (int i = 0; i < 2; i++) {
            LinkException e = catchThrowableOfType(
                    LinkException.class, () -> XenRendezvous.open("a", "b", Hello.of("link-suite", "1")));
            assertThat(e.reason()).isEqualTo(LinkException.Reason.LOCAL);
            assertThat(e).hasMessageContaining("open xenstore").hasMessageContaining("ftcpd --probe");
        }
    }

    @Test
    void devicesThatAreNotThereCarryTheirErrno() {
        assertThatThrownBy(() -> EventChannel.listen(1))
                .isInstanceOf(SyscallException.class)
                .hasMessageContaining("/dev/xen/evtchn");
        assertThatThrownBy(() -> GrantMap.look(1, 1))
                .isInstanceOf(SyscallException.class)
                .hasMessageContaining("/dev/xen/gntdev");
        assertThatThrownBy(() -> GrantShare.page(1, 0, -1))
                .isInstanceOf(SyscallException.class)
                .hasMessageContaining("/dev/xen/gntalloc");
    }
}
