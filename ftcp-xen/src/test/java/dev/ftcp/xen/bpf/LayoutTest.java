package dev.ftcp.xen.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.capture.CaptureRecord;
import dev.ftcp.core.tcp.FlowKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java's offsets against those that gcc makes of wrap.h and libbpf's headers. */
class LayoutTest {
    private static final Path HEADERS = Path.of("src/main/bpf").toAbsolutePath();

    @Test
    void offsetsAreTheCompilers(@TempDir Path dir) throws IOException {
        Map<String, Integer> expected = expected();
        StringBuilder c = new StringBuilder(
                "#include <stdio.h>\n#include <stddef.h>\n#include <bpf/libbpf.h>\n#include \"wrap.h\"\n"
                        + "int main(void) {\n");
        for (String name : expected.keySet()) {
            String[] part = name.split("\\.");
            String value = part.length == 1
                    ? name
                    : part[1].equals("size")
                            ? "sizeof(struct " + part[0] + ")"
                            : "offsetof(struct " + part[0] + ", " + part[1] + ")";
            c.append("printf(\"")
                    .append(name)
                    .append(" %d\\n\", (int)(")
                    .append(value)
                    .append("));\n");
        }
        Path source = Files.writeString(dir.resolve("layout.c"), c + "return 0; }\n");
        Path program = dir.resolve("layout");
        Lab.run(List.of("gcc", "-I", HEADERS.toString(), "-o", program.toString(), source.toString()));
        Map<String, Integer> actual = Lab.run(List.of(program.toString()))
                .lines()
                .map(l -> l.split(" "))
                .collect(Collectors.toMap(l -> l[0], l -> Integer.valueOf(l[1]), (a, b) -> a, TreeMap::new));
        assertThat(expected).isEqualTo(actual);
    }

