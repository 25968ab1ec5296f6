package dev.ftcp.tests.it;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The lab of one fault with its clients: for all rows that go through the fault together.
 *
 * @param actors the program that has the clients' connections
 */
record Scene(Lab lab, Fault fault, Actors actors, Map<String, Client> clients, Set<Integer> lost) {
    /** Longer than a takeover takes, shorter than the new host's patience. */
    private static final int LONGER_SECONDS = 15;

    static Scene of(Lab lab, Fault fault) throws Exception {
        return new Scene(lab, fault, Actors.start(lab), new ConcurrentHashMap<>(), ConcurrentHashMap.newKeySet());
    }

    /** The client of this name, the same at every call. */
    Client client(String name) {
        return clients.computeIfAbsent(name, n -> new Client(this, n));
    }

    /** What this client sends and gets stays lost some seconds longer than that of the others. */
    void keepLost(Client client) {
        lost.add(client.port());
    }

    /** Everything arrives again. */
    void heal() throws Exception {
        Actors.outcome(actors.order("", "heal_but", lost));
        CompletableFuture.delayedExecutor(LONGER_SECONDS, TimeUnit.SECONDS)
                .execute(() -> actors.order("", "heal_but", Set.of()));
    }
}
