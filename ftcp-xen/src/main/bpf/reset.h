/* Resets that the service has not said: its kernel has, since it lacks what comes back or is elsewhere. */
#ifndef FTCP_RESET_H
#define FTCP_RESET_H

/* Whether somebody goes on for the connections: the standby, or this daemon once the service is back. */
static __always_inline int goes_on(const struct ft_cfg *c, __u64 now)
{
	return c->mode != FT_OPEN || now < c->attended_ns;
}

/* The service's listener ended in a failure, and does not listen again as far as the daemon knows: what the kernel says for want of it is not the service's word. */
static __always_inline int lacks_listener(const struct ft_cfg *c, __u64 now)
{
	return (__u32)c->listener_deaths != c->deaths_over && goes_on(c, now);
}

/* The same of a moment: nobody listens any more, a task fails, and how the listener ended is told right away. */
static __always_inline int is_losing_listener(const struct ft_cfg *c, __u64 now, int found)
{
	return !found && now < c->failing_ns && goes_on(c, now);
}

/* What this kernel has for the connection, as a TCP state: its socket's, or a listener's; 0 if neither. */
static __always_inline int socket_state(struct __sk_buff *skb, const struct ft_key *key)
{
	struct bpf_sock_tuple t = {};
	__u32 bytes = sizeof(t.ipv6);
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		bytes = sizeof(t.ipv4);
		__builtin_memcpy(&t.ipv4.saddr, key->client + 12, 4);
		__builtin_memcpy(&t.ipv4.daddr, key->vip + 12, 4);
		t.ipv4.sport = key->client_port;
		t.ipv4.dport = key->vip_port;
	} else {
		__builtin_memcpy(t.ipv6.saddr, key->client, 16);
		__builtin_memcpy(t.ipv6.daddr, key->vip, 16);
		t.ipv6.sport = key->client_port;
		t.ipv6.dport = key->vip_port;
	}
	struct bpf_sock *sk = bpf_skc_lookup_tcp(skb, &t, bytes, BPF_F_CURRENT_NETNS, 0);
	if (!sk)
		return 0;
	__u32 state = sk->state;
	bpf_sk_release(sk);
	return state;
}

/* A connection that is neither over nor only being opened. */
static __always_inline int is_connected(int state)
{
	return state == BPF_TCP_ESTABLISHED || state == BPF_TCP_CLOSE_WAIT || state == BPF_TCP_FIN_WAIT1 || state == BPF_TCP_FIN_WAIT2 ||
	       state == BPF_TCP_CLOSING || state == BPF_TCP_LAST_ACK;
}

/*
 * The kernel's answer to a client whose connection is not restored yet, or whose opening the lost listener took with it. Without ACK it comes
 * from no open socket; a refused SYN, and a socket's own reset, have one (RFC 9293, section 3.10.7.1).
 *
 * It may come late: what the kernel said before it had the connection has waited for the client's Ethernet address (net/core/neighbour.c,
 * arp_queue), and is about to follow the connection's first segments.
 */
static __always_inline int is_premature_reset(struct __sk_buff *skb, const struct ft_cfg *c, const struct pkt *p)
{
	if ((p->rec.flags & (TCP_RST | TCP_ACK)) != TCP_RST || (c->flags & C_TEST_NO_SILENCE) || !is_service(&p->rec.key))
		return 0;
	if ((c->flags & C_DOUBT) || lacks_listener(c, p->rec.time))
		return 1;
	int state = socket_state(skb, &p->rec.key);
	return is_connected(state) || is_losing_listener(c, p->rec.time, state);
}

/* Whether the kernel refuses an opening with it (RFC 9293, section 3.10.7.1). */
static __always_inline int refuses_opening(const struct ft_rec *r)
{
	return (r->flags & (TCP_RST | TCP_ACK)) == (TCP_RST | TCP_ACK) && !r->seq;
}

/*
 * Whether a reset without a slot, with the gate open, is for want of a service that comes back. A SYN that is refused although somebody listens has met what an
 * earlier connection has left here, and finds the listener when it is sent again.
 */
static __always_inline int is_hasty_reset(struct __sk_buff *skb, const struct ft_cfg *c, const struct pkt *p)
{
	if ((c->flags & C_DOWN) || lacks_listener(c, p->rec.time))
		return 1;
	if (!refuses_opening(&p->rec))
		return 0;
	int state = socket_state(skb, &p->rec.key);
	return state || is_losing_listener(c, p->rec.time, state);
}

#endif
