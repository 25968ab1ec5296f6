/**
 * Reads the TOML file of a service into checked values, or says everything that is wrong with it.
 */
@NullMarked
package dev.ftcp.daemon.config;

import org.jspecify.annotations.NullMarked;
