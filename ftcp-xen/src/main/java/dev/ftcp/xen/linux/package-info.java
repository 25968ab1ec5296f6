/**
 * The system calls that ftcp uses, one narrow interface for all of them. Linux x86_64 and aarch64.
 */
@NullMarked
package dev.ftcp.xen.linux;

import org.jspecify.annotations.NullMarked;
