package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.FlowKey;

/** Objects to nothing. */
class NoWitness implements FakeWrap.Witness {
    @Override
    public void mayAcknowledge(FakeWrap.Slot slot, int ack) {}

    @Override
    public void opens(FakeWrap.Slot slot) {}

    @Override
    public void releases(FlowKey key) {}

    @Override
    public void maySay(FakeWrap.Slot slot, int end) {}
}
