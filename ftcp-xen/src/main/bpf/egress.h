/* What leaves from the VIP: the gate. */
#ifndef FTCP_EGRESS_H
#define FTCP_EGRESS_H

#define NEIGHBOUR_ADVERTISEMENT 136
#define NA_TARGET 8 /* offset of the target in the ICMPv6 message (RFC 4861, section 4.4) */

/* Whether the VIP may speak at all. */
static __always_inline int silent(const struct ft_cfg *c, __u64 now)
{
	if (c->mode == FT_CLOSED || c->mode == FT_LISTENING)
		return 1;
	return c->mode == FT_PROTECT && now >= c->lease_ns && !(c->flags & C_TEST_NO_LEASE);
}

/* Stolen, not shot: the sender's stack would count a local drop and act on it. */
static __always_inline int swallow(__u64 *counter)
{
	COUNT(*counter);
	return TC_ACT_STOLEN;
}

/* Whether the frame claims the VIP for this host: ARP with it as sender, or a neighbour advertisement for it. */
static __always_inline int claims_vip(struct __sk_buff *skb, struct pkt *p)
{
	__u8 addr[16];
	if (skb->protocol == bpf_htons(ETH_P_ARP)) {
		__u32 sender;
		if (bpf_skb_load_bytes(skb, ETH_HLEN + 14, &sender, 4))
			return 0;
		map_v4(addr, &sender);
	} else {
		__u8 type;
		if (p->proto != IPPROTO_ICMPV6 || bpf_skb_load_bytes(skb, p->l4, &type, 1) || type != NEIGHBOUR_ADVERTISEMENT ||
		    bpf_skb_load_bytes(skb, p->l4 + NA_TARGET, addr, 16))
			return 0;
	}
	return bpf_map_lookup_elem(&vips, addr) != 0;
}

static __always_inline int is_free(const struct ft_cfg *c, const struct ft_slot *s)
{
	return c->mode == FT_OPEN || (s->flags & F_OPEN) || (c->flags & C_TEST_NO_CLAMP);
}

/*
 * The daemon's own frame, or one of the kernel's that it sends on: it knows what it says, and only the books are kept. There are two
 * exceptions, since the frame was made a while ago. The kernel may have overtaken its window: the right edge does not move left for the
 * daemon either. And what the kernel acknowledged with data may still not be committed.
 */
static __always_inline int egress_marked(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	struct ft_rec *r = &p->rec;
	struct ft_slot *s = find_slot(r);
	if (!s || !(r->flags & TCP_ACK) || (r->flags & TCP_RST))
		return TC_ACT_UNSPEC;
	int syn = !!(r->flags & TCP_SYN), fin = !!(r->flags & TCP_FIN);
	__u32 shift = syn ? 0 : s->rcv_wscale & 15;
	__u32 end = r->seq + r->dlen + syn + fin, committed = *(volatile __u32 *)&s->committed_ack;
	__u32 right = r->ack + ((__u32)r->wnd << shift), promised = s->sent_right;
	if ((__s32)(end - s->last_seq) > 0)
		s->last_seq = end;
	if (p->tsopt && (__s32)(r->tsval - s->tsval) > 0)
		s->tsval = r->tsval;
	if ((r->dlen || fin) && (__s32)(r->ack - committed) > 0 && !is_free(c, s))
		return clamp(skb, c, s, p, committed);
	if (!syn && (__s32)(right - promised) < 0) {
		__u32 wnd = (promised - r->ack + (1u << shift) - 1) >> shift;
		if (wnd > 65535)
			wnd = 65535;
		if (rewrite(skb, p, r->ack, wnd))
			return TC_ACT_SHOT;
		right = r->ack + (wnd << shift);
	}
	if (syn) { /* the kernel's own, which waited for the daemon */
		s->tsecr = r->tsecr;
		s->max_right = right;
	}
	note_let_out(s, r->ack, right);
	return TC_ACT_UNSPEC;
}

/*
 * Whether the slot is that of the opening, which is sent again. Else it is an earlier connection's with the same ports, and this one goes on, with the gate
 * open, before the daemon has heard of it: what is captured of it must not be taken for the other's, which nobody wants to hear any more.
 */
