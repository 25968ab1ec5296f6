package dev.ftcp.core.role;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.config.Timing;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The model that is checked takes the steps of the code: its lines with @ name the calls of each transition, in their order. */
class LeaseModelTest {
    private static final Path MODEL = Path.of("src/test/promela/lease.pml");
    private static final Pattern TRANSITION = Pattern.compile("@(\\w+): ([\\w ]+?)(?: \\*/)?$", Pattern.MULTILINE);
    private static final Timing T = new Timing(10_000_000, 100_000_000, 200_000_000, 1_000_000_000);
    private static final long LATER = 10_000_000_000L;

    private final RecordingPort answers = new RecordingPort();
    private final List<String> calls = new ArrayList<>();
    private final Map<String, String> made = new TreeMap<>();

    @Test
    void theModelNamesTheCallsOfEveryTransition() throws IOException {
        ownersLife();
        standbysLife();
        Map<String, String> modelled = new TreeMap<>();
        Matcher line = TRANSITION.matcher(Files.readString(MODEL));
        while (line.find()) modelled.put(line.group(1), line.group(2));
        assertThat(made).isEqualTo(modelled);
    }

    private void ownersLife() {
        RoleMachine m = machine();
        m.start(0);
        took("search");
        m.onAddressProbe(false, "", 1);
        took("free");
        pair(m);
        took("synced");
        m.tick(2 + T.heartbeatNanos());
        took("heartbeat");
        m.onPeerGone(LATER);
        took("detach");
        pair(m);
        calls.clear();
        m.onSwitchover(LATER);
        took("handover");
        m.tick(LATER + T.heartbeatNanos());
        took("awaited");
        answers.swaps = true;
        m.onPeerGone(LATER);
        pair(m);
        m.onServiceFault("as tested", LATER);
        calls.subList(0, calls.indexOf("closeGate")).clear();
        took("lose");
    }

    private void standbysLife() {
        RoleMachine m = standby();
        m.onPeerGone(LATER);
        took("promote");
        m.tick(LATER + T.leaseNanos());
        took("takeover");
        RoleMachine heir = standby();
        heir.onHandover(8, LATER);
        took("handed");
        RoleMachine left = standby();
        answers.swaps = false;
        left.onPeerGone(LATER);
        assertThat(calls.remove(0)).isEqualTo("promote");
        took("restart");
    }

    private RoleMachine standby() {
        RoleMachine m = machine();
        answers.answer = PeerAnswer.OWNER;
        m.start(0);
        took("found");
        answers.paired = 7;
        m.tick(T.heartbeatNanos());
        took("paired");
        answers.beat++;
        m.tick(2 * T.heartbeatNanos());
        took("watch");
        return m;
    }

    private void pair(RoleMachine m) {
        m.onPeerJoined(2);
        calls.clear();
        m.onSyncComplete(2);
    }

    private RoleMachine machine() {
        calls.clear();
        answers.now = LATER;
        RolePort port = (RolePort) Proxy.newProxyInstance(
                RolePort.class.getClassLoader(), new Class<?>[] {RolePort.class}, (proxy, method, args) -> {
                    calls.add(method.getName().equals("roleChanged") ? args[1].toString() : method.getName());
                    return method.invoke(answers, args);
                });
        return new RoleMachine(T, true, port);
    }

    private void took(String transition) {
        made.put(transition, String.join(" ", calls));
        calls.clear();
    }
}
