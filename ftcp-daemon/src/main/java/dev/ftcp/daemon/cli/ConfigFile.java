package dev.ftcp.daemon.cli;

import dev.ftcp.core.config.ConfigProblem;
import dev.ftcp.core.config.ServiceConfig;
import dev.ftcp.daemon.config.ConfigResult;
import dev.ftcp.daemon.config.TomlConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the configuration that a command line names, and tells its problems the way a compiler does. */
final class ConfigFile {
    private ConfigFile() {}

    /** The configuration, or null after every problem was printed as {@code COMMAND: FILE:LINE:COLUMN: what}. */
    static @Nullable ServiceConfig read(String command, Path file, PrintWriter err) {
        try {
            ConfigResult result = TomlConfig.load(file);
            if (result instanceof ConfigResult.Valid valid) return valid.config();
            for (ConfigProblem p : ((ConfigResult.Invalid) result).problems()) {
                err.println(command + ": " + p.at(file.toString()));
            }
        } catch (NoSuchFileException e) {
            err.println(command + ": " + file + ": there is no such file");
        } catch (CharacterCodingException e) {
            err.println(command + ": " + file + ": the file is not UTF-8 text");
        } catch (IOException e) {
            err.println(command + ": " + file + ": can't be read (" + e.getMessage() + ")");
        }
        return null;
    }
}