    private static Map<String, Integer> expected() {
        Map<String, Integer> m = new TreeMap<>();
        put(m, "ft_key", "size", FlowKey.BYTES, "vip", 0, "client", 16, "vip_port", 32, "client_port", 34);
        put(m, "ft_service", "size", 20, "addr", 0, "port", 16);
        put(m, "ft_rec", "size", CaptureRecord.HEADER, "kind", 0, "slot", 4, "generation", 8, "seq", 12, "ack", 16);
        put(
                m,
                "ft_rec",
                "dlen",
                20,
                "cap",
                24,
                "flags",
                28,
                "wnd",
                30,
                "tsval",
                32,
                "tsecr",
                36,
                "time",
                40,
                "info",
                48,
                "ts_recent",
                52);
        put(m, "ft_rec", "frame", 52, "gso", 54, "key", 56);
        put(
                m,
                "ft_slot",
                "size",
                SlotLayout.BYTES,
                "committed_ack",
                SlotLayout.COMMITTED_ACK,
                "flags",
                SlotLayout.FLAGS);
        put(
                m,
                "ft_slot",
                "want",
                SlotLayout.WANT,
                "want_mode",
                SlotLayout.WANT_MODE,
                "rcv_wscale",
                SlotLayout.RCV_WSCALE);
        put(m, "ft_slot", "ahead_ns", SlotLayout.AHEAD_NS);
        put(m, "ft_slot", "fin_ack", SlotLayout.FIN_ACK, "owed", SlotLayout.OWED);
        put(m, "ft_slot", "generation", SlotLayout.GENERATION, "max_ack", SlotLayout.MAX_ACK);
        put(
                m,
                "ft_slot",
                "sent_ack",
                SlotLayout.SENT_ACK,
                "last_seq",
                SlotLayout.LAST_SEQ,
                "last_wnd",
                SlotLayout.LAST_WND);
        put(m, "ft_slot", "tsval", SlotLayout.TSVAL, "tsecr", SlotLayout.TSECR, "held", SlotLayout.HELD);
        put(m, "ft_slot", "clamped", SlotLayout.CLAMPED, "sent_right", SlotLayout.SENT_RIGHT);
        put(
                m,
                "ft_slot",
                "swallowed",
                SlotLayout.SWALLOWED,
                "packets",
                SlotLayout.PACKETS,
                "killed",
                SlotLayout.KILLED);
        put(
                m,
                "ft_slot",
                "last_ns",
                SlotLayout.LAST_NS,
                "max_right",
                SlotLayout.MAX_RIGHT,
                "client_ack",
                SlotLayout.CLIENT_ACK);
        put(m, "ft_slot", "client_wnd", SlotLayout.CLIENT_WND, "client_tsval", SlotLayout.CLIENT_TSVAL);
        put(m, "ft_slot", "client_seq_end", SlotLayout.CLIENT_SEQ_END, "seen", SlotLayout.SEEN);
        put(m, "ft_slot", "in_packets", SlotLayout.IN_PACKETS, "dropped", SlotLayout.DROPPED);
        put(m, "ft_cfg", "size", Gate.BYTES, "lease_ns", Gate.LEASE, "mode", Gate.MODE, "flags", Gate.FLAGS);
        put(
                m,
                "ft_cfg",
                "netns",
                Gate.NETNS,
                "attended_ns",
                Gate.ATTENDED,
                "deaths_over",
                Gate.DEATHS_OVER,
                "heir",
                Gate.HEIR,
                "heir_ns",
                Gate.HEIR_NS,
                "sleeping",
                Gate.SLEEPING,
                "wakes",
                Gate.WAKES);
        for (GateCounter g : GateCounter.values())
            put(m, "ft_cfg", g.name().toLowerCase(java.util.Locale.ROOT), Gate.COUNTERS + 8 * g.ordinal());
        put(
                m,
                "bpf_tc_hook",
                "size",
                TcHook.HOOK_SIZE,
                "ifindex",
                TcHook.HOOK_IFINDEX,
                "attach_point",
                TcHook.HOOK_POINT);
        put(m, "bpf_tc_opts", "size", TcHook.OPTS_SIZE, "prog_fd", TcHook.OPTS_PROG_FD, "flags", TcHook.OPTS_FLAGS);
        put(
                m,
                "bpf_tc_opts",
                "prog_id",
                TcHook.OPTS_PROG_ID,
                "handle",
                TcHook.OPTS_HANDLE,
                "priority",
                TcHook.OPTS_PRIORITY);
        m.putAll(Map.of("BPF_TC_INGRESS", TcHook.INGRESS, "BPF_TC_EGRESS", TcHook.EGRESS, "FT_MARK", RawSocket.MARK));
        for (GateMode mode : GateMode.values()) m.put("FT_" + mode, mode.ordinal());
        m.putAll(Map.of(
                "C_PASS_UNKNOWN", Gate.PASS_UNKNOWN, "C_DOUBT", Gate.DOUBT, "C_TEST_NO_CLAMP", Gate.TEST_NO_CLAMP));
        m.putAll(Map.of(
                "C_STRICT",
                Gate.STRICT,
                "C_DOWN",
                Gate.DOWN,
                "C_SYNCING",
                Gate.SYNCING,
                "E_SERVICE",
                WrapLoader.SERVICE,
                "E_BACKEND",
                WrapLoader.BACKEND,
                "E_ANYWHERE",
                WrapLoader.ANYWHERE,
                "C_TEST_NO_STRICT",
                Gate.TEST_NO_STRICT));
        m.putAll(Map.of("C_TEST_NO_SILENCE", Gate.TEST_NO_SILENCE, "C_TEST_NO_HOLD", Gate.TEST_NO_HOLD));
        m.putAll(Map.of(
                "C_TEST_NO_LEASE",
                Gate.TEST_NO_LEASE,
                "F_LIVE",
                SlotLayout.F_LIVE,
                "F_OPEN",
                SlotLayout.F_OPEN,
                "F_GIVEN_UP",
                SlotLayout.F_GIVEN_UP));
        m.putAll(Map.of(
                "W_NONE", SlotLayout.WANT_NONE, "W_FROM", SlotLayout.WANT_FROM, "FT_NO_SLOT", CaptureRecord.NO_SLOT));
        m.putAll(Map.of("SEEN_FIN", SlotTable.SEEN_FIN, "SEEN_RST", SlotTable.SEEN_RST));
        m.putAll(Map.of("SEEN_OPEN", SlotTable.SEEN_OPEN, "K_ESTABLISHED", CaptureRecord.ESTABLISHED));
        m.putAll(Map.of(
                "K_SYN", CaptureRecord.SYN, "K_SYN_ACK", CaptureRecord.SYN_ACK, "K_CLIENT", CaptureRecord.CLIENT));
        m.put("R_TIMESTAMPS", CaptureRecord.TIMESTAMPS);
        m.putAll(Map.of(
                "K_SERVER", CaptureRecord.SERVER, "K_KILLED", CaptureRecord.KILLED, "K_GONE", CaptureRecord.GONE));
        return m;
    }

    private static void put(Map<String, Integer> m, String struct, Object... fields) {
        for (int i = 0; i < fields.length; i += 2) m.put(struct + "." + fields[i], (Integer) fields[i + 1]);
    }
}
