package dev.ftcp.xen.link;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** An implementation of the link, as the suite sees it. */
public interface LinkKind {
    /** The end of host {@code self}. */
    Rendezvous open(String self, String peer, Hello hello) throws LinkException;

    /** What is there of links that are made or failed, beside what lives as long as the daemons; empty if all is well. */
    List<String> left() throws IOException;

    /** By {@link #of} of another process. */
    String text();

    /** {@code shm:DIRECTORY}, or the name of a class. */
    static LinkKind of(String text) throws ReflectiveOperationException {
        if (text.startsWith("shm:")) return new Shm(Path.of(text.substring(4)));
        return (LinkKind) Class.forName(text).getDeclaredConstructor().newInstance();
    }

    /** On one kernel. */
    record Shm(Path directory) implements LinkKind {
        @Override
        public Rendezvous open(String self, String peer, Hello hello) throws LinkException {
            return dev.ftcp.xen.shm.ShmRendezvous.open(directory, self, peer, hello);
        }

        @Override
        public List<String> left() throws IOException {
            List<String> left = new ArrayList<>();
            try (DirectoryStream<Path> regions = Files.newDirectoryStream(directory, "*.region")) {
                for (Path region : regions) left.add(region.toString());
            }
            return left;
        }

        @Override
        public String text() {
            return "shm:" + directory;
        }
    }
}
