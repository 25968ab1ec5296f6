package dev.ftcp.core.adapter;

/**
 * How far everyone is when a connection is continued. All values are stream offsets.
 *
 * @param safeClient client offset of the safe point; the continuation is first given the client bytes from here
 * @param safeServer server offset of the safe point; the new instance's output begins here
 * @param committedClient end of the committed client bytes: what follows comes from the client itself
 * @param committedServer end of what the log knows of the server stream (captured or counted)
 * @param clientPosition next server byte that the client expects, not less than {@code safeServer}; more than
 *     {@code committedServer} if the client is ahead of the log
 * @param clientFin whether the client's FIN is committed (it follows {@code committedClient})
 * @param serverFin whether the service's FIN is committed (it follows {@code committedServer})
 */
public record ResumePoint(
        long safeClient,
        long safeServer,
        long committedClient,
        long committedServer,
        long clientPosition,
        boolean clientFin,
        boolean serverFin) {
    /** Whether the client has seen bytes that are not in the log. */
    public boolean clientAhead() {
        return clientPosition > committedServer;
    }
}
