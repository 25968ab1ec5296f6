package dev.ftcp.xen.bpf;

import com.kenai.jffi.PageManager;
import dev.ftcp.xen.linux.Sys;
import java.util.ArrayDeque;
import java.util.Deque;
import jnr.ffi.Pointer;

/** The wrap's mapped maps. Closing unmaps them; the views refuse to be used afterwards instead of touching what is gone. */
final class WrapMemory implements AutoCloseable {
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private final Gate gate;
    private final SlotTable slots;
    private final CaptureRing capture;

    WrapMemory(BpfObject object, WrapSpec spec) {
        int page = (int) PageManager.getInstance().pageSize();
        try {
            Pointer cfg = map(object.mapFd("cfg"), Gate.BYTES, 0, true, "gate");
            gate = new Gate(Sys.buffer(cfg, Gate.BYTES));
            long slotBytes = (long) spec.slots() * SlotLayout.BYTES;
            Pointer table = map(object.mapFd("slots"), slotBytes, 0, true, "slots");
            slots = new SlotTable(Sys.buffer(table, (int) slotBytes), spec.slots());
            int fd = object.mapFd("capture");
            Pointer consumer = map(fd, page, 0, true, "capture ring");
            Pointer producer = map(fd, page + 2L * spec.captureBytes(), page, false, "capture ring");
            capture = new CaptureRing(
                    fd,
                    spec.captureBytes(),
                    gate,
                    Sys.buffer(consumer, page),
                    Sys.buffer(producer, page),
                    Sys.buffer(producer.slice(page), 2 * spec.captureBytes()));
        } catch (RuntimeException | Error e) {
            unmap();
            throw e;
        }
    }

    Gate gate() {
        return gate;
    }

    SlotTable slots() {
        return slots;
    }

    CaptureRing capture() {
        return capture;
    }

    @Override
    public void close() {
        gate.close();
        slots.close();
        capture.close();
        unmap();
    }

    private Pointer map(int fd, long length, long offset, boolean writable, String what) {
        Pointer p = Sys.map(fd, length, offset, writable, what);
        undo.push(() -> Sys.unmap(p, length));
        return p;
    }

    private void unmap() {
        while (!undo.isEmpty()) undo.pop().run();
    }
}
