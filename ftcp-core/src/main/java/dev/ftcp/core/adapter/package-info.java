/**
 * The interface for service designers: where a connection may be cut, and how it is continued.
 */
@NullMarked
package dev.ftcp.core.adapter;

import org.jspecify.annotations.NullMarked;
