/**
 * The shared-memory region and its lanes: single-producer single-consumer rings of length-prefixed records.
 */
@NullMarked
package dev.ftcp.core.ring;

import org.jspecify.annotations.NullMarked;
