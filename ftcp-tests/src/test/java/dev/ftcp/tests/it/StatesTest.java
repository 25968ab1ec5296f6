package dev.ftcp.tests.it;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** A takeover is right in every state of opening and closing a connection. */
class StatesTest {
    @TestFactory
    Stream<DynamicNode> everyStateLivesThroughEveryFault() {
        List<Scenario> rows = Stream.concat(OpeningRows.all().stream(), ClosingRows.all().stream())
                .toList();
        return TakeoverTable.of(TakeoverTable.Setting.scripted(), rows);
    }
}
