/** What may depend on what. */
@NullMarked
package dev.ftcp.tests.arch;

import org.jspecify.annotations.NullMarked;
