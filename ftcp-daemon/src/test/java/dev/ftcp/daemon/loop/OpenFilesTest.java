package dev.ftcp.daemon.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenFilesTest {
    @Test
    void tooFewAreSaidWithWhatTheyCost() {
        assertThat(OpenFiles.warnings(1000, 2256)).isEmpty();
        assertThat(OpenFiles.warnings(1000, 2255))
                .singleElement()
                .asString()
                .contains("limits.connections = 1000", "2256", "2255", "beyond 999", "LimitNOFILE");
        assertThat(OpenFiles.warnings(1000, 20)).singleElement().asString().contains("beyond 0");
    }
}
