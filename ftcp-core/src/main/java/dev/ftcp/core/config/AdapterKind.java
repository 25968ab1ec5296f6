package dev.ftcp.core.config;

/** Which protocol adapter follows the connections of the service. */
public enum AdapterKind {
    /** The whole connection is replayed and compared: exact for deterministic services. */
    OPAQUE,
    /** HTTP/1.0 and 1.1: safe point after each complete response. */
    HTTP
}
