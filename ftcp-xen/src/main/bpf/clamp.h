/* No ACK beyond what is committed (RFC 9293 numbers, RFC 7323 windows). */
#ifndef FTCP_CLAMP_H
#define FTCP_CLAMP_H

#define TCP_ACK_FIELD 8
#define TCP_WINDOW_FIELD 14
#define TCP_CHECK_FIELD 16
#define NOP_NOP_SACK 0x01010500
#define FOUR_NOPS 0x01010101

/*
 * Overwrites a SACK option by NOPs: it would tell of bytes that a standby may not have. Linux puts it after the
 * timestamp, behind two NOPs, so it fills whole words.
 */
static __noinline int strip_sack(struct __sk_buff *skb, struct pkt *p)
{
	__u32 word, nops = bpf_htonl(FOUR_NOPS);
	if (!p)
		return 0;
	__u32 at = p->l4 + sizeof(struct tcphdr) + (p->tsopt ? 12 : 0), end = p->l4 + p->thl;
	if (at + 4 > end || bpf_skb_load_bytes(skb, at, &word, 4) || (bpf_ntohl(word) & 0xffffff00) != NOP_NOP_SACK)
		return 0;
	for (int i = 0; i < 9; i++, at += 4) {
		if (at + 4 > end || bpf_skb_load_bytes(skb, at, &word, 4))
			break;
		bpf_l4_csum_replace(skb, p->l4 + TCP_CHECK_FIELD, word, nops, 4);
		bpf_skb_store_bytes(skb, at, &nops, 4, 0);
	}
	return 0;
}

static __noinline int rewrite(struct __sk_buff *skb, struct pkt *p, __u32 ack, __u32 wnd)
{
	if (!p)
		return -1;
	__be32 old_ack = bpf_htonl(p->rec.ack), new_ack = bpf_htonl(ack);
	__be16 old_wnd = bpf_htons(p->rec.wnd), new_wnd = bpf_htons(wnd);
	if (bpf_l4_csum_replace(skb, p->l4 + TCP_CHECK_FIELD, old_ack, new_ack, 4) ||
	    bpf_skb_store_bytes(skb, p->l4 + TCP_ACK_FIELD, &new_ack, 4, 0))
		return -1;
	if (old_wnd == new_wnd)
		return 0;
	if (bpf_l4_csum_replace(skb, p->l4 + TCP_CHECK_FIELD, old_wnd, new_wnd, 2) ||
	    bpf_skb_store_bytes(skb, p->l4 + TCP_WINDOW_FIELD, &new_wnd, 2, 0))
		return -1;
	return 0;
}

/* What leaves now is what the client may rely on. */
static __always_inline void note_let_out(struct ft_slot *s, __u32 ack, __u32 right)
{
	if ((__s32)(ack - s->sent_ack) > 0)
		s->sent_ack = ack;
	if ((__s32)(right - s->sent_right) > 0)
		s->sent_right = right;
}

/*
 * Clamps a segment that acknowledges more than is committed. The right edge of its window must neither move left of what
 * the client was promised nor right of what the kernel accepts, and windows come in steps of 2^wscale. So the new ACK is the
 * highest committed one that lies a whole number of steps before the kernel's; only if that is behind what has left already,
 * the committed one itself with a window that is rounded down, or up as far as the promise goes.
 */
static __always_inline int clamp(struct __sk_buff *skb, struct ft_cfg *c, struct ft_slot *s, struct pkt *p, __u32 committed)
{
	__u32 shift = s->rcv_wscale & 15, step = (1u << shift) - 1;
	__u32 right = p->rec.ack + ((__u32)p->rec.wnd << shift);
	__u32 ack = committed - ((committed - p->rec.ack) & step);
	if ((__s32)(ack - s->sent_ack) < 0)
		ack = committed;
	__u32 wnd = (right - ack) >> shift;
	if (wnd > 65535)
		wnd = 65535;
	if (wnd < 65535 && (__s32)(ack + (wnd << shift) - s->sent_right) < 0 && (__s32)(right - s->sent_right) >= 0)
		wnd++;
	right = ack + (wnd << shift);

	int pure = !p->rec.dlen && !(p->rec.flags & (TCP_FIN | TCP_RST | TCP_SYN));
	if (pure && (__s32)(ack - s->sent_ack) <= 0 && (__s32)(right - s->sent_right) <= 0) {
		s->held++;
		COUNT(c->held);
		return TC_ACT_STOLEN;
	}
	if (rewrite(skb, p, ack, wnd))
		return TC_ACT_SHOT; /* never with the ACK of the kernel; TCP sends it again */
	strip_sack(skb, p);
	s->clamped++;
	COUNT(c->clamped);
	note_let_out(s, ack, right);
	return TC_ACT_UNSPEC;
}

#endif
