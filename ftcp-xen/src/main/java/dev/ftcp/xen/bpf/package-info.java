/**
 * Loads, attaches and pins the wrap, and reads what it captured.
 */
@NullMarked
package dev.ftcp.xen.bpf;

import org.jspecify.annotations.NullMarked;
