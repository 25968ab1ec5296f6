package dev.ftcp.core.follow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ftcp.core.adapter.Adapter;
import dev.ftcp.core.adapter.AdapterSession;
import dev.ftcp.core.adapter.CarefulAdapter;
import dev.ftcp.core.adapter.SessionStart;
import dev.ftcp.core.adapter.Unresumable;
import dev.ftcp.core.adapter.http.HttpAdapter;
import dev.ftcp.core.follow.Bench.Conn;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An adapter with a mistake costs the protection of the connections that meet it, and nothing else. */
class CarefulAdapterTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n", OK = "HTTP/1.1 204 No Content\r\n\r\n";

    /** The http adapter, but these methods of its sessions throw once {@link #fails}. */
    private static final class Broken implements Adapter {
        private final Set<String> methods;
        private boolean fails;

        Broken(String... methods) {
            this.methods = Set.of(methods);
        }

        @Override
        public String name() {
            return "broken";
        }

        @Override
        public AdapterSession open(SessionStart start) {
            if (fails && methods.contains("open")) throw new IllegalStateException("mistake");
            AdapterSession real = new HttpAdapter().open(start);
            return (AdapterSession) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {AdapterSession.class}, (proxy, method, arguments) -> {
                        if (fails && methods.contains(method.getName())) throw new IllegalStateException("mistake");
                        try {
                            return method.invoke(real, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "onClient",
                "onServer",
                "wantServerFrom",
                "owedUntil",
                "safeClientOffset",
                "safeServerOffset",
                "safePrelude",
                "unprotectable"
            })
    void theConnectionIsUnprotectedAndTheOthersGoOn(String method) {
        Broken adapter = new Broken(method);
        Bench bench = new Bench(new CarefulAdapter(adapter));
        Standby standby = bench.join(1 << 16);
        Conn victim = bench.open(1), other = bench.open(2);
        for (Conn c : new Conn[] {victim, other}) {
            c.client(0, GET);
            c.server(0, OK);
        }
        adapter.fails = true;
        victim.client(GET.length(), GET);
        victim.server(OK.length(), OK);
        adapter.fails = false;
        victim.client(2 * GET.length(), GET); // found out by now at the latest
        assertThat(victim.ledger().unprotected()).contains("the adapter failed", "mistake");
        other.client(GET.length(), GET);
        other.server(OK.length(), OK);
        bench.pass(2 * Bench.MILLI);
        assertThat(other.ledger().unprotected()).isNull();
        assertThat(other.ledger().clientEnd()).isEqualTo(2 * GET.length());
        standby.readAll();
        assertThat(standby.known(victim.key).unprotected()).isNotNull();
        assertThat(standby.known(other.key).unprotected()).isNull();
    }

    @Test
    void oneThatCannotBeginOrResumeIsReset() {
        Broken adapter = new Broken("open", "resume");
        AdapterSession session = new CarefulAdapter(adapter).rebuild(SessionStart.fresh(false));
        adapter.fails = true;
        assertThat(session.resume(null)).isInstanceOf(Unresumable.class);
        AdapterSession none = new CarefulAdapter(adapter).rebuild(SessionStart.fresh(false));
        assertThat(none.unprotectable()).contains("mistake");
        assertThat(none.wantServerFrom()).isEqualTo(Long.MAX_VALUE);
    }
}
