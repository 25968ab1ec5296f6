/* What comes in for the VIP. What can't be captured does not pass, and TCP sends it again. */
#ifndef FTCP_INGRESS_H
#define FTCP_INGRESS_H

#define PAWS_NS (24ULL * 86400 * 1000000000) /* TCP_PAWS_24DAYS: an older timestamp is compared with nothing */

/* Whether the kernel looks at the segment's acknowledgement: it lies neither before what was acknowledged nor after the window. */
static __always_inline int in_window(const struct ft_slot *s, __u32 seq, __u32 end)
{
	return (__s32)(end - s->max_ack) >= 0 && (!s->max_right || (__s32)(seq - s->max_right) <= 0);
}

/* Notes where the client is. An ACK of what was never sent is a forgery or garbage: it must not move anything. */
static __always_inline void note_client(struct ft_slot *s, const struct pkt *p)
{
	const struct ft_rec *r = &p->rec;
	__u32 end = r->seq + r->dlen + !!(r->flags & TCP_FIN);
	s->in_packets++;
	if (r->flags & TCP_FIN)
		__sync_fetch_and_or(&s->seen, SEEN_FIN);
	if (r->flags & TCP_RST)
		__sync_fetch_and_or(&s->seen, SEEN_RST);
	if (!in_window(s, r->seq, end))
		return;
	if ((__s32)(end - s->client_seq_end) > 0)
		s->client_seq_end = end;
	if (p->tsopt && (__s32)(r->tsval - s->client_tsval) > 0)
		s->client_tsval = r->tsval;
	if ((r->flags & TCP_ACK) && (__s32)(r->ack - s->client_ack) >= 0 && (__s32)(s->last_seq - r->ack) >= 0) {
		s->client_ack = r->ack;
		s->client_wnd = r->wnd;
	}
}

/* What the kernel knows as the segment comes: by this the daemon tells whether the kernel takes it. */
static __always_inline void note_kernel(const struct ft_slot *s, struct ft_rec *r)
{
	r->info = s->max_ack;
	/* The kernel echoes its ts_recent. */
	r->ts_recent = r->time - s->last_ns < PAWS_NS ? s->tsecr : 0;
}

/* What this kernel is to read as the ACK. Returns 0 if the frame cannot be changed. */
static __always_inline int set_ack(struct __sk_buff *skb, struct pkt *p, __u32 ack)
{
	__be32 was = bpf_htonl(p->rec.ack), is = bpf_htonl(ack);
	return !bpf_l4_csum_replace(skb, p->l4 + TCP_CHECK_FIELD, was, is, 4) &&
	       !bpf_skb_store_bytes(skb, p->l4 + TCP_ACK_FIELD, &is, 4, 0);
}

/*
 * What the old owner sent last may reach a client after it has said where it is. It then acknowledges bytes that this kernel has not
 * sent yet, and the kernel ignores that ACK and all later ones, for ever. So here it says that all is there that was sent: the kernel
 * sends on, faster than the client needs it, until it has caught up.
 *
 * A client that had the old owner's FIN, unknown to the log, has it one before where this kernel's went: it was taken for a byte. What
 * acknowledges the one acknowledges the other; the record says what the client said.
 *
 * Returns 0 if the frame cannot be changed.
 */
static __always_inline int believe(struct __sk_buff *skb, struct ft_slot *s, struct pkt *p)
{
	struct ft_rec *r = &p->rec;
	__u32 last = s->last_seq, fin = s->fin_ack;
	if (!(r->flags & TCP_ACK))
		return 1;
	if (fin && r->ack + 1 == fin)
		return set_ack(skb, p, fin);
	if ((__s32)(r->ack - last) <= 0 || r->time > s->ahead_ns)
		return 1;
	if (!set_ack(skb, p, last))
		return 0;
	r->ack = last;
	return 1;
}

