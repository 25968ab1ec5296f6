package dev.ftcp.core.follow;

import dev.ftcp.core.tcp.Opening;
import dev.ftcp.core.tcp.SynFields;

/** What both sides agreed on in a handshake: an option counts only if the SYN offered it and the SYN-ACK took it up. */
final class Openings {
    private static final int DEFAULT_MSS_V4 = 536;
    private static final int DEFAULT_MSS_V6 = 1220;

    private Openings() {}

    static Opening of(int flow, SynFields syn, SynFields synAck) {
        boolean scaling = syn.windowScale() >= 0 && synAck.windowScale() >= 0;
        int mss = syn.mss() > 0 ? syn.mss() : syn.key().isIpv4() ? DEFAULT_MSS_V4 : DEFAULT_MSS_V6;
        return new Opening(
                flow,
                syn.key(),
                syn.seq(),
                synAck.seq(),
                mss,
                scaling ? Math.min(syn.windowScale(), Opening.MAX_WINDOW_SCALE) : -1,
                scaling ? Math.min(synAck.windowScale(), Opening.MAX_WINDOW_SCALE) : -1,
                syn.sackPermitted() && synAck.sackPermitted(),
                syn.timestamps() && synAck.timestamps(),
                synAck.tsval(),
                syn.sourceMac(),
                syn.window());
    }
}
