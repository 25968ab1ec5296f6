package dev.ftcp.tests.it;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** One connection in each direction that moves more than its sequence numbers can count: they wrap, and offsets need more than 32 bits. */
class LongStreamsTest {
    private static final String STATE = "more than 4 GiB in each direction";
    /** More than 2^32, and not at the end of a file. */
    private static final long FAR = (1L << 32) + (100 << 20);

    @TestFactory
    Stream<DynamicTest> goesOnBeyondFourGibibytes() {
        return Stream.of(Fault.HOST_CRASHED)
                .map(fault -> DynamicTest.dynamicTest(STATE + " | " + fault, () -> Lab.with(lab -> play(lab, fault))));
    }

    private static void play(Lab lab, Fault fault) throws Exception {
        StreamCondition condition = StreamCondition.of(STATE, "long")
                .knob("get", "500m.bin")
                .knob("size", 150 << 20)
                .knob("same", true)
                .fast();
        Path script = lab.resource("streams.py");
        lab.lab("client", condition.host());
        condition.prepare(lab);
        lab.protect(Lab.webConfig());
        LabProgram client = condition.start(lab, script.toString());
        for (String direction : List.of("down_bytes", "up_bytes")) {
            Lab.await(direction + " beyond 4 GiB", () -> client.count(direction) > FAR || client.ended());
        }
        fault.strike(lab, "nginx");
        fault.awaitTakeover(lab);
        client.say("finish");
        AssertionError failure = null;
        try {
            StreamCheck.check(lab, client.result());
        } catch (AssertionError e) {
            failure = e;
        }
        TakeoverTable.record(STATE, fault, failure);
        if (failure != null) throw failure;
    }
}
