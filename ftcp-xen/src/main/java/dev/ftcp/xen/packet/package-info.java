/**
 * Raw frames: the probe, the kick, held SYN-ACKs, address announcements.
 */
@NullMarked
package dev.ftcp.xen.packet;

import org.jspecify.annotations.NullMarked;
