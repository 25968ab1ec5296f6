package dev.ftcp.core.adapter.kit;

/** A model of a service: what one instance of it answers. An instance with other properties is another model. */
@FunctionalInterface
public interface ServiceModel {
    /** A new connection to this instance. */
    Connection connect();

    /** One connection as the service sees it. */
    interface Connection {
        /** The next bytes of the client, in any pieces; the array is not changed afterwards. */
        void receive(byte[] bytes, Output out);

        /** The client half-closed. */
        void fin(Output out);
    }

    /** Where a connection writes. */
    interface Output {
        /** Bytes for the client. */
        void send(byte[] bytes);

        /** No more bytes. */
        void close();
    }
}
