package dev.ftcp.xen.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ftcp.core.tcp.FlowKey;
import dev.ftcp.core.tcp.SynFields;
import dev.ftcp.xen.lab.Lab;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpFrameTest {
    private static final long MAC_A = Mac.parse("02:00:00:00:00:0a"), MAC_B = Mac.parse("fe:dc:ba:98:76:54");
    private static final FlowKey V4 = FlowKey.of(Lab.VIP4, 80, Lab.CLIENT4, 65_535);
    private static final FlowKey V6 = FlowKey.of(Lab.VIP6, 443, Lab.CLIENT6, 1);

    static LongStream seeds() {
        return new Random().longs(20);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readsWhatWasWritten(long seed) {
        Random random = new Random(seed);
        FlowKey key = random.nextBoolean() ? V4 : V6;
        FrameWriter w = new FrameWriter(1514);
        TcpFrameReader r = new TcpFrameReader();
        for (int i = 0; i < 50; i++) {
            int seq = random.nextInt(), ack = random.nextInt(), window = random.nextInt(65_536);
            int length = random.nextInt(1200), tsval = random.nextInt();
            boolean ts = random.nextBoolean();
            w.toClient(key, MAC_A, MAC_B).segment(seq, ack, FrameWriter.ACK | FrameWriter.PSH, window);
            if (ts) w.timestamps(tsval, ~tsval);
            for (int k = random.nextInt(FrameWriter.MAX_SACK_BLOCKS + 1); k > 0; k--) w.sack(k, k + 1);
            byte[] data = new byte[length];
            random.nextBytes(data);
            w.payload(ByteBuffer.wrap(data), 0, length);
            int bytes = w.finish();
            assertThat(FrameChecksum.isValid(w.buffer(), 0, bytes)).isTrue();
            ByteBuffer copy = moved(w.buffer(), bytes, 1 + random.nextInt(9), random);
            int index = copy.position();
            assertThat(FrameChecksum.isValid(copy, index, bytes)).isTrue();
            assertThat(r.wrap(copy, index, bytes)).isTrue();
            assertThat(r.keyFromService()).isEqualTo(key);
            assertThat(new int[] {r.seq(), r.ack(), r.window(), r.payloadLength(), r.endSeq()})
                    .containsExactly(seq, ack, window, length, seq + length);
            assertThat(r.hasTimestamps()).isEqualTo(ts);
            assertThat(new int[] {r.tsval(), r.tsecr()}).containsExactly(ts ? tsval : 0, ts ? ~tsval : 0);
            assertThat(new long[] {r.sourceMac(), r.targetMac()}).containsExactly(MAC_A, MAC_B);
            for (int k = 0; k < length; k += 97)
                assertThat(copy.get(r.payloadIndex() + k)).isEqualTo(data[k]);
            int flip = index + Wire.ETH_BYTES + 20 + random.nextInt(bytes - Wire.ETH_BYTES - 20);
            copy.put(flip, (byte) (copy.get(flip) ^ 1 << random.nextInt(8)));
            if (key.isIpv4())
                assertThat(FrameChecksum.isValid(copy, index, bytes)).isFalse();
        }
    }

    @Test
    void readsSynAndSynAck() {
        FrameWriter w = new FrameWriter(200);
        w.toService(V4, MAC_B, MAC_A).segment(100, 0, FrameWriter.SYN, 64_240);
        w.synOptions(1460, 7, true).timestamps(5, 0);
        SynFields syn = SynReader.read(w.buffer(), 0, w.finish());
        assertThat(syn).isEqualTo(new SynFields(V4, false, 100, 0, 64_240, 1460, 7, true, true, 5, 0, MAC_B, MAC_A));
        w.toClient(V6, MAC_A, MAC_B).segment(9, 101, FrameWriter.SYN | FrameWriter.ACK, 1000);
        w.synOptions(1220, -1, false);
        SynFields synAck = SynReader.read(w.buffer(), 0, w.finish());
        assertThat(synAck).isEqualTo(new SynFields(V6, true, 9, 101, 1000, 1220, -1, false, false, 0, 0, MAC_A, MAC_B));
        w.toClient(V6, MAC_A, MAC_B).segment(9, 101, FrameWriter.ACK, 1000);
        assertThat(SynReader.read(w.buffer(), 0, w.finish())).isNull();
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void survivesAnyBytes(long seed) {
        Random random = new Random(seed);
        TcpFrameReader r = new TcpFrameReader();
        FrameWriter w = new FrameWriter(1514);
        for (int i = 0; i < 5000; i++) {
            FlowKey key = random.nextBoolean() ? V4 : V6;
            w.toService(key, MAC_A, MAC_B)
                    .segment(1, 2, FrameWriter.SYN, 3)
                    .synOptions(1460, 7, true)
                    .timestamps(4, 5);
            int length = w.zeros(random.nextInt(20)).finish();
            ByteBuffer b = moved(w.buffer(), length, 0, random);
            for (int k = random.nextInt(4); k > 0; k--)
                b.put(12 + random.nextInt(length - 12), (byte) random.nextInt(256));
            int cut = random.nextInt(length + 1);
            b.limit(cut);
            if (r.wrap(b, 0, cut)) {
                assertThat(r.payloadLength()).isNotNegative();
                assertThat(r.payloadIndex()).isLessThanOrEqualTo(cut);
                r.keyFromClient();
                r.endSeq();
            }
            SynReader.read(b, 0, cut);
            FrameChecksum.complete(b, 0, cut);
            assertThat(r.wrap(b, 1, cut)).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void completesAPartialChecksumAndRefusesAHalfFrame(boolean v4) {
        FrameWriter w = new FrameWriter(200);
        w.toClient(v4 ? V4 : V6, MAC_A, MAC_B)
                .segment(1, 2, FrameWriter.SYN | FrameWriter.ACK, 3)
                .synOptions(1460, 7, true);
        int length = w.finish();
        int sum = (v4 ? 34 : 54) + Wire.TCP_SUM;
        short right = w.buffer().getShort(sum);
        w.buffer().putShort(sum, (short) 0x1234);
        assertThat(FrameChecksum.isValid(w.buffer(), 0, length)).isFalse();
        assertThat(FrameChecksum.complete(w.buffer(), 0, length - 1)).isFalse();
        assertThat(FrameChecksum.complete(w.buffer(), 0, length)).isTrue();
        assertThat(w.buffer().getShort(sum)).isEqualTo(right);
    }

    @Test
    void refusesCallsOutOfOrderAndWhatDoesNotFit() {
        FrameWriter w = new FrameWriter(200);
        illegal(() -> w.segment(1, 2, 3, 4));
        illegal(w::finish);
        w.toClient(V4, MAC_A, MAC_B);
        illegal(() -> w.timestamps(1, 2));
        w.segment(1, 2, FrameWriter.ACK, 3)
                .timestamps(1, 2)
                .sack(1, 2)
                .sack(3, 4)
                .sack(5, 6);
        illegal(() -> w.sack(7, 8));
        illegal(() -> w.zeros(200));
        w.zeros(1);
        illegal(() -> w.sack(7, 8));
    }

    private static void illegal(Supplier<?> call) {
        assertThatThrownBy(call::get).isInstanceOf(IllegalStateException.class);
    }

    private static ByteBuffer moved(ByteBuffer frame, int length, int index, Random random) {
        ByteBuffer copy = ByteBuffer.allocate(length + index + 16);
        copy.order(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        copy.put(index, frame, 0, length);
        return copy.position(index);
    }
}
