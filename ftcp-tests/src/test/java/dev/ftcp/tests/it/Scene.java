package dev.ftcp.tests.it;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The lab of one fault with its clients: for all rows that go through the fault together.
 *
 * @param actors the program that has the clients' connections
 */
record Scene(Lab lab, Fault fault, Actors actors, Map<String, Client> clients, Set<Integer> lost) {
    static Scene of(Lab lab, Fault fault) throws Exception {
        return new Scene(lab, fault, Actors.start(lab), new ConcurrentHashMap<>(), ConcurrentHashMap.newKeySet());
    }

    /** The client of this name, the same at every call. */
    Client client(String name) {
        return clients.computeIfAbsent(name, n -> new Client(this, n));
    }

    /** What this client sends and gets stays lost after the fault too, until it is healed. */
    void keepLost(Client client) {
        lost.add(client.port());
    }

    /** Everything arrives again. */
    void heal() throws Exception {
        Actors.outcome(actors.order("", "heal_but", lost));
    }
}
