package dev.ftcp.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.config.AdapterKind;
import dev.ftcp.core.config.ConfigProblem;
import dev.ftcp.core.config.Endpoint;
import dev.ftcp.core.config.Limits;
import dev.ftcp.core.config.Safeguard;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.core.config.ServiceFaultPolicy;
import dev.ftcp.core.config.Timing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TomlConfigTest {
    private static final String MINIMAL = """
            [service]
            name = "web"
            listen = ["10.77.0.100:80"]
            adapter = "http"
            backend = "127.0.0.1:80"
            [hosts.b]
            interface = "eth0"
            [hosts.a]
            interface = "eth1"
            """;

    @Test
    void theSampleIsValidAndSaysWhatTheDefaultsAre() throws IOException {
        ServiceConfig sample = valid(Files.readString(Path.of("../configs/web.toml")));
        ServiceConfig minimal = valid(MINIMAL);
        assertThat(sample.timing()).isEqualTo(Timing.defaults()).isEqualTo(minimal.timing());
        assertThat(sample.onServiceFault())
                .isEqualTo(ServiceFaultPolicy.defaults())
                .isEqualTo(minimal.onServiceFault());
        assertThat(sample.limits()).isEqualTo(Limits.defaults()).isEqualTo(minimal.limits());
        assertThat(sample.link()).isEqualTo(minimal.link());
        assertThat(sample.controlSocket()).isEqualTo(minimal.controlSocket()).isEqualTo(Path.of("/run/ftcp/web.sock"));
        assertThat(sample.bpfDirectory()).isEqualTo(minimal.bpfDirectory());
        assertThat(sample.disabled()).isEmpty();
        assertThat(sample.warnings()).isEmpty();
        assertThat(sample.hosts().first().name()).isEqualTo("a");
    }

    @Test
    void valuesArriveAndTheFirstHostOfTheFileIsPreferred() {
        ServiceConfig c = valid(MINIMAL.replace("[\"10.77.0.100:80\"]", "[\"10.77.0.100:80\", \"[2001:db8::1]:443\"]")
                        .replace("\"127.0.0.1:80\"", "[\"127.0.0.1:80\", \"[::1]:4430\"]")
                + """
                [link]
                size = "1MiB"
                directory = "/tmp/l"
                [timing]
                heartbeat = "5000us"
                lease = "20 ms"
                detect = "30ms"
                standby-stall = "1min"
                [limits]
                retain = "100MiB"
                [test]
                disable = ["lease", "clamp"]
                """);
        assertThat(c.hosts().first().name()).isEqualTo("b");
        assertThat(c.hosts().find("a")).isEqualTo(c.hosts().peerOf(c.hosts().first()));
        assertThat(c.hosts().find("c")).isNull();
        assertThat(c.service().listen())
                .containsExactly(Endpoint.parse("10.77.0.100:80"), Endpoint.parse("[2001:db8::1]:443"));
        assertThat(c.service().backendOf(Endpoint.parse("[2001:db8::1]:443"))).isEqualTo(Endpoint.parse("[::1]:4430"));
        assertThat(c.service().adapter()).isEqualTo(AdapterKind.HTTP);
        assertThat(c.timing()).isEqualTo(new Timing(5_000_000, 20_000_000, 30_000_000, 60_000_000_000L));
        assertThat(c.limits().retainPerConnectionBytes()).isEqualTo(100L << 20);
        assertThat(c.disabled()).containsExactlyInAnyOrder(Safeguard.LEASE, Safeguard.CLAMP);
        assertThat(c.warnings()).hasSize(2);
        assertThat(c.warnings().get(0)).contains("NOT FOR SERVICE").contains("clamp, lease");
        assertThat(c.warnings().get(1)).contains("timing.detect 30ms");
    }

    /** Each row replaces a piece of the minimal file, or is added at its end, and names the only problem. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "listen = | listne = | 3:1: unknown key 'listne' (did you mean 'listen'?)",
                "name = \"web\" | name = \"Web\" | 2:1: 'Web': use 1-32 of a-z, 0-9 and '-', starting with a letter",
                "name = \"web\" | name = 7 | 2:1: 'service.name' must be a string, as in \"web\", not a whole number",
                "name = \"web\" | deterministic = false | 1:1: 'service.name' is missing; add name = \"web\"",
                "[\"10.77.0.100:80\"] | [] | 3:1: needs 1 to 16 endpoints, has 0",
                "[\"10.77.0.100:80\"] | \"10.77.0.100:80\" | 3:1: 'service.listen' must be a list, as in [\"10.77.0.100:80\"], not a string",
                "[\"10.77.0.100:80\"] | [80] | 3:11: entries of 'service.listen' are strings, as in [\"10.77.0.100:80\"]",
                "[\"10.77.0.100:80\"] | [\"10.77.0.100\"] | 3:11: '10.77.0.100' has no port; write it as \"10.77.0.100:80\"",
                "[\"10.77.0.100:80\"] | [\"web.example:80\"] | 3:11: 'web.example' is not an IP address; names are not resolved here",
                "[\"10.77.0.100:80\"] | [\"10.77.0.256:80\"] | 3:11: '10.77.0.256' is not an IP address; names are not resolved here",
                "[\"10.77.0.100:80\"] | [\"[2001:zz::1]:80\"] | 3:11: '2001:zz::1' is not an IP address; names are not resolved here",
                "[\"10.77.0.100:80\"] | [\"[1:2:3::4::5]:80\"] | 3:11: '1:2:3::4::5' is not an IP address; names are not resolved here",
                "[\"10.77.0.100:80\"] | [\"2001:db8::1:80\"] | 3:11: '2001:db8::1:80': an IPv6 address stands in brackets, as in \"[2001:db8::1]:80\"",
                "[\"10.77.0.100:80\"] | [\"10.77.0.100:0\"] | 3:11: '10.77.0.100:0': port 0 is not in 1-65535",
                "[\"10.77.0.100:80\"] | [\"10.77.0.100:http\"] | 3:11: '10.77.0.100:http': port 'http' is not a number in 1-65535",
                "[\"10.77.0.100:80\"] | [\"10.77.0.100:80\", \"10.77.0.100:80\"] | 3:1: '10.77.0.100:80' is listed twice",
                "[\"10.77.0.100:80\"] | [\"0.0.0.0:80\"] | 3:1: '0.0.0.0:80' can't move between hosts: give the unicast service address (VIP) itself",
                "adapter = \"http\" | adapter = \"htp\" | 4:1: 'htp' is not one of opaque, http (did you mean 'http'?)",
                "127.0.0.1:80 | 10.77.0.100:81 | 5:1: '10.77.0.100:81' is a service address: continued connections would loop; use a local address",
                "[\"10.77.0.100:80\"] | [\"10.77.0.100:80\", \"10.77.0.100:81\"] | 5:1: 'service.listen' has 2 ports: give one backend for each of the 2 entries of 'service.listen', in their order",
                "\"127.0.0.1:80\" | [\"127.0.0.1:80\", \"[::1]:80\"] | 5:1: 2 backends: give one backend for each of the 1 entries of 'service.listen', in their order, or one for all",
                "\"127.0.0.1:80\" | [\"127.0.0.1:80\", \"localhost:80\"] | 5:28: 'localhost' is not an IP address; names are not resolved here",
                "127.0.0.1:80 | 0.0.0.0:80 | 5:1: '0.0.0.0:80' is not an address to connect to",
                "name = \"web\" | `name = \"web\"\noutput = \"x\"` | 3:1: 'x' is not one of follow, strict",
                "name = \"web\" | `name = \"web\"\non-service-fault = \"reboot\"` | 3:1: 'reboot' is not one of takeover, restart",
                "name = \"web\" | `name = \"web\"\nrestart-command = [\"systemctl\"]` | 3:1: 'systemctl' is not an absolute path: give the program's, such as \"/usr/bin/systemctl\"",
                "name = \"web\" | `name = \"web\"\nrestart-patience = \"1ms\"` | 3:1: 1ms is not in 1s to 10min",
                "name = \"web\" | `name = \"web\"\nquarantine-after = 0` | 3:1: 0 is not in 1 to 100",
                "name = \"web\" | `name = \"web\"\ndeterministic = \"yes\"` | 3:1: 'service.deterministic' must be true or false without quotes, not a string",
                "[hosts.b] | `[hosts.c]\ninterface = \"eth0\"\n[hosts.b]` | 6:1: exactly two hosts are needed, the preferred owner first: [hosts.NAME] with interface = \"eth0\"; found 3",
                "interface = \"eth1\" | `` | 8:1: 'hosts.a.interface' is missing; add interface = \"eth0\"",
                "eth1 | an-interface-name | 9:1: 'an-interface-name' is not a name of a network interface (1-15 characters, no space, '/' or ':')",
                "[hosts.a] | [hosts.\"-a\"] | 8:1: host name '-a': use up to 63 letters, digits and '-'",
                "+ | `[link]\ntype = \"tcp\"` | 11:1: 'tcp' is not one of shm, xen",
                "+ | `[link]\ntype = \"xen\"\ndirectory = \"/run\"` | 12:1: link.directory is for type = \"shm\"; Xen guests find each other by scripts/xen-pair in dom0",
                "+ | `[link]\ntype = \"xen\"\nsize = \"256MiB\"` | 12:1: 256MiB is not in 256KiB to 128MiB",
                "+ | `[link]\ndirectory = \"run\"` | 11:1: 'run' is not an absolute path",
                "+ | `[link]\nsize = \"48MiB\"` | 11:1: 48MiB is not a power of two; nearest are 32MiB and 64MiB",
                "+ | `[link]\nsize = \"2GiB\"` | 11:1: 2GiB is not in 256KiB to 1GiB",
                "+ | `[link]\nsize = \"64MB\"` | 11:1: '64MB': unit 'MB' is not one of B, KiB, MiB, GiB",
                "+ | `[link]\nsize = \"many\"` | 11:1: 'many' is not a whole number with a unit, as in \"16MiB\"",
                "+ | `[link]\nsize = \"99999999999GiB\"` | 11:1: '99999999999GiB' is too large",
                "+ | `[timing]\nlease = 200` | 11:1: 'timing.lease' needs a unit in quotes, as in \"200ms\", not 200",
                "+ | `[timing]\nlease = \"200\"` | 11:1: '200' has no unit; add one of us, ms, s, min, as in \"200ms\"",
                "+ | `[timing]\nlease = true` | 11:1: 'timing.lease' must be a string with a unit, as in \"200ms\", not true or false",
                "+ | `[timing]\nlease = \"60ms\"` | 11:1: lease 60ms is shorter than three heartbeats (75ms): one late heartbeat would silence the service",
                "+ | `[timing]\ndetect = \"200ms\"` | 11:1: detect 200ms is not longer than the lease (200ms): the standby would take over before the owner is silent",
                "+ | `[timing]\nheartbeat = \"100us\"` | 11:1: 100us is not in 1ms to 1s",
                "+ | `[timing]\nstandby-stall = \"100ms\"` | 11:1: 100ms is not in 200ms to 1min",
                "+ | `[timing]\ndetect = \"2min\"` | 11:1: 2min is not in 3ms to 1min",
                "+ | `[limits]\nconnections = 5` | 11:1: 5 is not in 16-1048576",
                "+ | `[limits]\nconnections = \"5\"` | 11:1: 'limits.connections' must be a whole number without quotes, not a string",
                "+ | `[limits]\ncapture = \"3MiB\"` | 11:1: 3MiB is not a power of two; nearest are 2MiB and 4MiB",
                "+ | `[limits]\nretain = \"1KiB\"\nretain-per-connection = \"1KiB\"` | 11:1: 1KiB is not in 64KiB to 64GiB",
                "+ | `[limits]\nretain-per-connection = \"1GiB\"` | 11:1: 1GiB is more than retain (512MiB), which is for all connections together",
                "+ | `[control]\nsocket = \"web.sock\"` | 11:1: 'web.sock' is not an absolute path",
                "+ | `[paths]\nbpf = \"bpf\"` | 11:1: 'bpf' is not an absolute path",
                "+ | `[test]\ndisable = [\"clmap\"]` | 11:12: 'clmap' is not one of clamp, silence, hold, lease, strict (did you mean 'clamp'?)",
                "+ | `[timng]` | 10:1: unknown section 'timng' (did you mean 'timing'?)",
                "[service] | `frobnicate = 1\n[service]` | 1:1: unknown key 'frobnicate'",
                "+ | `link = \"shm\"` | 10:1: unknown key 'link'",
                "+ | `[limits]\nconnections = 1\nconnections = 2` | 12:1: connections previously defined at line 11, column 1",
            })
    void everyErrorIsToldWithItsPlaceAndItsRemedy(String old, String replacement, String expected) {
        String with = replacement == null ? "" : replacement;
        String text = old.equals("+") ? MINIMAL + with + "\n" : MINIMAL.replace(old, with);
        assertThat(text).isNotEqualTo(MINIMAL);
        assertThat(problems(text)).contains("web.toml:" + expected);
    }

    @Test
    void allProblemsAreToldAtOnceInTheOrderOfTheFile() {
        assertThat(problems("""
                        [service]
                        nmae = "web"
                        listen = ["10.77.0.100"]
                        adapter = "http"
                        backend = "localhost:80"
                        [hosts.a]
                        interface = "eth0"
                        [timing]
                        heartbeat = 25
                        [limits]
                        capture = "5MiB"
                        connections = 1
                        """))
                .containsExactly(
                        "web.toml:1:1: 'service.name' is missing; add name = \"web\"",
                        "web.toml:2:1: unknown key 'nmae' (did you mean 'name'?)",
                        "web.toml:3:11: '10.77.0.100' has no port; write it as \"10.77.0.100:80\"",
                        "web.toml:5:1: 'localhost' is not an IP address; names are not resolved here",
                        "web.toml:6:1: exactly two hosts are needed, the preferred owner first: [hosts.NAME] with interface ="
                                + " \"eth0\"; found 1",
                        "web.toml:9:1: 'timing.heartbeat' needs a unit in quotes, as in \"200ms\", not 25",
                        "web.toml:11:1: 5MiB is not a power of two; nearest are 4MiB and 8MiB",
                        "web.toml:12:1: 1 is not in 16-1048576");
    }

    @Test
    void anEmptyFileIsToldWhatItNeeds() {
        assertThat(problems(""))
                .contains("web.toml: 'service.name' is missing; add name = \"web\"")
                .anyMatch(p -> p.contains("exactly two hosts"));
    }

    @Test
    void aSyntaxErrorIsToldAlone() {
        assertThat(problems("[service\nnmae = 1\n"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("web.toml:1:9: ");
    }

    @Test
    void noTextMakesItThrow() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed=" + seed);
        Random random = new Random(seed);
        String sample = Files.readString(Path.of("../configs/web.toml"));
        for (int i = 0; i < 500; i++) {
            StringBuilder text = new StringBuilder(sample);
            for (int k = random.nextInt(8); k >= 0; k--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, (char) (32 + random.nextInt(95)));
                    default -> text.setCharAt(at, text.charAt(random.nextInt(text.length())));
                }
            }
            assertThat(TomlConfig.parse(text.toString()))
                    .as("seed %d run %d", seed, i)
                    .isNotNull();
        }
    }

    private static ServiceConfig valid(String text) {
        ConfigResult result = TomlConfig.parse(text);
        assertThat(result).as("%s", result).isInstanceOf(ConfigResult.Valid.class);
        return ((ConfigResult.Valid) result).config();
    }

    private static List<String> problems(String text) {
        ConfigResult result = TomlConfig.parse(text);
        assertThat(result).isInstanceOf(ConfigResult.Invalid.class);
        return ((ConfigResult.Invalid) result)
                .problems().stream().map((ConfigProblem p) -> p.at("web.toml")).toList();
    }
}
