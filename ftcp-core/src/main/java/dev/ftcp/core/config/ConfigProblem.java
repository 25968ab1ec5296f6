package dev.ftcp.core.config;

/**
 * One thing that is wrong with a configuration file.
 *
 * @param line line in the file, from 1; 0 when the problem has no place in it
 * @param column column in the line, from 1; 0 when the problem has no place in it
 * @param message what is wrong and how to put it right
 */
public record ConfigProblem(int line, int column, String message) {
    /** {@code web.toml:12:1: message}, the form that editors and operators know from compilers. */
    public String at(String file) {
        return line == 0 ? file + ": " + message : file + ":" + line + ":" + column + ": " + message;
    }
}