static __always_inline int opens_slot(const struct ft_slot *s, const struct ft_rec *r)
{
	return s->committed_ack == r->ack && s->last_seq == r->seq + 1;
}

/* Nobody may believe that the connection is open before its opening is committed: the daemon sends it on. */
static __always_inline int egress_syn_ack(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	struct ft_slot *s = find_slot(&p->rec);
	p->rec.kind = K_SYN_ACK;
	if (c->mode == FT_OPEN || (c->flags & C_TEST_NO_HOLD)) {
		if (s && !opens_slot(s, &p->rec)) {
			bpf_map_delete_elem(&conns, &p->rec.key);
			p->rec.slot = FT_NO_SLOT;
		}
		if (!capture_bytes(skb, c, &p->rec, 0, skb->len) || may_escape(c, 0, p->rec.time))
			return TC_ACT_UNSPEC;
		COUNT(c->capture_full_drops);
		return TC_ACT_SHOT;
	}
	if (capture_frame(skb, c, p)) {
		COUNT(c->capture_full_drops);
		return TC_ACT_SHOT;
	}
	return swallow(&c->synack_held);
}

static __always_inline int egress_unknown(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	if (p->rec.flags & TCP_RST) {
		if (c->mode != FT_OPEN)
			return swallow(&c->unknown_drops);
		if (is_hasty_reset(skb, c, p))
			return swallow(&c->swallowed);
	}
	if (follows_unknown(c))
		return capture_unknown(skb, c, p);
	if (!(p->rec.dlen || (p->rec.flags & TCP_FIN)) || (c->flags & C_PASS_UNKNOWN))
		return TC_ACT_UNSPEC;
	COUNT(c->unknown_drops);
	return TC_ACT_SHOT;
}

/*
 * Captures what has to be, and says what becomes of the segment as far as that is concerned. In strict mode nobody may see it before it is
 * committed. A reset waits with it, or it would overtake data that does.
 */
static __always_inline int capture_wanted(struct __sk_buff *skb, struct ft_cfg *c, struct ft_slot *s, struct pkt *p, __u32 end)
{
	int closing = p->rec.flags & (TCP_FIN | TCP_RST);
	int wanted = p->rec.dlen && s->want_mode == W_FROM && (__s32)(end - s->want) > 0;
	if (!wanted && !closing)
		return TC_ACT_UNSPEC;
	int guarded = c->mode != FT_OPEN && !(s->flags & F_OPEN);
	if (guarded && (c->flags & (C_STRICT | C_TEST_NO_STRICT)) == C_STRICT) {
		if (!capture_frame(skb, c, p))
			return TC_ACT_STOLEN;
		p->rec.frame = 0;
	} else if (!(wanted ? capture_segment(skb, c, p) : capture_note(c, &p->rec))) {
		return TC_ACT_UNSPEC;
	}
	/* A reset is never sent again: its record is worth less than the reset. */
	if (!may_escape(c, s, p->rec.time) && (wanted || !(p->rec.flags & TCP_RST)))
		return TC_ACT_SHOT;
	if (wanted)
		capture_note(c, &p->rec);
	return TC_ACT_UNSPEC;
}

/* Only an atomic operation that returns its result orders all others in BPF; its use keeps the compiler from dropping that. */
static __always_inline void full_barrier(__u32 *word)
{
	__u32 was = __sync_fetch_and_or(word, 0);
	asm volatile("" ::"r"(was));
}

