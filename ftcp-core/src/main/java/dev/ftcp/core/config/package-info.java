/**
 * The configuration of one protected service, as checked values.
 */
@NullMarked
package dev.ftcp.core.config;

import org.jspecify.annotations.NullMarked;
