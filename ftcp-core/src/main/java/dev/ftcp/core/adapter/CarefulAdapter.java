package dev.ftcp.core.adapter;

/**
 * Any adapter, held to its contract: where it throws, the connection is given up with a reason, and all others go on. Thread-safe if
 * the adapter is.
 */
public final class CarefulAdapter implements Adapter {
    private final Adapter adapter;

    /** @param adapter as a service designer has written it */
    public CarefulAdapter(Adapter adapter) {
        this.adapter = adapter;
    }

    @Override
    public String name() {
        return adapter.name();
    }

    @Override
    public AdapterSession open(SessionStart start) {
        try {
            return new CarefulSession(adapter.open(start), start);
        } catch (RuntimeException e) {
            return new CarefulSession(e, start);
        }
    }

    @Override
    public AdapterSession rebuild(SessionStart start) {
        try {
            return new CarefulSession(adapter.rebuild(start), start);
        } catch (RuntimeException e) {
            return new CarefulSession(e, start);
        }
    }
}
