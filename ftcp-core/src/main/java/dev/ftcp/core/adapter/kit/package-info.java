/**
 * Conformance kit for adapters: cuts recorded dialogues everywhere, and checks what a client would have seen.
 *
 * <p>It is part of the library, not of its tests, so that whoever writes an adapter has it; it depends on no test framework.
 * {@link dev.ftcp.core.adapter.kit.ConformanceKit} is the entry.
 */
@NullMarked
package dev.ftcp.core.adapter.kit;

import org.jspecify.annotations.NullMarked;
