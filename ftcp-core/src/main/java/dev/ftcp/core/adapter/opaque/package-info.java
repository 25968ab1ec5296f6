/**
 * The {@code opaque} adapter: any protocol of a deterministic service, by replay of the whole connection.
 */
@NullMarked
package dev.ftcp.core.adapter.opaque;

import org.jspecify.annotations.NullMarked;
