package dev.ftcp.tests.it;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/**
 * Where clients find the lab's service: what {@code listen} of the lab's configuration has.
 *
 * @param address one of the service addresses
 * @param port the service's port there
 */
record Target(String address, int port) {
    static final Target V4 = new Target("10.77.0.100", 80);
    static final Target V6 = new Target("fd77::100", 80);
    /** One of each family. */
    static final List<Target> BOTH = List.of(V4, V6);
    /** By the socket that serves both families: to the kernel, its IPv4 connections are IPv6 sockets. */
    static final Target V4_MAPPED = new Target("10.77.0.100", 8080);

    static final Target SECOND_V4 = new Target("10.77.0.101", 80);
    static final Target SECOND_V6 = new Target("fd77::101", 8080);
    static final List<Target> ALL = List.of(V4, V4_MAPPED, SECOND_V4, V6, SECOND_V6);

    boolean isV6() {
        return address.indexOf(':') >= 0;
    }

    String url(String path) {
        return "http://" + (isV6() ? "[" + address + "]" : address) + ":" + port + path;
    }

    /** 4 or 16 bytes. */
    byte[] bytes() {
        try {
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("a literal address", e);
        }
    }

    @Override
    public String toString() {
        return address + " port " + port;
    }
}
