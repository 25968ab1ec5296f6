/**
 * Who owns the service address: one pure state machine.
 */
@NullMarked
package dev.ftcp.core.role;

import org.jspecify.annotations.NullMarked;
