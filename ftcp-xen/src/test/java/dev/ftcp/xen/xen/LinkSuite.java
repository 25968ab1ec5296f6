package dev.ftcp.xen.xen;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.ftcp.xen.link.FarHost;
import dev.ftcp.xen.link.LocalHost;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The link's contract between two Xen guests that dom0 has paired. First {@code LinkSuite joiner} in one, which serves until it is ended; then
 * {@code LinkSuite owner ADDRESS-OF-THE-JOINER} in the other: a line for each check, and status 0 if all passed.
 */
public final class LinkSuite {
    /** Property with the joiner's address. */
    static final String JOINER = "ftcp.xen.joiner";
    /** Name of the service that the suite pretends to be. */
    static final String SERVICE = "link-suite";
    /** Where the joiner serves. */
    static final int PORT = 7077;

    private LinkSuite() {}

    public static void main(String[] args) throws Exception {
        switch (args.length == 0 ? "" : args[0]) {
            case "joiner" -> FarHost.serve(new LocalHost(new XenKind(), "b", "a"), PORT);
            case "owner" -> System.exit(owner(args[1]));
            default -> {
                System.err.println("usage: LinkSuite joiner | LinkSuite owner ADDRESS-OF-THE-JOINER");
                System.exit(2);
            }
        }
    }

    private static int owner(String joiner) {
        System.setProperty(JOINER, joiner);
        Lines lines = new Lines();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(XenContractTest.class))
                                .build(),
                        lines);
        System.out.println(lines.passed + " passed, " + lines.failed + " failed");
        return lines.failed == 0 && lines.passed > 0 ? 0 : 1;
    }

    private static final class Lines implements TestExecutionListener {
        private int passed;
        private int failed;
        private long started;

        @Override
        public void executionStarted(TestIdentifier test) {
            started = System.nanoTime();
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            boolean ok = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
            if (ok && !test.isTest()) return;
            String millis = (System.nanoTime() - started) / 1_000_000 + " ms";
            System.out.println((ok ? "ok   " : "FAIL ") + test.getDisplayName() + " (" + millis + ")");
            result.getThrowable().ifPresent(Lines::explain);
            if (ok) passed++;
            else failed++;
        }

        /** The suite's own lines of the stack: JUnit's are many. */
        private static void explain(Throwable failure) {
            for (Throwable e = failure; e != null; e = e.getCause()) {
                System.out.println("     " + e);
                for (StackTraceElement frame : e.getStackTrace())
                    if (frame.getClassName().startsWith("dev.ftcp.")) System.out.println("       at " + frame);
            }
        }

        @Override
        public void executionSkipped(TestIdentifier test, String reason) {
            System.out.println("FAIL " + test.getDisplayName() + " skipped: " + reason);
            failed++;
        }
    }
}
