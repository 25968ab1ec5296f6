package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;

/**
 * The wrap as the engine sees it: the words of each connection's slot, and frames out. Slots are numbered from 0. All calls come
 * from the core loop and none of them may block.
 */
public interface WrapPort {
    /**
     * Writes a slot's words for a new user; it is not yet found by the gate.
     *
     * @param generation differs from that of the slot's earlier user
     * @param committedAck highest acknowledgement that may leave
     * @param nextSeq sequence number after the last one that the service has sent, all of it acknowledged by the client
     * @param want as in {@link #want}
     * @param open as in {@link #open}
     */
    void initSlot(int slot, int generation, Opening opening, int committedAck, int nextSeq, int want, boolean open);

    /**
     * Whether what the client says, but a reset, neither comes in nor is captured. To begin before {@link #bind}: of a connection whose socket is still to be
     * made.
     */
    void deaf(int slot, boolean deaf);

    /** Lets the gate find the slot of a connection. */
    void bind(FlowKey key, int slot);

    /**
     * Until {@code nanos}, the client may get what the old owner sent, after it has said how far it is: it may acknowledge more than this
     * host has sent.
     */
    void ahead(int slot, long nanos);

    /**
     * The service's FIN is acknowledged by {@code ack} in this host's kernel, and by one less by the client: it had the FIN of the old owner,
     * which nobody knew of, so the kernel took it for a byte and put its own FIN behind it.
     */
    void finAck(int slot, int ack);

    /** The gate forgets a connection. */
    void unbind(FlowKey key);

    /** Raises the highest acknowledgement that may leave. The committed bytes must be published before. */
    void commitAck(int slot, int ack);

    /** Server sequence number from which payload must be captured. What lies before it may leave: it must be published. */
    void want(int slot, int seq);

    /** If the service's stream ends before {@code seq}, a response is cut short: a service that fails there has not ended it. */
    void owes(int slot, int seq);

    /** Nobody follows this connection any more: it passes, without clamp, captured or not. */
    void giveUp(int slot);

    /** From now on the gate keeps the service's FIN and RST back, as of a killed one. */
    void silence(int slot);

    /** Whether the connection passes without clamp (it is not, or not yet, protected). */
    void open(int slot, boolean open);

    /** Whether the gate has seen that the service's socket is open; not of connections that were open before {@link #bind}. */
    boolean established(int slot);

    /** How the task failed that closed the connection, as in {@link #serviceKilled}; 0 if it did not. */
    int killedBy(int slot);

    /** Highest acknowledgement seen from the client, 0 before the first. */
    int clientAck(int slot);

    /** Sequence number after the last one that the service sent. */
    int lastSeq(int slot);

    /** Highest acknowledgement that the kernel wanted to send. */
    int maxAck(int slot);

    /** Highest acknowledgement that left. */
    int sentAck(int slot);

    /** Right edge of the window that the kernel wanted to announce, 0 before it announced one. */
    int maxRight(int slot);

    /** How many pure acknowledgements were swallowed. */
    int held(int slot);

    /**
     * Takes note of a frame that the gate swallowed, for {@link #sendHeld}. Its memory stays valid until then.
     *
     * @param header bytes of all its headers
     * @param segment payload bytes that each segment is to carry, 0 if it is one
     * @return false, and nothing noted, if there is no room for more
     */
    boolean hold(ByteBuffer frame, int index, int length, int header, int segment);

    /** Sends the frames that were held, in order. What they say must be published before. */
    void sendHeld();

    /** Forgets the frames that were held: TCP sends them again. */
    void dropHeld();

    /** Sends the acknowledgement that the gate held back, up to {@code ack}. */
    void kick(int slot, Opening opening, int ack);

    /**
     * A task of the service that owned this connection is dying by a signal, or exits with a failure and cuts a response short.
     *
     * @param how the signal, or the exit status shifted left by 8
     */
    void serviceKilled(FlowKey key, int how);
}
