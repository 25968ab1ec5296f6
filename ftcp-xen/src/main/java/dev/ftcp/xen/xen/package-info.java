/**
 * The memory link between two Xen guests on one host: grant tables, event channels, xenstore.
 */
@NullMarked
package dev.ftcp.xen.xen;

import org.jspecify.annotations.NullMarked;
