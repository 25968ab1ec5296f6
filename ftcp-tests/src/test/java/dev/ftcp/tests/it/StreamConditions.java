package dev.ftcp.tests.it;

import java.util.List;

/** The conditions under which a byte stream has to go on. */
final class StreamConditions {
    /** The client's and the hosts' interfaces are set for packets as long as this; other clients have the usual 1500. */
    static final int JUMBO = 9000;

    private StreamConditions() {}

    static List<StreamCondition> all() {
        return List.of(
                StreamCondition.of("plain", "plain"),
                StreamCondition.of("loss of 2 %", "loss").badLink("loss=0.02"),
                StreamCondition.of("reordering", "reorder").badLink("reorder=0.2", "delay=5"),
                StreamCondition.of("duplication", "double").badLink("duplicate=0.1"),
                StreamCondition.of("damaged packets", "damage").badLink("corrupt=0.01"),
                StreamCondition.of("loss, reordering, duplication and damage", "worst")
                        .badLink("loss=0.01", "reorder=0.1", "delay=4", "duplicate=0.05", "corrupt=0.005"),
                StreamCondition.of("no timestamps", "no-ts").sysctl("ipv4/tcp_timestamps", "0"),
                StreamCondition.of("no SACK", "no-sack").sysctl("ipv4/tcp_sack", "0"),
                StreamCondition.of("no SACK, no timestamps, loss", "bare")
                        .sysctl("ipv4/tcp_sack", "0")
                        .sysctl("ipv4/tcp_timestamps", "0")
                        .badLink("loss=0.01"),
                StreamCondition.of("no window scaling", "no-scale").sysctl("ipv4/tcp_window_scaling", "0"),
                StreamCondition.of("window scale 14", "scale14").sysctl("ipv4/tcp_rmem", "4096 131072 1073741824"),
                StreamCondition.of("receive buffer of 2 KB", "rcvbuf2k")
                        .option("SO_RCVBUF", 1024)
                        .knob("get", "16k.bin"),
                StreamCondition.of("receive buffer of 8 KB", "rcvbuf8k").option("SO_RCVBUF", 4096),
                StreamCondition.of("MSS 88", "mss88")
                        .option("TCP_MAXSEG", 88)
                        .knob("get", "16k.bin")
                        .knob("size", 1 << 17),
                StreamCondition.of("MSS 536", "mss536").option("TCP_MAXSEG", 536),
                StreamCondition.of("MTU 576", "mtu576").command("ip link set eth0 mtu 576"),
                StreamCondition.of("MTU 1280", "mtu1280").command("ip link set eth0 mtu 1280"),
                StreamCondition.of("MTU 9000", "mtu9000").command("ip link set eth0 mtu " + JUMBO),
                StreamCondition.of("path MTU 1000", "path1000").badLink("mtu=1000"),
                StreamCondition.of("path MTU 1400 over IPv6", "path6")
                        .overIpv6()
                        .badLink("mtu=1400"),
                StreamCondition.of("the path gets narrower, 1200", "narrow").linkTurns("mtu=1200"),
                StreamCondition.of("the path gets narrower, 1300, over IPv6", "narrow6")
                        .overIpv6()
                        .linkTurns("mtu=1300"),
                StreamCondition.of("ECN", "ecn").sysctl("ipv4/tcp_ecn", "1"),
                StreamCondition.of("zero window at the fault", "zero")
                        .option("SO_RCVBUF", 32768)
                        .knob("holds", true),
                StreamCondition.of("segments of 64 KB", "gso").knob("rest", 0.3).fast(),
                StreamCondition.of("sequence numbers wrap", "wrap")
                        .option("SO_RCVBUF", 65536)
                        .knob("wraps", 24 << 20)
                        .knob("rest", 0.3)
                        .fast(),
                StreamCondition.of("no offloads", "raw")
                        .command("ethtool -K eth0 tx off rx off tso off gso off gro off sg off >/dev/null"),
                StreamCondition.of("Nagle, small writes", "nagle")
                        .knob("write", 100)
                        .knob("pause", 0.001)
                        .knob("size", 1 << 16),
                StreamCondition.of("no Nagle, small writes", "nodelay")
                        .option("TCP_NODELAY", 1)
                        .knob("write", 100)
                        .knob("pause", 0.001)
                        .knob("size", 1 << 16),
                StreamCondition.of("keep-alive probes, user timeout 20 s", "alive")
                        .option("SO_KEEPALIVE", 1)
                        .option("TCP_KEEPIDLE", 1)
                        .option("TCP_KEEPINTVL", 1)
                        .option("TCP_KEEPCNT", 20)
                        .option("TCP_USER_TIMEOUT", 20_000),
                StreamCondition.of("congestion control reno", "reno").option("TCP_CONGESTION", "reno"),
                StreamCondition.of("congestion control bbr", "bbr").option("TCP_CONGESTION", "bbr"));
    }
}
