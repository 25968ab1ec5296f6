package dev.ftcp.xen.xen;

/** Loads Xen's libraries, which takes some hundred milliseconds: when a daemon starts, and not when it meets its peer. */
final class XenLibraries {
    private XenLibraries() {}

    /**
     * Loads all by calls that do nothing.
     *
     * @return their names
     * @throws LinkageError if one is not there
     */
    static String load() {
        LibXenStore.INSTANCE.xs_close(null);
        LibXenEvtchn.INSTANCE.xenevtchn_close(null);
        LibXenGnttab.INSTANCE.xengnttab_close(null);
        LibXenToolLog.INSTANCE.fdopen(-1, "w");
        return "libxenstore 4, libxenevtchn 1, libxengnttab 1, libxentoollog 1";
    }
}
