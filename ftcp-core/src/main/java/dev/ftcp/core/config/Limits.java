package dev.ftcp.core.config;

import java.util.ArrayList;
import java.util.List;

/**
 * Bounds of what the daemon keeps.
 *
 * @param connections slots for connections, 16 to 1,048,576; further ones pass unprotected
 * @param captureBytes the eBPF capture ring, a power of two, 256 KiB to 1 GiB: a segment has up to 64 KiB, and one that does not fit never passes
 * @param retainBytes bytes retained for all connections together, up to 64 GiB
 * @param retainPerConnectionBytes bytes retained for one connection, 64 KiB to {@code retainBytes}; past it the connection is
 *     unprotected
 */
public record Limits(int connections, long captureBytes, long retainBytes, long retainPerConnectionBytes) {
    /** Refuses values that break a rule. */
    public Limits {
        Violation.refuse(check(connections, captureBytes, retainBytes, retainPerConnectionBytes));
    }

    /** 16,384 connections, capture 16 MiB, retain 512 MiB, retain-per-connection 256 MiB. */
    public static Limits defaults() {
        return new Limits(16_384, 16 * Units.MIB, 512 * Units.MIB, 256 * Units.MIB);
    }

    /** Every rule that these values break. */
    public static List<Violation> check(long connections, long capture, long retain, long retainPerConnection) {
        List<Violation> out = new ArrayList<>();
        if (connections < 16 || connections > 1 << 20) {
            out.add(new Violation("limits.connections", connections + " is not in 16-1048576"));
        }
        Units.powerOfTwo(out, "limits.capture", capture, 256 * Units.KIB, Units.GIB);
        Units.size(out, "limits.retain", retain, 64 * Units.KIB, 64 * Units.GIB);
        if (retainPerConnection > retain) {
            out.add(new Violation(
                    "limits.retain-per-connection",
                    Units.bytes(retainPerConnection) + " is more than retain (" + Units.bytes(retain)
                            + "), which is for all connections together"));
        }
        Units.size(out, "limits.retain-per-connection", retainPerConnection, 64 * Units.KIB, 64 * Units.GIB);
        return out;
    }
}
