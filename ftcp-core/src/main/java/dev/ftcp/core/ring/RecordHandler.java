package dev.ftcp.core.ring;

import java.nio.ByteBuffer;

/** Takes the records of a ring in order. */
@FunctionalInterface
public interface RecordHandler {
    /**
     * Handles one record.
     *
     * <p>The payload may be changed by a hostile peer while it is read: read each field once, and check the copy.
     *
     * @param type the record's type, 1 to {@link RegionLayout#MAX_TYPE}
     * @param buffer little-endian; belongs to the ring, valid during the call; use absolute access only
     * @param index absolute index of the payload, 8-byte aligned
     * @param length payload bytes
     * @return false to stop and be offered the same record again by the next poll
     */
    boolean onRecord(int type, ByteBuffer buffer, int index, int length);
}
