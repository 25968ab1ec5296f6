package dev.ftcp.core.adapter.kit;

/**
 * Where a dialogue is cut.
 *
 * @param committedClient client bytes in the log
 * @param committedServer server bytes that the log knows of
 * @param clientPosition server bytes that the client has: fewer, or more if it is ahead of the log
 * @param seed of everything that is chosen at random for this cut: splits, what is captured, how far the safe point lags
 */
public record Cut(int committedClient, int committedServer, int clientPosition, long seed) {}
