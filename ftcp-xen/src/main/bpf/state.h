/*
 * Whose close is it? The state of the service's socket changes before its FIN or RST is queued, in the task that closes it: a
 * task that dies by a signal says so here, and the egress program keeps the connection silent. So it is with one that exits with a failure
 * while it owes the client the rest of a response. The few kernel fields that
 * are read are relocated at load (CO-RE), so the build needs no kernel's headers.
 */
#ifndef FTCP_STATE_H
#define FTCP_STATE_H

#define PF_EXITING 4
#define AF_INET 2
#define AF_INET6 10
#define S_ESTABLISHED 1
#define S_SYN_RECV 3
#define S_FIN_WAIT1 4
#define S_FIN_WAIT2 5
#define S_CLOSE 7
#define S_CLOSE_WAIT 8
#define S_LAST_ACK 9
#define S_LISTEN 10
#define S_CLOSING 11

#define SIGNAL(failure) ((failure) & 0x7f)
#define FAILURE(exit_code) ((exit_code) & 0xff7f)

/* How long a task that fails may take to close its sockets. */
#define FAILING_NS (10ULL * 1000000000)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct ns_common {
	unsigned int inum;
};
struct net {
	struct ns_common ns;
};
struct nsproxy {
	struct net *net_ns;
};
typedef struct {
	struct net *net;
} possible_net_t;
struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
typedef struct {
	int owned;
} socket_lock_t;
struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	struct socket *sk_socket;
	__u16 sk_protocol;
};
struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};
struct tcp_sock {
	__u32 write_seq;
};
struct task_struct {
	unsigned int flags;
	int exit_code;
	struct nsproxy *nsproxy;
};
#pragma clang attribute pop

/* The socket's connection, IPv4 on a dual-stack socket included. */
static __always_inline void socket_key(struct sock *sk, struct ft_key *key)
{
	__u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);
	__be32 v4 = BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr), peer4 = BPF_CORE_READ(sk, __sk_common.skc_daddr);
	if (family == AF_INET6) {
		BPF_CORE_READ_INTO(&key->vip, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&key->client, sk, __sk_common.skc_v6_daddr);
	} else {
		map_v4(key->vip, &v4);
		map_v4(key->client, &peer4);
	}
	key->vip_port = BPF_CORE_READ((struct inet_sock *)sk, inet_sport); /* the hashed port is 0 already on the way to CLOSE */
	key->client_port = BPF_CORE_READ(sk, __sk_common.skc_dport);
}

/* A listener, or a socket whose task has not ended its stream. */
static __always_inline int is_open(int state)
{
	return state == S_LISTEN || state == S_ESTABLISHED || state == S_CLOSE_WAIT;
}

/*
 * Whether a task may have let go of the socket: what it said ends with a FIN, or what it had not read is answered with a RST. One that has sent its FIN
 * before, by shutdown(), ends for its task without either if the client has that FIN: the kernel then answers with RST what the client still says.
 */
static __always_inline int lets_go(int from, int to)
{
	if (is_open(from))
		return to == S_FIN_WAIT1 || to == S_LAST_ACK || to == S_CLOSE;
	return to == S_CLOSE && (from == S_FIN_WAIT1 || from == S_FIN_WAIT2 || from == S_CLOSING || from == S_LAST_ACK);
}

/*
 * How the closing task fails: the signal that it dies of, or its exit status << 8; 0 if it does not. Only a task that owns the socket closes it: a
 * segment that arrives closes sockets in the context of whatever task is there. A connection that nobody has accepted yet is not locked for its
 * task when the listener's end ends it (net/ipv4/inet_connection_sock.c, inet_csk_listen_stop); it has no struct socket.
 */
static __always_inline int failure(struct sock *sk, int from)
{
	struct task_struct *t = (void *)bpf_get_current_task();
	int unaccepted = is_open(from) && !BPF_CORE_READ(sk, sk_socket);
	if ((!BPF_CORE_READ(sk, sk_lock.owned) && !unaccepted) || !(BPF_CORE_READ(t, flags) & PF_EXITING))
		return 0;
	return FAILURE(BPF_CORE_READ(t, exit_code));
}

/* Whether what the service has said is less than what the adapter knows to be whole. */
static __always_inline int cuts_short(const struct ft_slot *s, struct sock *sk)
{
	return (__s32)(BPF_CORE_READ((struct tcp_sock *)sk, write_seq) - s->owed) < 0;
}

