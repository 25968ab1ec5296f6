package dev.ftcp.daemon.config;

import dev.ftcp.core.config.ConfigProblem;
import dev.ftcp.core.config.ServiceConfig;
import java.util.List;

/** What reading a configuration gave. */
public sealed interface ConfigResult {
    /**
     * A configuration that can be run.
     *
     * @param config the checked values
     */
    record Valid(ServiceConfig config) implements ConfigResult {}

    /**
     * A configuration that can't be run.
     *
     * @param problems everything that is wrong, in the order of the file; at least one
     */
    record Invalid(List<ConfigProblem> problems) implements ConfigResult {}
}
