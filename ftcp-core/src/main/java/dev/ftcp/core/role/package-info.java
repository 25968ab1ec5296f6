/**
 * Who owns the service address: one pure state machine.
 *
 * <p>Why two hosts never speak at once, wherever either is stopped and for however long:
 *
 * <ul>
 *   <li>The owner takes the time, then reads that it is still paired, then extends the lease from that time. So whatever it extends
 *       to is less than one lease after the promotion that it did not see.
 *   <li>The standby promotes itself, then takes the time, then waits one lease. Even proof that the owner's daemon is dead does not
 *       shorten this, for the owner's kernel goes on speaking until the lease is over; only proof that the kernel is gone does.
 *       The proof comes before the promotion, so counting from the promotion costs nothing.
 *   <li>An owner goes on without a lease only after it has made the copy worthless (DETACHED), and pairs only after it has a lease.
 *   <li>An address is claimed only if the peer's daemon is proved dead or says itself that it holds no copy. A silent one may be
 *       stopped in the middle of a takeover.
 * </ul>
 */
@NullMarked
package dev.ftcp.core.role;

import org.jspecify.annotations.NullMarked;
