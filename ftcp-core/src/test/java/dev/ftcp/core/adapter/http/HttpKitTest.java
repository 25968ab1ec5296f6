package dev.ftcp.core.adapter.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.kit.ConformanceKit;
import dev.ftcp.core.adapter.kit.Dialogue;
import dev.ftcp.core.adapter.kit.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every dialogue, against every kind of survivor, cut everywhere. */
class HttpKitTest {
    static final String LATER = "Wed, 25 Nov 2026 11:11:11 GMT";

    /** Survivors that continue most connections; against the others a sample of the positions is enough. */
    private static final Set<String> EVERY_BYTE = Set.of("later", "no ranges", "other chunks");

    private static final String HOST = " HTTP/1.1\r\nHost: x\r\n";

    static String get(String path) {
        return "GET " + path + HOST + "\r\n";
    }

    static Map<String, String> dialogues() {
        Map<String, String> d = new LinkedHashMap<>();
        d.put("static", get("/static/700"));
        d.put("pipelined", get("/static/300") + get("/dyn/120") + "HEAD /dyn/50" + HOST + "\r\n" + get("/static/90"));
        d.put("modified", get("/modified/500"));
        d.put("dynamic", get("/dyn/400") + get("/dyn/10"));
        d.put("chunked", get("/chunked/333") + get("/static/20"));
        d.put("trailer", get("/chunked/trailer/120") + get("/dyn/20"));
        d.put("until close", get("/dyn/20") + get("/until-close/400"));
        d.put("close", get("/static/100") + "GET /static/300" + HOST + "Connection: close\r\n\r\n");
        d.put("no body", get("/none/5") + get("/same/7") + "HEAD /static/900" + HOST + "\r\n" + get("/dyn/0"));
        d.put("post", "POST /echo" + HOST + "Content-Length: 26\r\n\r\nabcdefghijklmnopqrstuvwxyz" + get("/dyn/30"));
        d.put(
                "post chunked",
                "POST /echo" + HOST + "Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\na\r\n0123456789\r\n0\r\n\r\n"
                        + get("/dyn/30"));
        d.put(
                "expect",
                "POST /echo" + HOST + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n0123456789" + get("/dyn/30"));
        d.put("range", "GET /static/400" + HOST + "Range: bytes=0-\r\n\r\n" + get("/static/10"));
        return d;
    }

    static Map<String, FakeHttp> survivors() {
        FakeHttp o = FakeHttp.ORIGINAL;
        Map<String, FakeHttp> s = new LinkedHashMap<>();
        s.put("same", o);
        s.put("later", o.date(LATER));
        s.put("no ranges", o.date(LATER).noRanges());
        s.put("wrong ranges", o.date(LATER).wrongRanges());
        s.put("other chunks", o.date(LATER).chunk(33));
        s.put("other entity", o.date(LATER).version("2"));
        s.put("failing", o.date(LATER).failing(503));
        s.put("dying", o.dying(250));
        return s;
    }

    static List<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        dialogues().keySet().forEach(d -> survivors().keySet().forEach(s -> pairs.add(Arguments.of(d, s))));
        return pairs;
    }

    static Report run(String dialogue, FakeHttp survivor, boolean deterministic, int stride, long seed) {
        boolean sameEntities = survivor.version().equals(FakeHttp.ORIGINAL.version());
        byte[] client = dialogues().get(dialogue).getBytes(ISO_8859_1);
        Dialogue recorded = Dialogue.record(dialogue, FakeHttp.ORIGINAL, client);
        return new ConformanceKit(
                        new HttpAdapter(), recorded, survivor, new HttpOracle(recorded, survivor), deterministic)
                .everywhere(stride, sameEntities, seed);
    }

    @ParameterizedTest(name = "{0} / {1}")
    @MethodSource("pairs")
    void clientSeesAPossibleStream(String dialogue, String survivor) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        int stride = EVERY_BYTE.contains(survivor) ? 1 : 3;
        Report report = run(dialogue, survivors().get(survivor), false, stride, seed);
        System.out.println(dialogue + " / " + survivor + ": " + report);
        if (!survivor.equals("dying")) assertThat(report.continued()).isPositive();
    }

    @ParameterizedTest
    @MethodSource("names")
    void aDeterministicServiceIsAlwaysContinuedUnlessInAHeadAhead(String dialogue) {
        Report report = run(dialogue, FakeHttp.ORIGINAL, true, 1, 42);
        assertThat(report.resets().keySet()).isSubsetOf("client is ahead of the log inside a response head");
    }

    static List<String> names() {
        return new ArrayList<>(dialogues().keySet());
    }

    @Test
    void aStaticFileLevelWithTheLogNeverNeedsAReset() {
        Report report = run("static", FakeHttp.ORIGINAL.date(LATER), false, 1, 7);
        assertThat(report.resets().keySet())
                .allMatch(r -> r.contains("inside a response head") || r.contains("response head differs"));
        assertThat(report.continued()).isGreaterThan(report.cuts() * 3 / 4);
    }
}
