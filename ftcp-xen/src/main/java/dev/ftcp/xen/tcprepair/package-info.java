/**
 * Re-creates an established connection in this kernel (TCP_REPAIR).
 */
@NullMarked
package dev.ftcp.xen.tcprepair;

import org.jspecify.annotations.NullMarked;
