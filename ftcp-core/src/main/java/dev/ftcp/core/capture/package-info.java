/**
 * What the eBPF wrap captured, as the daemon reads it: one flyweight over one record.
 */
@NullMarked
package dev.ftcp.core.capture;

import org.jspecify.annotations.NullMarked;
