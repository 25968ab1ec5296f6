package dev.ftcp.xen.bpf;

/** What the gate lets pass. The ordinal is the word in the configuration map (FT_CLOSED and so on in wrap.h). */
public enum GateMode {
    /** Nothing from or to the VIP; what a wrap begins with. */
    CLOSED,
    /** ACKs clamped, SYN-ACKs held, dying sockets silenced, and nothing once the lease has run out. */
    PROTECT,
    /** Alone: everything passes, is captured as far as the ring takes it, and there is no lease. */
    OPEN,
    /** Nothing from the VIP; what clients of followed connections say is captured and reaches no socket here: somebody else will answer. */
    LISTENING
}
