/**
 * The memory link between two daemons on one kernel.
 */
@NullMarked
package dev.ftcp.xen.shm;

import org.jspecify.annotations.NullMarked;
