/**
 * From captured segments to commits: follows every connection of a service.
 */
@NullMarked
package dev.ftcp.core.follow;

import org.jspecify.annotations.NullMarked;
