package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What clients do while a fault happens, and the check that they noticed nothing but a pause. */
sealed interface Workload {
    /** Seconds after which curl gives up. */
    String LIMIT = "120";

    String FILE = "200m.bin";
    long FILE_BYTES = 200L << 20;

    /** Whether it is so far that a fault would hit it in the middle. */
    boolean underWay();

    /**
     * Lets it come to its end and checks every byte.
     *
     * @param owner the host that has served its end
     */
    void finish(Lab lab, String owner) throws Exception;

    /** curl fetches a file, slowed down so that the fault comes in the middle of it. */
    record Download(LabProgram program) implements Workload {
        static Download start(Lab lab, Target target, String rate) {
            return new Download(
                    lab.program("client", "python3", lib("download.py"), target.url("/" + FILE), rate, LIMIT));
        }

        @Override
        public boolean underWay() {
            return program.count("bytes") > FILE_BYTES / 10 || program.ended();
        }

        @Override
        public void finish(Lab lab, String owner) throws Exception {
            JsonObject result = program.result();
            assertThat(result.get("exit").getAsInt())
                    .as("curl's status: %s", result)
                    .isZero();
            assertThat(result.get("sha256").getAsString())
                    .as("SHA-256: %s", result)
                    .isEqualTo(sha256());
        }
    }

    /** curl puts a file; at most one of each family at a time. */
    record Upload(LabProgram program, String path, int clientPort) implements Workload {
        /** The local ports of upload.py. */
        private static final int PORT_V4 = 65123, PORT_V6 = 65124;

        static Upload start(Lab lab, Target target, String rate) {
            String path = target.isV6() ? "/upload/it6.bin" : "/upload/it4.bin";
            return new Upload(
                    lab.program(
                            "client",
                            "python3",
                            lib("upload.py"),
                            Lab.WWW.resolve(FILE).toString(),
                            target.url(path),
                            rate,
                            LIMIT),
                    path,
                    target.isV6() ? PORT_V6 : PORT_V4);
        }

        @Override
        public boolean underWay() {
            return program.count("bytes") > FILE_BYTES / 10 || program.ended();
        }

        @Override
        public void finish(Lab lab, String owner) throws Exception {
            JsonObject result = program.result();
            assertThat(result.get("exit").getAsInt())
                    .as("curl's status: %s", result)
                    .isZero();
            assertThat(lab.run(owner, "sha256sum", "/srv" + path))
                    .as("SHA-256 on " + owner)
                    .startsWith(sha256());
        }
    }

    /** Keep-alive connections that never reconnect, each asking five times a second and comparing every response. */
    record KeepAlive(LabProgram program, int connections) implements Workload {
        static KeepAlive start(Lab lab, Target target, int connections) {
            return new KeepAlive(
                    lab.program(
                            "client",
                            "python3",
                            lib("clients.py"),
                            target.address(),
                            String.valueOf(target.port()),
                            String.valueOf(connections),
                            "0.2",
                            "-",
                            "/hello",
                            "/port",
                            "/1k.bin=" + Lab.WWW.resolve("1k.bin")),
                    connections);
        }

        @Override
        public boolean underWay() {
            return program.count("requests") >= 2L * connections || program.ended();
        }

        /** Waits until each connection has, on average, been answered a few times more. */
        void goOn() throws InterruptedException {
            long before = program.count("requests");
            Lab.await(
                    "answers to keep-alive clients",
                    () -> program.count("requests") >= before + 3L * connections || program.ended());
        }

        @Override
        public void finish(Lab lab, String owner) throws Exception {
            goOn();
            program.stop();
            JsonObject result = program.result();
            assertThat(result.get("broken").getAsInt())
                    .as("broken connections: %s", result)
                    .isZero();
        }
    }

    /** One connection: a request before the fault, silence meanwhile, a request after it. */
    record Idle(LabProgram program) implements Workload {
        /** @param source the client's own address, as in {@code fe80::1%eth0}; none lets its kernel choose */
        static Idle start(Lab lab, Target target, String... source) throws IOException {
            List<String> command = new ArrayList<>(List.of(
                    "python3", lab.resource("idle.py").toString(), target.address(), String.valueOf(target.port())));
            command.addAll(List.of(source));
            return new Idle(lab.program("client", command.toArray(String[]::new)));
        }

        @Override
        public boolean underWay() {
            return program.count("answers") == 1 || program.ended();
        }

        @Override
        public void finish(Lab lab, String owner) throws Exception {
            if (!program.ended()) program.say("again");
            JsonObject result = program.result();
            assertThat(result.get("error").getAsString()).as("%s", result).isEmpty();
            assertThat(result.get("answers").getAsInt()).as("answers").isEqualTo(2);
        }
    }

    private static String lib(String script) {
        return Lab.ROOT.resolve("scripts/lib").resolve(script).toString();
    }

    private static String sha256() throws IOException, NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(Lab.WWW.resolve(FILE))) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) digest.update(buffer, 0, n);
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
