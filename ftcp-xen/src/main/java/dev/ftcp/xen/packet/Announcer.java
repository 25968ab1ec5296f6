package dev.ftcp.xen.packet;

import java.net.InetAddress;

/**
 * Tells the link that a service address now lives on this interface. Clients and routers keep the previous owner's Ethernet address
 * until they hear it: as ARP request and as reply, because some believe only one of them, or as neighbour advertisement. Not
 * thread-safe.
 */
public final class Announcer {
    private final PacketSender sender;
    private final AddressFrames frames;

    /**
     * @param sender where frames go; stays the caller's
     * @param mac Ethernet address that the service address is to be found at
     * @param address the service address
     */
    public Announcer(PacketSender sender, long mac, InetAddress address) {
        this.sender = sender;
        this.frames = new AddressFrames(address, mac);
    }

    /**
     * Announces the address once.
     *
     * @return false if a frame could not be sent now: call again soon
     */
    public boolean announce() {
        if (!frames.isV4()) return send(frames.announceNeighbor());
        boolean request = send(frames.announceArp(AddressFrames.ARP_REQUEST));
        return send(frames.announceArp(AddressFrames.ARP_REPLY)) && request;
    }

    private boolean send(int length) {
        return sender.send(frames.buffer(), 0, length);
    }
}
