/**
 * The contract of a memory link between two daemons.
 */
@NullMarked
package dev.ftcp.xen.link;

import org.jspecify.annotations.NullMarked;
