package dev.ftcp.daemon.control;

import java.util.List;
import java.util.Map;

/**
 * A takeover that this daemon carried out.
 *
 * @param epoch the ownership that it led to
 * @param cause why it happened
 * @param ageNanos how long ago the promotion was won
 * @param stagesMillis how long each stage took, in their order; {@code silence} is from the old owner's last sign of life to the promotion
 * @param continued connections that go on
 * @param gone connections that their clients did not know any more
 * @param unanswered connections whose client has not answered, or went on later than the report
 * @param lost connections that were given up, each with its name and reason
 */
public record TimelineEntry(
        long epoch,
        String cause,
        long ageNanos,
        Map<String, Double> stagesMillis,
        long continued,
        long gone,
        long unanswered,
        List<String> lost) {}
