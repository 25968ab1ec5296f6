package dev.ftcp.daemon.loop;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the operator's command that starts the service anew. It writes where the daemon writes. */
final class ServiceCommand {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceCommand.class);

    private ServiceCommand() {}

    /**
     * Starts it on a thread of its own.
     *
     * @param onEnd called on that thread, whatever came of it
     */
    static void run(List<String> command, long patienceNanos, Runnable onEnd) {
        Thread thread = new Thread(
                () -> {
                    String problem = outcome(command, patienceNanos);
                    if (!problem.isEmpty())
                        LOG.error(
                                "event=restart-command-failed command=\"{}\" reason=\"{}\"",
                                String.join(" ", command),
                                problem);
                    onEnd.run();
                },
                "ftcp-service-command");
        thread.setDaemon(true);
        thread.start();
    }

    private static String outcome(List<String> command, long patienceNanos) {
        try {
            // Not into a pipe: a service that stays in the background would keep it open for ever.
            Process process = new ProcessBuilder(command)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (!process.waitFor(patienceNanos, TimeUnit.NANOSECONDS)) {
                process.destroy();
                return "it has not ended in time";
            }
            return process.exitValue() == 0 ? "" : "it ended with status " + process.exitValue();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }
}
