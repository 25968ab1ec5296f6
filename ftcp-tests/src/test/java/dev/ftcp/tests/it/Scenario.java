package dev.ftcp.tests.it;

/**
 * A row of the takeover table: one connection (or a few) in a state of its own, together with those of all other rows in one lab,
 * through one fault. {@link TakeoverTable} runs it.
 */
interface Scenario {
    /** The state, as the table names it. */
    String state();

    /** Whether it means something for this fault. */
    default boolean concerns(Fault fault) {
        return true;
    }

    /** Brings its connection into the state. No fault has happened yet, and none may happen by time: it stays there. */
    void arrange(Scene scene) throws Exception;

    /** After the takeover: carries the connection to its end, and checks that its client has noticed nothing but a pause. */
    void settle(Scene scene) throws Exception;

    /** What a row does, given its connection. */
    @FunctionalInterface
    interface Step {
        void with(Client client) throws Exception;
    }

    /** A row with one connection, which {@code arrange} opens and {@code settle} ends. */
    record Row(String state, Step toArrange, Step toSettle) implements Scenario {
        @Override
        public void arrange(Scene scene) throws Exception {
            toArrange.with(scene.client(state));
        }

        @Override
        public void settle(Scene scene) throws Exception {
            toSettle.with(scene.client(state));
        }
    }
}
