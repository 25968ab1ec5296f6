package dev.ftcp.core.ring;

/**
 * Size of a region.
 *
 * @param lanes number of lanes, 1 to {@link RegionLayout#MAX_LANES}; one per committing thread
 * @param laneBytes data bytes of each lane, a power of two from {@link RegionLayout#MIN_LANE_BYTES} to
 *     {@link RegionLayout#MAX_LANE_BYTES}
 */
public record RegionSpec(int lanes, int laneBytes) {
    /** Checks the ranges. */
    public RegionSpec {
        if (lanes < 1 || lanes > RegionLayout.MAX_LANES)
            throw new IllegalArgumentException("lanes = " + lanes + ", must be 1 to " + RegionLayout.MAX_LANES);
        if (Integer.bitCount(laneBytes) != 1
                || laneBytes < RegionLayout.MIN_LANE_BYTES
                || laneBytes > RegionLayout.MAX_LANE_BYTES)
            throw new IllegalArgumentException("lane bytes = " + laneBytes + ", must be a power of two from "
                    + RegionLayout.MIN_LANE_BYTES + " to " + RegionLayout.MAX_LANE_BYTES);
        long total = RegionLayout.PAGE + (long) lanes * (RegionLayout.CONTROL_BYTES + laneBytes);
        if (total > Integer.MAX_VALUE)
            throw new IllegalArgumentException("region of " + total + " bytes, must be less than 2 GiB");
    }

    /** Bytes of the whole region, a multiple of {@link RegionLayout#PAGE}. */
    public int totalBytes() {
        return RegionLayout.PAGE + lanes * stride();
    }

    /** Offset of a lane's control page in the region. */
    int laneOffset(int lane) {
        return RegionLayout.PAGE + lane * stride();
    }

    private int stride() {
        return RegionLayout.CONTROL_BYTES + laneBytes;
    }
}
