package dev.ftcp.tests.it;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** A takeover is right in every state of opening and closing a connection. */
class StatesTest {
    @TestFactory
    Stream<DynamicNode> everyStateLivesThroughEveryFault() {
        // The last to be arranged wait least for the fault: what is opening does not stay so for long.
        List<Scenario> rows = Stream.concat(ClosingRows.all().stream(), OpeningRows.all().stream())
                .toList();
        return TakeoverTable.of(TakeoverTable.Setting.scripted(), rows);
    }
}