static __always_inline int ingress_syn(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	/* Data in a SYN (TCP Fast Open) would escape the stream; a client that gets no answer sends it without. */
	if (p->rec.dlen) {
		COUNT(c->odd_drops);
		return TC_ACT_SHOT;
	}
	find_slot(&p->rec);
	p->rec.kind = K_SYN;
	if (capture_bytes(skb, c, &p->rec, 0, skb->len) && !may_escape(c, 0, p->rec.time)) {
		COUNT(c->capture_full_drops);
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

static __always_inline int ingress_unknown(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	if (follows_unknown(c))
		return capture_unknown(skb, c, p);
	if (!p->rec.dlen || (c->flags & C_PASS_UNKNOWN))
		return TC_ACT_UNSPEC;
	COUNT(c->unknown_drops);
	return TC_ACT_SHOT;
}

/*
 * After a switchover, clients say it here until they know better. The next owner hears what opens a connection, or has data, from its first
 * moment, so that nothing has to be said twice. Nothing else: a pure ACK from before would look like the answer to its question. From this host's
 * address, or a bridge would look for the client here; and what comes from the heir is not sent back.
 */
static __always_inline int to_heir(struct __sk_buff *skb, struct ft_cfg *c, const struct pkt *p, __u64 now)
{
	__u16 macs[6]; /* destination, source */
	int opens = (p->rec.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
	if (now >= c->heir_ns || skb->pkt_type != PACKET_HOST || (!opens && (!p->rec.dlen || (p->rec.flags & TCP_FIN))))
		return TC_ACT_SHOT;
	if (bpf_skb_load_bytes(skb, 0, macs, sizeof(macs)))
		return TC_ACT_SHOT;
	if (macs[3] == c->heir[0] && macs[4] == c->heir[1] && macs[5] == c->heir[2])
		return TC_ACT_SHOT;
	for (int i = 0; i < 3; i++) {
		macs[3 + i] = macs[i];
		macs[i] = c->heir[i];
	}
	if (bpf_skb_store_bytes(skb, 0, macs, sizeof(macs), 0))
		return TC_ACT_SHOT;
	return bpf_redirect(skb->ifindex, 0);
}

SEC("tc")
int ingress(struct __sk_buff *skb)
{
	struct pkt p = {};
	__u32 zero = 0;
	if (!parse_ip(skb, &p, 0) || !bpf_map_lookup_elem(&vips, p.rec.key.vip))
		return TC_ACT_UNSPEC;
	struct ft_cfg *c = bpf_map_lookup_elem(&cfg, &zero);
	if (!c)
		return TC_ACT_SHOT;
	if (c->mode == FT_CLOSED)
		return p.proto == IPPROTO_TCP && !p.odd && parse_tcp(skb, &p, 0) ? to_heir(skb, c, &p, bpf_ktime_get_boot_ns()) : TC_ACT_SHOT;
	if (skb->mark == FT_MARK_INWARD)
		return TC_ACT_UNSPEC; /* known and committed */
	/* An option or extension header hides the protocol of IPv6 only: fragments of other protocols are none of our business. */
	if (p.odd && (p.proto == IPPROTO_TCP || p.l4 == p.l3 + sizeof(struct ipv6hdr))) {
		COUNT(c->odd_drops);
		return c->mode == FT_OPEN ? TC_ACT_UNSPEC : TC_ACT_SHOT;
	}
	/* TCP takes only what was meant for this host's Ethernet address. */
	if (p.proto != IPPROTO_TCP || skb->pkt_type != PACKET_HOST)
		return TC_ACT_UNSPEC;
	if (!parse_tcp(skb, &p, 0)) {
		COUNT(c->odd_drops);
		return TC_ACT_SHOT;
	}
	if (!tcp_sum_right(skb, &p)) {
		COUNT(c->checksum_drops);
		return TC_ACT_SHOT;
	}
	p.rec.time = bpf_ktime_get_boot_ns();
	if ((p.rec.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN && c->mode != FT_LISTENING)
		return is_service(&p.rec.key) ? ingress_syn(skb, c, &p) : TC_ACT_UNSPEC;

	struct ft_slot *s = find_slot(&p.rec);
	p.rec.kind = K_CLIENT;
	if (c->mode == FT_LISTENING) {
		/* No ACK tells the client, and the kernel must not act on it: what gets neither into the log nor to the heir is sent again. */
		if (s && believe(skb, s, &p)) {
			note_kernel(s, &p.rec);
			capture_segment(skb, c, &p);
		}
		return to_heir(skb, c, &p, p.rec.time);
	}
	if (!s)
		return is_service(&p.rec.key) ? ingress_unknown(skb, c, &p) : TC_ACT_UNSPEC;
	/* In repair mode a socket takes and answers what comes, with options, window and timestamp that it does not have yet. */
	if ((*(volatile __u32 *)&s->flags & F_DEAF) && !(p.rec.flags & TCP_RST))
		return TC_ACT_SHOT;
	if (!believe(skb, s, &p))
		return TC_ACT_SHOT;
	note_kernel(s, &p.rec);
	note_client(s, &p);
	if (!p.rec.dlen && !(p.rec.flags & (TCP_FIN | TCP_RST | TCP_URG)))
		return TC_ACT_UNSPEC;
	if (!capture_segment(skb, c, &p))
		return TC_ACT_UNSPEC;
	/* A reset is never sent again, and its record says nothing that the socket's end does not say too. */
	if ((p.rec.flags & TCP_RST) || may_escape(c, s, p.rec.time))
		return TC_ACT_UNSPEC;
	s->dropped++;
	COUNT(c->capture_full_drops);
	return TC_ACT_SHOT;
}

#endif
