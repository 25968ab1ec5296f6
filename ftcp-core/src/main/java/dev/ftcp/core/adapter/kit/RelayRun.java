package dev.ftcp.core.adapter.kit;

import dev.ftcp.core.adapter.Continuation;
import dev.ftcp.core.adapter.ContinuationSink;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Drives a continuation as the relay does, against a model of the surviving instance, with random pieces in random order. */
final class RelayRun implements ContinuationSink, ServiceModel.Output {
    private static final int LARGEST_PIECE = 700;

    private final Continuation continuation;
    private final ServiceModel survivor;
    private final Random random;
    private final ByteArrayOutputStream toClient = new ByteArrayOutputStream();
    private final ByteArrayOutputStream toBackend = new ByteArrayOutputStream();
    private final ByteArrayOutputStream fromBackend = new ByteArrayOutputStream();
    private ServiceModel.Connection backend;
    private boolean finToBackend;
    private boolean finReceived;
    private boolean backendClosed;
    private boolean backendFinGiven;
    private boolean clientEnded;
    private long told;
    private boolean wasTransparent;
    private @Nullable String resetReason;

    RelayRun(Continuation continuation, ServiceModel survivor, Random random) {
        this.continuation = continuation;
        this.survivor = survivor;
        this.random = random;
        backend = survivor.connect();
    }

    /** Runs until nothing moves: {@code client} is everything that the client sends from the safe point on. */
    void run(byte[] client) {
        continuation.onStart(this);
        int sent = 0;
        while (resetReason == null) {
            boolean give = sent < client.length && random.nextInt(3) > 0;
            if (give) {
                int n = Math.min(client.length - sent, 1 + random.nextInt(LARGEST_PIECE));
                giveClient(Arrays.copyOfRange(client, sent, sent + n));
                sent += n;
            } else if (!moveBackend() && sent == client.length) {
                return;
            }
        }
    }

    /** The client half-closes, after everything. */
    void finish() {
        if (resetReason == null && !clientEnded) {
            if (transparent()) finToBackend();
            else continuation.onClientFin(this);
        }
        while (resetReason == null && moveBackend()) {}
    }

    private boolean transparent() {
        boolean now = continuation.transparent();
        if (wasTransparent && !now) throw new AssertionError("transparent() returned to false");
        wasTransparent = now;
        return now;
    }

    private void giveClient(byte[] bytes) {
        if (transparent()) toBackend.writeBytes(bytes);
        else continuation.onClient(ByteBuffer.wrap(bytes).asReadOnlyBuffer(), this);
    }

    private boolean moveBackend() {
        if (toBackend.size() > 0) {
            byte[] piece = take(toBackend);
            if (!backendClosed) backend.receive(piece, this);
            return true;
        }
        if (finToBackend && !backendClosed && !finReceived) {
            finReceived = true;
            backend.fin(this);
            return true;
        }
        if (fromBackend.size() > 0) {
            byte[] piece = take(fromBackend);
            if (transparent()) toClient.writeBytes(piece);
            else continuation.onBackend(ByteBuffer.wrap(piece).asReadOnlyBuffer(), this);
            return true;
        }
        if (!backendClosed || backendFinGiven) return false;
        backendFinGiven = true;
        if (transparent()) clientEnded = true;
        else continuation.onBackendFin(this);
        return true;
    }

    private byte[] take(ByteArrayOutputStream from) {
        byte[] all = from.toByteArray();
        int n = Math.min(all.length, 1 + random.nextInt(LARGEST_PIECE));
        from.reset();
        from.write(all, n, all.length - n);
        return Arrays.copyOf(all, n);
    }

    @Override
    public void toBackend(ByteBuffer bytes) {
        if (finToBackend) throw new AssertionError("bytes for the backend after its FIN");
        put(bytes, toBackend);
    }

    @Override
    public void toClient(ByteBuffer bytes) {
        if (clientEnded || resetReason != null) throw new AssertionError("bytes for the client after the end");
        put(bytes, toClient);
    }

    private static void put(ByteBuffer bytes, ByteArrayOutputStream to) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        to.writeBytes(copy);
    }

    @Override
    public void alreadySeen(long offset, ByteBuffer bytes) {
        if (offset < told) throw new AssertionError("bytes already seen are not told in order");
        told = offset + bytes.remaining();
    }

    @Override
    public void finToBackend() {
        finToBackend = true;
    }

    @Override
    public void finToClient() {
        clientEnded = true;
    }

    @Override
    public void reopenBackend() {
        backend = survivor.connect();
        toBackend.reset();
        fromBackend.reset();
        finToBackend = false;
        finReceived = false;
        backendClosed = false;
        backendFinGiven = false;
    }

    @Override
    public void reset(String reason) {
        if (resetReason != null) throw new AssertionError("reset twice");
        if (reason.isBlank()) throw new AssertionError("reset without a reason");
        resetReason = reason;
    }

    @Override
    public void send(byte[] bytes) {
        fromBackend.writeBytes(bytes);
    }

    @Override
    public void close() {
        backendClosed = true;
    }

    byte[] sentToClient() {
        return toClient.toByteArray();
    }

    /** Server offset up to which the continuation told what the client has beyond the log. */
    long told() {
        return told;
    }

    boolean clientEnded() {
        return clientEnded;
    }

    boolean becameTransparent() {
        return transparent();
    }

    @Nullable
    String resetReason() {
        return resetReason;
    }
}
