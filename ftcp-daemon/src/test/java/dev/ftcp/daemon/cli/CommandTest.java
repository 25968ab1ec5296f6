package dev.ftcp.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.ftcp.daemon.control.ControlServer;
import dev.ftcp.daemon.control.Samples;
import dev.ftcp.daemon.control.Status;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandTest {
    private static final Path SAMPLE = Path.of("../configs/web.toml");

    @TempDir
    private Path directory;

    private StringWriter out;
    private StringWriter err;

    @BeforeEach
    void fresh() {
        out = new StringWriter();
        err = new StringWriter();
    }

    @Test
    void aProtectedOwnerTellsTheVerdictFirst() throws IOException {
        assertThat(ctl(Samples.owner(), "status")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("""
                        PROTECTED for 3m12s: the standby has everything
                          service      web on b, peer a, epoch 4
                          connections  1,204 live: 1,200 protected, 4 unprotected
                                       4 upgraded to websocket
                          since start  98,765 opened, 97,561 closed, 1,000 continued, 2 reset
                          gate         PROTECT, lease for 188 ms, heartbeat 12 ms ago
                          output       strict
                          log          1.2 GiB committed, 12.4 MiB retained, 1,204 doorbells
                          takeover     2h03m ago: no heartbeat for 400 ms; 1,000 continued, 2 reset (2 ahead of the log); lease 200.0 ms, probe 3.1 ms
                          kicks        17
                        """);
    }

    @Test
    void aDaemonThatCantOwnIsDegradedAndSaysWhy() throws IOException {
        assertThat(ctl(Samples.starting(), "status")).isEqualTo(ExitCode.DEGRADED);
        assertThat(out.toString()).isEqualTo("""
                        STARTING for 900 ms: no peer, but the address claim is held elsewhere
                          WARNING      TEST CONFIGURATION
                          service      web on a, peer b, epoch 0
                          connections  0 live: 0 protected, 0 unprotected
                          since start  0 opened, 0 closed, 0 continued, 0 reset
                          gate         CLOSED, no heartbeat
                          output       follow
                          log          0 B committed, 0 B retained, 0 doorbells
                          takeover     none since start
                        """);
    }

    @Test
    void jsonIsWhatTheDaemonSaid() throws IOException {
        assertThat(ctl(Samples.starting(), "status", "--json")).isEqualTo(ExitCode.DEGRADED);
        assertThat(JsonParser.parseString(out.toString())
                        .getAsJsonObject()
                        .get("verdict")
                        .getAsString())
                .isEqualTo("STARTING");
        assertThat(ctl(Samples.owner(), "connections", "--json")).isEqualTo(ExitCode.OK);
    }

    @Test
    void connectionsAreATable() throws IOException {
        assertThat(ctl(Samples.owner(), "connections")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("""
                        CLIENT                     SERVER                 STATE             AGE        FROM          TO UNCOMMITTED    RETAINED  NOTE
                        198.51.100.7:40001         10.77.0.100:80         protected       1m01s       700 B     4.8 MiB         0 B     1.5 KiB  continued by takeover
                        198.51.100.8:40002         10.77.0.100:80         UNPROTECTED     20 ms        80 B         0 B        80 B         0 B  upgraded to websocket
                        """);
    }

    @Test
    void aTimelineIsATableAndAPicture() throws IOException {
        Path picture = directory.resolve("timeline.svg");
        assertThat(ctl(Samples.owner(), "timeline", "--svg", picture.toString()))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("silence 400, lease 200, probe 3")
                .contains("lost 198.51.100.9:40003>10.77.0.100:80: the client <did> not answer");
        assertThat(Files.readString(picture))
                .startsWith("<svg")
                .contains("1 LOST")
                .endsWith("</svg>\n");
        assertThat(ctl(Samples.owner(), "timeline", "--json")).isEqualTo(ExitCode.OK);
    }

    @Test
    void aRefusedSwitchoverSaysWhy() throws IOException {
        assertThat(ctl(Samples.owner(), "switchover")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("refused: there is no standby");
        assertThat(ctl(Samples.owner(), "switchover", "--dry-run")).isEqualTo(ExitCode.REFUSED);
        assertThat(out.toString()).contains("41 connections go on, 1 are reset").contains("1 upgraded to websocket");
    }

    @Test
    void metricsAreOneFamilyAfterTheOther() throws IOException {
        assertThat(ctl(Samples.owner(), "metrics")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("# TYPE ftcp_role gauge\n")
                .contains("ftcp_role{service=\"web\",host=\"b\",role=\"PROTECTED\"} 1\n")
                .contains("ftcp_role{service=\"web\",host=\"b\",role=\"UNPROTECTED\"} 0\n")
                .contains("ftcp_epoch{service=\"web\",host=\"b\"} 4\n");
        assertThat(out.toString().lines().filter(line -> line.startsWith("# HELP")))
                .doesNotHaveDuplicates();
    }

    @Test
    void aRestartThatNobodyKnowsHowToDoIsRefused() throws IOException {
        assertThat(ctl(Samples.owner(), "restart")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("refused: service.restart-command is not set");
    }

    @Test
    void aDaemonThatIsNotThereIsUnreachable() {
        Path nowhere = directory.resolve("none.sock");
        assertThat(run(FtcpctlCommand.commandLine(), "--socket", nowhere.toString(), "status"))
                .isEqualTo(ExitCode.UNREACHABLE);
        assertThat(err.toString()).startsWith("ftcpctl: no daemon answers at " + nowhere);
    }

    @Test
    void theSocketComesFromTheConfigurationToo() throws IOException {
        Path socket = directory.resolve("c.sock");
        Path config = directory.resolve("web.toml");
        Files.writeString(config, Files.readString(SAMPLE).replace("/run/ftcp/web.sock", socket.toString()));
        try (ControlServer server = ControlServer.listen(socket, Samples.source(Samples.owner()))) {
            assertThat(server).isNotNull();
            assertThat(run(FtcpctlCommand.commandLine(), "--config", config.toString(), "status"))
                    .isZero();
        }
    }

    @Test
    void wrongCommandLinesAreUsageErrors() {
        assertThat(run(FtcpctlCommand.commandLine(), "status")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("--socket PATH or --config FILE");
        assertThat(run(FtcpctlCommand.commandLine())).isEqualTo(ExitCode.USAGE);
        assertThat(run(FtcpctlCommand.commandLine(), "--socket", "a", "--config", "b", "status"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(run(FtcpctlCommand.commandLine(), "--socket", "a", "frobnicate"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(run(daemon(0))).isEqualTo(ExitCode.USAGE);
        assertThat(run(daemon(0), "--frobnicate", SAMPLE.toString())).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void probeTriesWhatTheConfiguredLinkNeeds(@TempDir Path dir) throws IOException {
        assertThat(run(daemon(9), "--probe", SAMPLE.toString())).isIn(ExitCode.OK, ExitCode.REFUSED);
        assertThat(out.toString()).contains("TCP_REPAIR").doesNotContain("gntalloc");
        String xen = Files.readString(SAMPLE).replace("type = \"shm\"", "type = \"xen\"");
        Path config = Files.writeString(dir.resolve("xen.toml"), xen.replaceAll("(?m)^directory = .*", ""));
        assertThat(run(daemon(9), "--probe", config.toString())).isIn(ExitCode.OK, ExitCode.REFUSED);
        assertThat(out.toString()).contains("gntalloc limit");
    }

    @Test
    void checkTellsWhatTheConfigurationAmountsTo() {
        assertThat(run(daemon(9), "--check", SAMPLE.toString())).isZero();
        assertThat(run(daemon(9), "--check", "--host", "b", SAMPLE.toString())).isZero();
        assertThat(out.toString()).isEqualTo("""
                        OK: service web at 10.77.0.100:80, hosts a/eth0 (preferred) and b/eth0
                        OK: service web at 10.77.0.100:80, hosts a/eth0 (preferred) and b/eth0 [this host]
                        """);
        assertThat(run(daemon(9), "--check", "--host", "z", SAMPLE.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("this host is 'z', but [hosts] names only 'a' and 'b'");
    }

    @Test
    void everyProblemOfTheConfigurationIsPrinted() throws IOException {
        Path config = directory.resolve("web.toml");
        Files.writeString(
                config, Files.readString(SAMPLE).replace("listen =", "listne =").replace("\"200ms\"", "\"200\""));
        assertThat(run(daemon(0), "--check", config.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString().lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("ftcpd: " + config + ":"))
                .anyMatch(line -> line.endsWith("unknown key 'listne' (did you mean 'listen'?)"));
    }

    @Test
    void filesThatCantBeReadAreUsageErrors() throws IOException {
        assertThat(run(daemon(0), directory.resolve("none.toml").toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("there is no such file");
        Path binary = Files.write(directory.resolve("binary.toml"), new byte[] {(byte) 0xFF, (byte) 0xFE, 0});
        assertThat(run(daemon(0), binary.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(run(daemon(0), directory.toString())).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void theDaemonRunsWithItsHostAndItsCodeIsTheExitCode() {
        DaemonRunner runner = (config, self) ->
                self.name().equals("b") && config.service().name().equals("web") ? 7 : 8;
        assertThat(run(FtcpdCommand.commandLine(runner), "--host", "b", SAMPLE.toString()))
                .isEqualTo(7);
    }

    @Test
    void aDaemonThatFailsIsAnInternalError() {
        DaemonRunner runner = (config, self) -> {
            throw new IOException("no such interface: eth0");
        };
        assertThat(run(FtcpdCommand.commandLine(runner), "--host", "b", SAMPLE.toString()))
                .isEqualTo(ExitCode.INTERNAL);
        assertThat(err.toString()).isEqualTo("ftcpd: no such interface: eth0\n");
    }

    @Test
    void theHelpListsTheExitCodes() {
        assertThat(run(daemon(0), "--help")).isZero();
        assertThat(run(FtcpctlCommand.commandLine(), "--help")).isZero();
        assertThat(out.toString())
                .contains("Exit codes:")
                .contains("3   no daemon answers")
                .contains("5   degraded");
    }

    private static CommandLine daemon(int code) {
        return FtcpdCommand.commandLine((config, self) -> code);
    }

    private int ctl(Status status, String... command) throws IOException {
        Path socket = directory.resolve("ctl.sock");
        String[] args = new String[command.length + 2];
        args[0] = "--socket";
        args[1] = socket.toString();
        System.arraycopy(command, 0, args, 2, command.length);
        try (ControlServer server = ControlServer.listen(socket, Samples.source(status))) {
            assertThat(server).isNotNull();
            return run(FtcpctlCommand.commandLine(), args);
        }
    }

    private int run(CommandLine line, String... args) {
        return line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(args);
    }
}
