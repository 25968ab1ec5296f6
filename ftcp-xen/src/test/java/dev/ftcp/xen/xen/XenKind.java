package dev.ftcp.xen.xen;

import dev.ftcp.xen.link.Hello;
import dev.ftcp.xen.link.LinkException;
import dev.ftcp.xen.link.LinkKind;
import dev.ftcp.xen.link.Rendezvous;
import java.util.List;

/** Between two guests. */
public final class XenKind implements LinkKind {
    @Override
    public Rendezvous open(String self, String peer, Hello hello) throws LinkException {
        return XenRendezvous.open(self, peer, hello);
    }

    @Override
    public List<String> left() {
        try (XenStore store = XenStore.open()) {
            XenStorePaths paths = XenStorePaths.find(store, LinkSuite.SERVICE);
            return paths == null || store.read(paths.ownOffer()) == null ? List.of() : List.of(paths.ownOffer());
        }
    }

    @Override
    public String text() {
        return getClass().getName();
    }
}
