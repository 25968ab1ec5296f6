package dev.ftcp.daemon.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * Decides about every single read of a {@link Leg}. Netty's own pause ({@code autoRead}) is not enough, for two reasons:
 *
 * <ul>
 *   <li>once it was told of the peer's FIN, it reads up to the end whatever {@code autoRead} says, so that a slow receiver would
 *       make it buffer a whole receive buffer for each connection;
 *   <li>once it has seen the end, it no longer looks at errors, and spins on the pending error if a RST follows the FIN.
 * </ul>
 *
 * So a paused leg reads zero bytes into an empty buffer, which Netty is told was "nothing to read", and the end of the stream is kept
 * from Netty: the leg handles it, and goes on looking for errors.
 */
final class LegReads implements RecvByteBufAllocator {
    private static final AdaptiveRecvByteBufAllocator SIZES = new AdaptiveRecvByteBufAllocator(512, 4096, 64 << 10);
    private final Leg leg;

    LegReads(Leg leg) {
        this.leg = leg;
    }

    @Override
    public Handle newHandle() {
        return new LegHandle(leg, SIZES.newHandle());
    }

    private static final class LegHandle extends DelegatingHandle implements ExtendedHandle {
        private final Leg leg;
        private boolean nothing;

        LegHandle(Leg leg, Handle sizes) {
            super(sizes);
            this.leg = leg;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            nothing = !leg.mayRead();
            return nothing ? Unpooled.EMPTY_BUFFER : delegate().allocate(alloc);
        }

        @Override
        public void lastBytesRead(int bytes) {
            if (nothing) return;
            if (bytes < 0) {
                nothing = true;
                leg.sawEnd();
            } else {
                delegate().lastBytesRead(bytes);
            }
        }

        @Override
        public int lastBytesRead() {
            return nothing ? 0 : delegate().lastBytesRead();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return ((ExtendedHandle) delegate()).continueReading(maybeMoreData);
        }
    }
}
