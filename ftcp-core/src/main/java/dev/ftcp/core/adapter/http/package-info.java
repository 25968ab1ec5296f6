/**
 * The {@code http} adapter: HTTP/1.0 and 1.1 as RFC 9112 frames it, cut after each complete response and continued by
 * {@code Range} or by regeneration.
 *
 * <p>{@link dev.ftcp.core.adapter.http.HttpSession} follows both streams on the hot path; a session of a takeover has a
 * {@link dev.ftcp.core.adapter.http.Recording} too, from which {@link dev.ftcp.core.adapter.http.HttpContinuation} knows what the client has seen.
 */
@NullMarked
package dev.ftcp.core.adapter.http;

import org.jspecify.annotations.NullMarked;
