package dev.ftcp.xen.xen;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Java's numbers against those that gcc makes of Xen's headers, and the functions against those that the libraries have. */
class XenLayoutTest {
    /** C expressions and what Java takes them for. */
    private static final Map<String, Long> EXPECTED = new TreeMap<>(Map.ofEntries(
            Map.entry("sizeof(struct xs_permissions)", (long) Permissions.BYTES),
            Map.entry("offsetof(struct xs_permissions, id)", (long) Permissions.ID),
            Map.entry("offsetof(struct xs_permissions, perms)", (long) Permissions.BITS),
            Map.entry("XS_PERM_NONE", (long) Permissions.NONE),
            Map.entry("XS_PERM_READ", (long) Permissions.READ),
            Map.entry("XBT_NULL", 0L),
            Map.entry("sizeof(bool)", (long) Byte.BYTES),
            Map.entry("sizeof(xs_transaction_t)", (long) Integer.BYTES),
            Map.entry("sizeof(evtchn_port_t)", (long) Integer.BYTES),
            Map.entry("sizeof(xenevtchn_port_or_error_t)", (long) Integer.BYTES),
            Map.entry("sizeof(grant_ref_t)", (long) Integer.BYTES),
            Map.entry("XTL_CRITICAL", (long) LibXenToolLog.CRITICAL),
            Map.entry("PROT_READ", 1L),
            Map.entry("PROT_WRITE", 2L),
            Map.entry("EACCES", (long) dev.ftcp.xen.linux.Errno.EACCES),
            Map.entry("ESRCH", (long) dev.ftcp.xen.linux.Errno.ESRCH)));

    @Test
    void numbersAreTheCompilers(@TempDir Path dir) throws Exception {
        StringBuilder c = new StringBuilder("#include <stdio.h>\n#include <stddef.h>\n#include <errno.h>\n"
                + "#include <sys/mman.h>\n#include <xenstore.h>\n#include <xenevtchn.h>\n#include <xengnttab.h>\n"
                + "#include <xentoollog.h>\nint main(void) {\n");
        for (String expression : EXPECTED.keySet())
            c.append("printf(\"" + expression + "=%ld\\n\", (long)(" + expression + "));\n");
        Path program = compile(dir, c + "return 0; }\n");
        Map<String, Long> actual = run(program.toString())
                .lines()
                .map(l -> l.split("="))
                .collect(Collectors.toMap(l -> l[0], l -> Long.valueOf(l[1]), (x, y) -> x, TreeMap::new));
        assertThat(actual).isEqualTo(EXPECTED);
    }

    /** A prototype that differs from the header's is an error of the compiler's. */
    @Test
    void prototypesAreTheHeaders(@TempDir Path dir) throws Exception {
        compile(
                dir,
                "#include <xenstore.h>\n#include <xenevtchn.h>\n#include <xengnttab.h>\n#include <xentoollog.h>\n"
                        + """
                        struct xs_handle *xs_open(unsigned long);
                        void *xs_read(struct xs_handle *, unsigned, const char *, unsigned *);
                        bool xs_write(struct xs_handle *, unsigned, const char *, const void *, unsigned);
                        bool xs_mkdir(struct xs_handle *, unsigned, const char *);
                        bool xs_rm(struct xs_handle *, unsigned, const char *);
                        bool xs_set_permissions(struct xs_handle *, unsigned, const char *, struct xs_permissions *, unsigned);
                        bool xs_watch(struct xs_handle *, const char *, const char *);
                        int xs_fileno(struct xs_handle *);
                        char **xs_check_watch(struct xs_handle *);
                        unsigned xs_transaction_start(struct xs_handle *);
                        bool xs_transaction_end(struct xs_handle *, unsigned, bool);
                        xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *, unsigned);
                        int xenevtchn_bind_unbound_port(xenevtchn_handle *, unsigned);
                        int xenevtchn_bind_interdomain(xenevtchn_handle *, unsigned, unsigned);
                        int xenevtchn_notify(xenevtchn_handle *, unsigned);
                        int xenevtchn_pending(xenevtchn_handle *);
                        int xenevtchn_unmask(xenevtchn_handle *, unsigned);
                        void *xengntshr_share_pages(xengntshr_handle *, unsigned, int, unsigned *, int);
                        void *xengntshr_share_page_notify(xengntshr_handle *, unsigned, unsigned *, int, unsigned, unsigned);
                        int xengntshr_unshare(xengntshr_handle *, void *, unsigned);
                        void *xengnttab_map_domain_grant_refs(xengnttab_handle *, unsigned, unsigned, unsigned *, int);
                        void *xengnttab_map_grant_ref(xengnttab_handle *, unsigned, unsigned, int);
                        void *xengnttab_map_grant_ref_notify(xengnttab_handle *, unsigned, unsigned, int, unsigned, unsigned);
                        int xengnttab_unmap(xengnttab_handle *, void *, unsigned);
                        xentoollog_logger_stdiostream *xtl_createlogger_stdiostream(FILE *, xentoollog_level, unsigned);
                        int main(void) { return 0; }
                        """);
    }

    /** A misspelt or missing function would be known only when it is called. */
    @Test
    void theLibrariesHaveTheFunctions() {
        assertThat(XenTrials.libraries()).contains("libxengnttab 1");
    }

    private static Path compile(Path dir, String text) throws Exception {
        Path source = Files.writeString(dir.resolve("layout.c"), text);
        Path program = dir.resolve("layout");
        run("gcc", "-Werror", "-o", program.toString(), source.toString());
        return program;
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(p.waitFor()).as(out).isZero();
        return out;
    }
}
