/*
 * Into the ring. A record is reserved before anything else can fail, so that what is captured is captured whole:
 * small ones in size classes, larger ones in steps of 2 KB through a dynptr (the verifier of 6.1 takes both).
 */
#ifndef FTCP_CAPTURE_H
#define FTCP_CAPTURE_H

#define STEP 2048
#define CAPTURE_MAX (65536 + STEP) /* the largest segment, with its headers */

#define COUNT(field) __sync_fetch_and_add(&(field), 1)

/* Who finds the daemon asleep wakes it. The exchange is the full barrier between the reserve and this decision. */
static __always_inline __u64 wake(struct ft_cfg *c)
{
	COUNT(c->captured);
	if (!__sync_lock_test_and_set(&c->sleeping, 0))
		return BPF_RB_NO_WAKEUP;
	COUNT(c->wakes);
	return BPF_RB_FORCE_WAKEUP;
}

/*
 * Whether a segment that finds no room in the ring may pass uncaptured. Under protection never. Alone, the service goes first, but only if
 * the daemon does not come to make room: a connection with a hole in its record could not be protected again.
 */
static __always_inline int may_escape(const struct ft_cfg *c, const struct ft_slot *s, __u64 now)
{
	if (s && (s->flags & F_GIVEN_UP))
		return 1;
	return (c->mode == FT_OPEN || (s && (s->flags & F_OPEN))) && now >= c->attended_ns;
}

/* A record without bytes. Returns 0, or -1 if the ring is full. */
static __noinline int capture_note(struct ft_cfg *c, struct ft_rec *rec)
{
	if (!c || !rec)
		return -1;
	struct ft_rec *r = bpf_ringbuf_reserve(&capture, sizeof(*r), 0);
	if (!r)
		return -1;
	rec->cap = 0;
	*r = *rec;
	bpf_ringbuf_submit(r, wake(c));
	return 0;
}

static __always_inline int capture_steps(struct __sk_buff *skb, struct ft_cfg *c, struct ft_rec *rec, __u32 off, __u32 n)
{
	struct bpf_dynptr dp;
	struct ft_rec *r;
	if (bpf_ringbuf_reserve_dynptr(&capture, sizeof(*r) + ((n + STEP - 1) & ~(STEP - 1)), 0, &dp))
		goto fail; /* a failed reserve has to be discarded all the same */
	r = bpf_dynptr_data(&dp, 0, sizeof(*r));
	if (!r)
		goto fail;
	*r = *rec;
	for (int i = 0; i < CAPTURE_MAX / STEP; i++) {
		__u32 done = i * STEP;
		if (done >= n)
			break;
		__u32 m = n - done - 1;
		asm volatile("" : "+r"(m));
		if (m > STEP - 1)
			m = STEP - 1;
		void *to = bpf_dynptr_data(&dp, sizeof(*r) + done, STEP);
		if (!to || bpf_skb_load_bytes(skb, off + done, to, m + 1))
			goto fail;
	}
	bpf_ringbuf_submit_dynptr(&dp, wake(c));
	return 0;
fail:
	bpf_ringbuf_discard_dynptr(&dp, BPF_RB_NO_WAKEUP);
	return -1;
}

#define SIZE_CLASS(limit)                                                                                     \
	if (m < (limit)) {                                                                                    \
		struct ft_rec *r = bpf_ringbuf_reserve(&capture, sizeof(*r) + (limit), 0);                    \
		if (!r)                                                                                       \
			return -1;                                                                            \
		*r = *rec;                                                                                    \
		if (bpf_skb_load_bytes(skb, off, (void *)(r + 1), m + 1)) {                                   \
			bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);                                             \
			return -1;                                                                            \
		}                                                                                             \
		bpf_ringbuf_submit(r, wake(c));                                                               \
		return 0;                                                                                     \
	}

/* A record with n >= 1 bytes of the frame from off. Returns 0, or -1 if they can't be captured. */
static __noinline int capture_bytes(struct __sk_buff *skb, struct ft_cfg *c, struct ft_rec *rec, __u32 off, __u32 n)
{
	if (!c || !rec)
		return -1;
	/* n - 1 and not n: the verifier of 6.1 does not learn n >= 1 from n != 0. */
	__u32 m = n - 1;
	asm volatile("" : "+r"(m));
	if (m >= CAPTURE_MAX)
		return -1;
	rec->cap = n;
	SIZE_CLASS(256)
	SIZE_CLASS(1024)
	SIZE_CLASS(2048)
	return capture_steps(skb, c, rec, off, n);
}

/* The whole frame, which is not to leave before the daemon sends it on. */
static __always_inline int capture_frame(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	p->rec.frame = p->payload;
	p->rec.gso = skb->gso_size;
	return capture_bytes(skb, c, &p->rec, 0, skb->len);
}

/* The payload of the segment, if it has some. */
static __always_inline int capture_segment(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	return p->rec.dlen ? capture_bytes(skb, c, &p->rec, p->payload, p->rec.dlen) : capture_note(c, &p->rec);
}

/* Whether a connection may have been opened that has no slot yet: the daemon finds by its key what is captured of it. */
static __always_inline int follows_unknown(const struct ft_cfg *c)
{
	return c->mode == FT_OPEN || (c->flags & C_SYNCING);
}

/* A segment of such a connection. */
static __always_inline int capture_unknown(struct __sk_buff *skb, struct ft_cfg *c, struct pkt *p)
{
	if ((!p->rec.dlen && !(p->rec.flags & TCP_FIN)) || !capture_segment(skb, c, p) || may_escape(c, 0, p->rec.time))
		return TC_ACT_UNSPEC;
	COUNT(c->capture_full_drops);
	return TC_ACT_SHOT;
}

#endif
