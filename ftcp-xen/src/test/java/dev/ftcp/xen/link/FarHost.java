package dev.ftcp.xen.link;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;

/** A {@link LinkHost} in another process, over TCP: one call at a time. For tests, between hosts that trust each other. */
public final class FarHost {
    private FarHost() {}

    /** Serves one driver after the other, for ever; what one has left open is closed. */
    public static void serve(LinkHost host, int port) throws Exception {
        try (ServerSocket server = new ServerSocket(port)) {
            System.out.println("ready on port " + server.getLocalPort());
            while (true) {
                try (Socket socket = server.accept()) {
                    answer(host, socket);
                } catch (IOException e) {
                    System.out.println("driver left: " + e.getMessage());
                } finally {
                    host.closeAll();
                }
            }
        }
    }

    /** The host that {@link #serve}s there. */
    public static LinkHost connect(String name, int port) throws IOException {
        Socket socket = new Socket();
        socket.connect(new InetSocketAddress(name, port), 2000);
        ObjectOutputStream out = new ObjectOutputStream(socket.getOutputStream());
        out.flush();
        ObjectInputStream in = new ObjectInputStream(socket.getInputStream());
        return (LinkHost) Proxy.newProxyInstance(
                LinkHost.class.getClassLoader(), new Class<?>[] {LinkHost.class}, (proxy, method, arguments) -> {
                    synchronized (socket) {
                        out.writeObject(method.getName());
                        out.writeObject(arguments == null ? new Object[0] : arguments);
                        out.flush();
                        if (in.readBoolean()) return in.readObject();
                        throw (Throwable) in.readObject();
                    }
                });
    }

    private static void answer(LinkHost host, Socket socket) throws Exception {
        socket.setTcpNoDelay(true);
        ObjectOutputStream out = new ObjectOutputStream(socket.getOutputStream());
        out.flush();
        ObjectInputStream in = new ObjectInputStream(socket.getInputStream());
        while (true) {
            String name = (String) in.readObject();
            Object[] arguments = (Object[]) in.readObject();
            Method method = Arrays.stream(LinkHost.class.getMethods())
                    .filter(m -> m.getName().equals(name))
                    .findFirst()
                    .orElseThrow();
            try {
                Object result = method.invoke(host, arguments);
                out.writeBoolean(true);
                out.writeObject(result);
            } catch (InvocationTargetException e) {
                out.writeBoolean(false);
                out.writeObject(e.getCause());
            }
            out.flush();
            out.reset();
        }
    }
}