/*
 * The service begins to listen, or ends it. If it fails, this kernel answers from now on with RST what comes for connections that nobody has accepted. With the
 * gate closed that does not leave anyway.
 */
static __always_inline void listener(struct ft_cfg *c, struct sock *sk, int begins)
{
	struct ft_key key = {};
	socket_key(sk, &key);
	__u32 is = endpoint(&key);
	if (is != E_SERVICE && is != E_ANYWHERE)
		return;
	if (!begins && c->mode != FT_CLOSED && failure(sk, S_LISTEN))
		COUNT(c->listener_deaths);
	c->failing_ns = begins ? 0 : FT_NO_LISTENER; /* now it is told */
}

/*
 * A task of this namespace fails, and its sockets end in a moment (kernel/exit.c: this comes before exit_files). A listener leaves the table before its
 * state changes, and whatever has come in meanwhile is answered in between (net/ipv4/inet_hashtables.c, inet_unhash: local_bh_enable).
 */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(exits, struct task_struct *t)
{
	__u32 zero = 0;
	if (!FAILURE(BPF_CORE_READ(t, exit_code)))
		return 0;
	struct ft_cfg *c = bpf_map_lookup_elem(&cfg, &zero);
	if (c && c->failing_ns != FT_NO_LISTENER && BPF_CORE_READ(t, nsproxy, net_ns, ns.inum) == c->netns)
		c->failing_ns = bpf_ktime_get_boot_ns() + FAILING_NS;
	return 0;
}

/* What becomes of a socket is said only once. If the ring is full, the daemon has to ask the kernel. */
static __always_inline void capture_state(struct ft_cfg *c, struct ft_rec *rec)
{
	if (capture_note(c, rec))
		COUNT(c->notes_lost);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(state, struct sock *sk, int from, int to)
{
	/*
	 * A child that has lost a race: its opening's ACK and the first data came on two CPUs at once, each made a socket, and the other one is in the
	 * table (net/ipv4/inet_hashtables.c, inet_ehash_nolisten). The connection lives.
	 */
	if (from == S_SYN_RECV && to == S_CLOSE)
		return 0;
	int closing = lets_go(from, to);
	struct ft_rec rec = {};
	__u32 zero = 0;
	int opened = from == S_SYN_RECV && to == S_ESTABLISHED;
	if ((!closing && !opened && to != S_CLOSE && to != S_LISTEN) || BPF_CORE_READ(sk, sk_protocol) != IPPROTO_TCP)
		return 0;
	struct ft_cfg *c = bpf_map_lookup_elem(&cfg, &zero);
	if (!c || BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum) != c->netns)
		return 0;
	if (from == S_LISTEN || to == S_LISTEN) {
		listener(c, sk, to == S_LISTEN);
		return 0;
	}
	socket_key(sk, &rec.key);
	struct ft_slot *s = find_slot(&rec);
	/* Before its FIN is queued, so before the relay, at the other end, can take it for an ordinary one. */
	if (!s && closing && endpoint(&rec.key) == E_BACKEND && (rec.info = failure(sk, from))) {
		if (!SIGNAL(rec.info)) {
			COUNT(c->backend_failures); /* the relay knows whether that cuts a response short */
			return 0;
		}
		COUNT(c->backend_kills);
		rec.kind = K_KILLED;
		rec.time = bpf_ktime_get_boot_ns();
		capture_state(c, &rec);
		return 0;
	}
	/* With the gate open a connection may be open, or over, before the daemon has made its slot: it finds this by the key. */
	if (!s && ((to != S_CLOSE && !opened) || !is_service(&rec.key)))
		return 0;
	if (s && opened) {
		__sync_fetch_and_or(&s->seen, SEEN_OPEN);
		return 0;
	}
	rec.time = bpf_ktime_get_boot_ns();
	if (opened) {
		rec.kind = K_ESTABLISHED;
		capture_state(c, &rec);
		return 0;
	}
	int how = s && closing ? failure(sk, from) : 0;
	if (how && (SIGNAL(how) || cuts_short(s, sk))) {
		s->killed = 1 + how;
		rec.kind = K_KILLED;
		rec.info = how;
		capture_state(c, &rec);
	}
	if (to == S_CLOSE) {
		rec.kind = K_GONE;
		capture_state(c, &rec);
	}
	return 0;
}

#endif
