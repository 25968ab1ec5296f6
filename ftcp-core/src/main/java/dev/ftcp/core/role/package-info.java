/**
 * Who owns the service address: one pure state machine.
 *
 * <p>Why two hosts never speak at once, wherever either is stopped and for however long:
 *
 * <ul>
 *   <li>The owner takes the time, then raises the heartbeat, then reads that it is still paired, then extends the lease from that time.
 *   <li>The standby promotes itself, then reads the heartbeat again. If it is the one that it has seen before, then every lease that was or will be
 *       granted goes with that one or an earlier one: it was computed from a time before the standby saw it, so the standby waits one lease from then. If it is
 *       a newer one, it takes the time now, and waits one lease from the promotion. So a silence that was longer than the lease costs no wait.
 *   <li>Even proof that the owner's daemon is dead does not shorten this, for the owner's kernel goes on speaking until the lease is over;
 *       only proof that the kernel is gone does, or the owner's own word that its gate is closed for good.
 *   <li>An owner goes on without a lease only after it has made the copy worthless (DETACHED), and pairs only after it has a lease.
 *   <li>An address is claimed only if the peer's daemon is proved dead or says itself that it holds no copy. A silent one may be
 *       stopped in the middle of a takeover.
 * </ul>
 */
@NullMarked
package dev.ftcp.core.role;

import org.jspecify.annotations.NullMarked;
