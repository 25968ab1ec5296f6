/*
 * What the kernel's TCP drops for its checksum must not reach the follower. The kernel believes a frame that its device has verified
 * (CHECKSUM_UNNECESSARY) or that comes from this very machine (CHECKSUM_PARTIAL); any other it sums up, and so does this. See
 * include/linux/skbuff.h, "Checksumming of received packets".
 */
#ifndef FTCP_CHECKSUM_H
#define FTCP_CHECKSUM_H

#define CHECKSUM_UNNECESSARY 1
#define CHECKSUM_PARTIAL 3
#define SUM_CHUNK 128
#define SUM_CHUNKS (65536 / SUM_CHUNK)

struct sk_buff {
	__u8 ip_summed : 2;
} __attribute__((preserve_access_index));

static __noinline int sum_segment(struct __sk_buff *skb, struct pkt *p)
{
	__u8 chunk[SUM_CHUNK];
	if (!p)
		return 0;
	/* The pseudo header. ::ffff: in front of an IPv4 address adds 0, as ones' complement has it. */
	__s64 sum = bpf_csum_diff(0, 0, (void *)p->rec.key.vip, 32, bpf_htonl(p->l4len + IPPROTO_TCP));
	for (int i = 0; i < SUM_CHUNKS; i++) {
		__u32 done = i * SUM_CHUNK;
		if (done >= p->l4len)
			return fold((__u32)sum) == 0xffff;
		__u32 m = p->l4len - done - 1;
		asm volatile("" : "+r"(m));
		if (m > SUM_CHUNK - 1)
			m = SUM_CHUNK - 1;
		__builtin_memset(chunk, 0, sizeof(chunk));
		if (bpf_skb_load_bytes(skb, p->l4 + done, chunk, m + 1))
			return 0;
		sum = bpf_csum_diff(0, 0, (void *)chunk, SUM_CHUNK, sum);
	}
	return 1; /* longer than any segment with a sum of its own */
}

static __always_inline int tcp_sum_right(struct __sk_buff *skb, struct pkt *p)
{
	__u64 summed = BPF_CORE_READ_BITFIELD_PROBED((struct sk_buff *)skb, ip_summed);
	return summed == CHECKSUM_UNNECESSARY || summed == CHECKSUM_PARTIAL || sum_segment(skb, p);
}

#endif
