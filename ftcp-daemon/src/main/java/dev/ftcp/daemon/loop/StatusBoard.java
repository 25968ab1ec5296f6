package dev.ftcp.daemon.loop;

import dev.ftcp.core.config.Host;
import dev.ftcp.core.config.ServiceConfig;

/** placeholder until the control status is merged. */
public final class StatusBoard {
    StatusBoard(ServiceConfig config, Host self) {}
}
