package dev.ftcp.core.log;

import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Writes down what a reader says, as text, so that a test compares two lists. */
final class Recorder implements LogHandler {
    final List<String> seen = new ArrayList<>();

    @Override
    public void opened(Opening opening) {
        seen.add(opening.toString());
    }

    @Override
    public void clientBytes(int flow, long offset, ByteBuffer bytes, int index, int length) {
        seen.add("client " + flow + " " + offset + " " + hex(bytes, index, length));
    }

    @Override
    public void serverBytes(int flow, long offset, ByteBuffer bytes, int index, int length) {
        seen.add("server " + flow + " " + offset + " " + hex(bytes, index, length));
    }

    @Override
    public void serverAt(int flow, long offset, int tsval) {
        seen.add("at " + flow + " " + offset + " " + tsval);
    }

    @Override
    public void acked(int flow, long offset) {
        seen.add("acked " + flow + " " + offset);
    }

    @Override
    public void safePoint(int flow, long clientOffset, long serverOffset, byte[] prelude) {
        seen.add("safe " + flow + " " + clientOffset + " " + serverOffset + " "
                + hex(ByteBuffer.wrap(prelude), 0, prelude.length));
    }

    @Override
    public void clientFin(int flow, long offset) {
        seen.add("cfin " + flow + " " + offset);
    }

    @Override
    public void serverFin(int flow, long offset) {
        seen.add("sfin " + flow + " " + offset);
    }

    @Override
    public void unprotected(int flow, String reason) {
        seen.add("unprotected " + flow + " " + reason);
    }

    @Override
    public void closed(int flow, int reason) {
        seen.add("closed " + flow + " " + reason);
    }

    @Override
    public void snapshotBegin() {
        seen.add("begin");
    }

    @Override
    public void snapshotEnd() {
        seen.add("end");
    }

    @Override
    public void handover(long nextEpoch) {
        seen.add("handover " + nextEpoch);
    }

    static String hex(ByteBuffer bytes, int index, int length) {
        byte[] copy = new byte[length];
        bytes.get(index, copy);
        return HexFormat.of().formatHex(copy);
    }
}