static __always_inline int egress_known(struct __sk_buff *skb, struct ft_cfg *c, struct ft_slot *s, struct pkt *p)
{
	struct ft_rec *r = &p->rec;
	__u32 end = r->seq + r->dlen;
	if ((r->flags & (TCP_FIN | TCP_RST)) && s->killed && goes_on(c, r->time) && !(c->flags & C_TEST_NO_SILENCE)) {
		s->swallowed++;
		return swallow(&c->swallowed);
	}
	int verdict = capture_wanted(skb, c, s, p, end);
	if (verdict == TC_ACT_SHOT) {
		COUNT(c->capture_full_drops);
		return TC_ACT_SHOT;
	}
	end += !!(r->flags & TCP_FIN);
	s->packets++;
	s->last_ns = r->time;
	if (verdict == TC_ACT_STOLEN)
		COUNT(c->output_held);
	else if ((__s32)(end - s->last_seq) > 0)
		s->last_seq = end;
	if (!(r->flags & TCP_ACK))
		return verdict;
	__u32 right = r->ack + ((__u32)r->wnd << (s->rcv_wscale & 15));
	if (!(r->flags & TCP_RST)) { /* a reset announces no window */
		s->last_wnd = r->wnd;
		if (!s->max_right || (__s32)(right - s->max_right) > 0)
			s->max_right = right;
	}
	if (p->tsopt) {
		s->tsval = r->tsval;
		s->tsecr = r->tsecr;
	}
	if (verdict == TC_ACT_STOLEN) {
		/* Its record brings the daemon to this slot: no race about who looks last. */
		if ((__s32)(r->ack - s->max_ack) > 0)
			s->max_ack = r->ack;
		return TC_ACT_STOLEN;
	}
	__u32 committed = *(volatile __u32 *)&s->committed_ack;
	if ((__s32)(r->ack - committed) > 0) {
		/* Dekker: the news is stored, full barrier, then the last look at what is committed. */
		if ((__s32)(r->ack - s->max_ack) > 0)
			__sync_lock_test_and_set(&s->max_ack, r->ack);
		else
			full_barrier(&s->max_ack);
		committed = *(volatile __u32 *)&s->committed_ack;
		if ((__s32)(r->ack - committed) > 0 && !is_free(c, s))
			return clamp(skb, c, s, p, committed);
	} else if ((__s32)(r->ack - s->max_ack) > 0) {
		s->max_ack = r->ack;
	}
	if (!(r->flags & TCP_RST))
		note_let_out(s, r->ack, right);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int egress(struct __sk_buff *skb)
{
	struct pkt p = {};
	__u32 zero = 0;
	if (skb->mark == FT_MARK_INWARD || skb->mark == FT_MARK_AGAIN)
		return bpf_redirect(skb->ifindex, BPF_F_INGRESS);
	int ip = parse_ip(skb, &p, 1);
	int from_vip = ip && bpf_map_lookup_elem(&vips, p.rec.key.vip);
	if (!from_vip && !claims_vip(skb, &p))
		return TC_ACT_UNSPEC;
	struct ft_cfg *c = bpf_map_lookup_elem(&cfg, &zero);
	if (!c)
		return TC_ACT_SHOT;
	p.rec.time = bpf_ktime_get_boot_ns();
	if (silent(c, p.rec.time)) {
		swallow(from_vip ? &c->lease_drops : &c->arp_drops);
		/*
		 * TCP may have to speak again, if the daemon was only late. Then what it says first must be what it could not say: behind a
		 * hole that was never captured, nobody could follow. So it is told that this was not sent.
		 */
		return p.proto == IPPROTO_TCP && skb->mark != FT_MARK ? TC_ACT_SHOT : TC_ACT_STOLEN;
	}
	if (!from_vip)
		return TC_ACT_UNSPEC;
	if (p.odd && (p.proto == IPPROTO_TCP || p.l4 == p.l3 + sizeof(struct ipv6hdr))) {
		COUNT(c->odd_drops);
		return c->mode == FT_OPEN ? TC_ACT_UNSPEC : TC_ACT_SHOT;
	}
	if (p.proto != IPPROTO_TCP)
		return TC_ACT_UNSPEC;
	if (!parse_tcp(skb, &p, 1)) {
		COUNT(c->odd_drops);
		return TC_ACT_SHOT;
	}
	if (skb->mark == FT_MARK)
		return egress_marked(skb, c, &p);
	if ((p.rec.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK))
		return is_service(&p.rec.key) ? egress_syn_ack(skb, c, &p) : TC_ACT_UNSPEC;
	if (is_premature_reset(skb, c, &p))
		return swallow(&c->swallowed);
	struct ft_slot *s = find_slot(&p.rec);
	p.rec.kind = K_SERVER;
	/* An opening that is refused is not of the connection that has the slot: a client may use its port again before the slot is. */
	if (!s || (refuses_opening(&p.rec) && s->last_seq))
		return is_service(&p.rec.key) ? egress_unknown(skb, c, &p) : TC_ACT_UNSPEC;
	return egress_known(skb, c, s, &p);
}

#endif
