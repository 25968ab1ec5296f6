package dev.ftcp.tests.it;

import java.util.Set;

/** What happens to host a, which owns the service address. */
enum Fault {
    /** The daemon alone: the service and its kernel live on, and must fall silent. */
    DAEMON_KILLED("daemon killed"),
    /** The link is cut, then everything dies. */
    HOST_CRASHED("host crashed"),
    /** The host wakes up when another one has its address. */
    HOST_FROZEN("host frozen, thawed later"),
    /** Its kernel closes all connections of the service. */
    SERVICE_KILLED("service killed");

    private final String text;

    Fault(String text) {
        this.text = text;
    }

    /** @param service under which name {@code scripts/lab start} has started it */
    void strike(Lab lab, String service) {
        switch (this) {
            case DAEMON_KILLED -> lab.lab("kill", "a", "ftcpd");
            case HOST_CRASHED -> lab.lab("crash", "a");
            case HOST_FROZEN -> lab.lab("freeze", "a");
            case SERVICE_KILLED -> lab.lab("kill", "a", service);
        }
    }

    /** Waits until b has taken over, and until a, if it only slept, is back and has found that out. A host whose service alone has died may join at once. */
    void awaitTakeover(Lab lab) throws InterruptedException {
        Set<String> owner = Set.of("UNPROTECTED", "SYNCING", "PROTECTED");
        Lab.await("takeover by b", () -> owner.contains(lab.verdict("b")));
        if (this != HOST_FROZEN) return;
        lab.lab("thaw", "a");
        lab.await("a", "STANDBY");
        lab.await("b", "PROTECTED");
    }

    @Override
    public String toString() {
        return text;
    }
}
