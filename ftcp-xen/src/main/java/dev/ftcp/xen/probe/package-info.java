/**
 * What this machine can do, and how to fix what it cannot.
 */
@NullMarked
package dev.ftcp.xen.probe;

import org.jspecify.annotations.NullMarked;
