/** The whole of ftcp against real kernels and a real service: faults under load, and its guarantees as a client's packets show them. */
@NullMarked
package dev.ftcp.tests.it;

import org.jspecify.annotations.NullMarked;
