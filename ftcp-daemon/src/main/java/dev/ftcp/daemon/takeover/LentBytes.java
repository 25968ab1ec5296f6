package dev.ftcp.daemon.takeover;

import dev.ftcp.core.ledger.FlowLedger;
import dev.ftcp.core.memory.Loan;
import dev.ftcp.daemon.relay.CommittedBytes;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * A connection's committed client bytes for the relay, read where they lie: up to half a gigabyte, whose copy would stop all
 * connections. The ledger goes on changing meanwhile, and gets its memory back when the relay is done.
 */
final class LentBytes implements CommittedBytes {
    private final CommittedBytes bytes;
    private final Loan loan;
    private final Consumer<Runnable> coreLoop;

    private LentBytes(Loan loan, Consumer<Runnable> coreLoop) {
        this.bytes = CommittedBytes.of(loan.pieces());
        this.loan = loan;
        this.coreLoop = coreLoop;
    }

    /** @param coreLoop the ledger's thread, on which the loan ends */
    static CommittedBytes of(FlowLedger ledger, Consumer<Runnable> coreLoop) {
        return ledger.client().size() == 0
                ? CommittedBytes.none()
                : new LentBytes(ledger.client().lend(), coreLoop);
    }

    @Override
    public long remaining() {
        return bytes.remaining();
    }

    @Override
    public void next(ByteBuffer dst) {
        bytes.next(dst);
    }

    @Override
    public void close() {
        bytes.close();
        coreLoop.accept(loan::close);
    }
}
