package dev.ftcp.daemon.takeover;

import dev.ftcp.core.follow.WrapPort;
import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.Opening;
import java.nio.ByteBuffer;

/** A wrap of a rehearsal: there is nothing to capture and nobody to hold back from. */
final class NoWrap implements WrapPort {
    @Override
    public void initSlot(int slot, int generation, Opening o, int committedAck, int nextSeq, int want, boolean open) {}

    @Override
    public void deaf(int slot, boolean deaf) {}

    @Override
    public void bind(FlowKey key, int slot) {}

    @Override
    public void ahead(int slot, long nanos) {}

    @Override
    public void finAck(int slot, int ack) {}

    @Override
    public void unbind(FlowKey key) {}

    @Override
    public void commitAck(int slot, int ack) {}

    @Override
    public void want(int slot, int seq) {}

    @Override
    public void owes(int slot, int seq) {}

    @Override
    public void silence(int slot) {}

    @Override
    public void giveUp(int slot) {}

    @Override
    public void open(int slot, boolean open) {}

    @Override
    public int killedBy(int slot) {
        return 0;
    }

    @Override
    public boolean established(int slot) {
        return true;
    }

    @Override
    public int clientAck(int slot) {
        return 0;
    }

    @Override
    public int lastSeq(int slot) {
        return 0;
    }

    @Override
    public int maxAck(int slot) {
        return 0;
    }

    @Override
    public int maxRight(int slot) {
        return 0;
    }

    @Override
    public int sentAck(int slot) {
        return 0;
    }

    @Override
    public int held(int slot) {
        return 0;
    }

    @Override
    public boolean hold(ByteBuffer frame, int index, int length, int header, int segment) {
        return true;
    }

    @Override
    public void sendHeld() {}

    @Override
    public void dropHeld() {}

    @Override
    public void kick(int slot, Opening opening, int ack) {}

    @Override
    public void serviceKilled(FlowKey key, int signal) {}
}
