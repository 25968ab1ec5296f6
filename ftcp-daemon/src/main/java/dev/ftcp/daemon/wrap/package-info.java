/**
 * The wrap at work: what the follow engine decides, carried out on slots and frames.
 */
@NullMarked
package dev.ftcp.daemon.wrap;

import org.jspecify.annotations.NullMarked;
