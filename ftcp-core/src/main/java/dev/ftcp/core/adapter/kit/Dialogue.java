package dev.ftcp.core.adapter.kit;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** A recorded connection: both streams, and which client byte caused which server byte. Immutable; arrays are copies. */
public final class Dialogue {
    private final String name;
    private final byte[] client;
    private final byte[] server;
    private final int[] produced;
    private final boolean serverCloses;

    private Dialogue(String name, byte[] client, byte[] server, int[] produced, boolean serverCloses) {
        this.name = name;
        this.client = client;
        this.server = server;
        this.produced = produced;
        this.serverCloses = serverCloses;
    }

    /** Records what {@code service} answers to {@code client}, byte by byte. */
    public static Dialogue record(String name, ServiceModel service, byte[] client) {
        ByteArrayOutputStream server = new ByteArrayOutputStream();
        int[] produced = new int[client.length + 1];
        boolean[] closed = {false};
        ServiceModel.Output out = new ServiceModel.Output() {
            @Override
            public void send(byte[] bytes) {
                server.writeBytes(bytes);
            }

            @Override
            public void close() {
                closed[0] = true;
            }
        };
        ServiceModel.Connection connection = service.connect();
        for (int i = 0; i < client.length; i++) {
            if (!closed[0]) connection.receive(Arrays.copyOfRange(client, i, i + 1), out);
            produced[i + 1] = server.size();
        }
        return new Dialogue(name, client.clone(), server.toByteArray(), produced, closed[0]);
    }

    /** For messages. */
    public String name() {
        return name;
    }

    /** Everything that the client sends. */
    public byte[] client() {
        return client.clone();
    }

    /** Everything that the recorded service answered. */
    public byte[] server() {
        return server.clone();
    }

    /** Whether the service closed the connection at the end. */
    public boolean serverCloses() {
        return serverCloses;
    }

    /** How many server bytes the first {@code clientBytes} caused. */
    public int produced(int clientBytes) {
        return produced[clientBytes];
    }

    /** How many client bytes it takes to cause {@code serverBytes}. */
    public int needed(int serverBytes) {
        int c = 0;
        while (produced[c] < serverBytes) c++;
        return c;
    }
}
