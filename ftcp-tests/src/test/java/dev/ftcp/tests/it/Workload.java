package dev.ftcp.tests.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

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
        static Download start(Lab lab, String rate) {
            return new Download(lab.program(
                    "client", "python3", lib("download.py"), "http://" + Lab.VIP + "/" + FILE, rate, LIMIT));
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

    /** curl puts a file. */
    record Upload(LabProgram program) implements Workload {
        static final String TARGET = "/upload/it.bin";

        static Upload start(Lab lab, String rate) {
            return new Upload(lab.program(
                    "client",
                    "python3",
                    lib("upload.py"),
                    Lab.WWW.resolve(FILE).toString(),
                    "http://" + Lab.VIP + TARGET,
                    rate,
                    LIMIT));
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
            assertThat(lab.run(owner, "sha256sum", "/srv" + TARGET))
                    .as("SHA-256 on " + owner)
                    .startsWith(sha256());
        }
    }

    /** Keep-alive connections that never reconnect, each asking five times a second and comparing every response. */
    record KeepAlive(LabProgram program, int connections) implements Workload {
        static KeepAlive start(Lab lab, int connections) {
            return new KeepAlive(
                    lab.program(
                            "client",
                            "python3",
                            lib("clients.py"),
                            Lab.VIP,
                            "80",
                            String.valueOf(connections),
                            "0.2",
                            "-",
                            "/hello",
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
        static Idle start(Lab lab) throws IOException {
            return new Idle(
                    lab.program("client", "python3", lab.resource("idle.py").toString(), Lab.VIP, "80"));
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
