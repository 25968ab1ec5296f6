/**
 * What both sides remember of each connection: the state that a takeover starts from.
 */
@NullMarked
package dev.ftcp.core.ledger;

import org.jspecify.annotations.NullMarked;
