/**
 * Races of the shared words under jcstress: every reordering that the hardware and the compilers do is tried.
 */
@NullMarked
package dev.ftcp.tests.stress;

import org.jspecify.annotations.NullMarked;
