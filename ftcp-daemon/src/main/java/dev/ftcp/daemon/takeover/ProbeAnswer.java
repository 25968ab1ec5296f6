package dev.ftcp.daemon.takeover;

/**
 * What a client's TCP said of itself.
 *
 * @param rcvNxt next sequence number that it expects from the service
 * @param sndNxt its own next sequence number
 * @param window its window field, unscaled
 * @param tsval its newest timestamp
 * @param tsecr newest timestamp of the service that it has seen
 */
record ProbeAnswer(int rcvNxt, int sndNxt, int window, int tsval, int tsecr) {}
