package dev.ftcp.tests.it;

import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every kind of load at once lives through every kind of fault of the host that serves it, without one wrong byte. */
class FaultMatrixTest {
    private static final int CONNECTIONS = 20;

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "SERVICE_KILLED") // GuaranteesTest does that
    void everyLoadLivesThrough(Fault fault) throws Exception {
        Lab.with(lab -> {
            lab.protect(Lab.webConfig());
            Map<String, Workload> loads = new LinkedHashMap<>();
            loads.put("keep-alive clients", Workload.KeepAlive.start(lab, CONNECTIONS));
            loads.put("idle connection", Workload.Idle.start(lab));
            loads.put("download", Workload.Download.start(lab, "60M"));
            loads.put("upload", Workload.Upload.start(lab, "40M"));
            for (Map.Entry<String, Workload> load : loads.entrySet()) {
                Lab.await(load.getKey() + " to be under way", load.getValue()::underWay);
            }
            fault.strike(lab, "nginx");
            fault.awaitTakeover(lab);
            SoftAssertions each = new SoftAssertions();
            loads.forEach((name, load) -> each.assertThatCode(() -> load.finish(lab, "b"))
                    .as("%s through %s", name, fault)
                    .doesNotThrowAnyException());
            each.assertAll();
        });
    }
}
