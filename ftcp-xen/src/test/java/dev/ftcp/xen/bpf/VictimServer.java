package dev.ftcp.xen.bpf;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A service in a process of its own, so that it can be killed. Obeys one byte per connection: c closes, x exits with
 * a failure, e without, h holds on; s ends its side and reads on, u ends its side and reads no more. */
final class VictimServer {
    private VictimServer() {}

    /** Starts it in the namespace of the calling thread, and waits until it listens. */
    static Process start(String address) throws IOException {
        Process p = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-cp",
                        System.getProperty("java.class.path"),
                        VictimServer.class.getName(),
                        address))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        byte[] ready = p.getInputStream().readNBytes(5);
        if (!new String(ready, StandardCharsets.US_ASCII).equals("ready"))
            throw new IOException("service did not start");
        return p;
    }

    @SuppressWarnings("AddressSelection")
    public static void main(String[] args) throws IOException {
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(new InetSocketAddress(args[0], Lab.PORT));
            System.out.print("ready");
            System.out.flush();
            while (true) serve(listener.accept());
        }
    }

    private static void serve(Socket s) throws IOException {
        int order = s.getInputStream().read();
        s.getOutputStream().write(order);
        if (order == 'c') s.close();
        if (order == 'x') System.exit(3);
        if (order == 'e') System.exit(0);
        if (order == 's' || order == 'u') s.shutdownOutput();
        if (order == 's') s.getInputStream().transferTo(OutputStream.nullOutputStream());
    }
}
