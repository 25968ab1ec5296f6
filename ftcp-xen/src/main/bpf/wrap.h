/*
 * The memory that the wrap shares with its daemon. Host byte order (little-endian) unless said otherwise.
 * Java reads it at the offsets of CaptureRecord, FlowKey, SlotLayout and GateLayout; LayoutTest compares all of them
 * with what the compiler makes of this file. Needs nothing but the __uN types, so that it compiles for the host too.
 */
#ifndef FTCP_WRAP_H
#define FTCP_WRAP_H

#include <linux/types.h>

/* skb mark of the frames that the daemon sends itself: the gate checks the lease, and leaves them as they are. */
#define FT_MARK 0x46540001

/*
 * skb mark of frames that the daemon gives to this host's own TCP: what a client has said that the old host has taken. They turn round
 * at egress.
 */
#define FT_MARK_INWARD 0x46540002

/* skb mark of frames of clients that came before this host could take them: they turn round at egress too, and are captured as they come in. */
#define FT_MARK_AGAIN 0x46540003

/* The gate's mode. */
#define FT_CLOSED 0  /* nothing from or to the VIP passes */
#define FT_PROTECT 1 /* clamp, hold, silence, lease */
#define FT_OPEN 2    /* alone: everything passes, captured as far as the ring takes it, no lease; attended, it waits for room */
#define FT_LISTENING 3 /* nothing leaves; what clients of connections with a slot say is captured, and reaches no socket here */

/* ft_cfg.flags. The test switches take one part out, so that a test can prove that it would notice. */
#define C_PASS_UNKNOWN 1 /* payload of connections without a slot passes in PROTECT too */
#define C_DOUBT 2        /* some connections are not restored yet: no RST for a connection without a slot */
#define C_STRICT 4       /* output that must be captured is swallowed too, and the daemon sends it on */
#define C_DOWN 8         /* the service is down and comes back: no RST for a connection without a slot, in OPEN either */
#define C_SYNCING 16     /* openings of before PROTECT are still to be followed: payload of connections without a slot passes, captured, as in OPEN */
#define C_TEST_NO_CLAMP 256
#define C_TEST_NO_SILENCE 512
#define C_TEST_NO_HOLD 1024
#define C_TEST_NO_LEASE 2048
#define C_TEST_NO_STRICT 4096

/* ft_slot.flags */
#define F_LIVE 1 /* the slot is in use */
#define F_OPEN 2 /* as in FT_OPEN: no clamp, and unattended, what can't be captured passes */
#define F_GIVEN_UP 4 /* nobody follows the connection: what can't be captured passes at once */
#define F_DEAF 8 /* its socket is not complete: what the client says, but a reset, does not come in; the daemon says it again */

/* ft_slot.want_mode */
#define W_NONE 0
#define W_FROM 1 /* capture the payload of segments that end after ft_slot.want */

/* ft_slot.seen */
#define SEEN_FIN 1
#define SEEN_RST 2
#define SEEN_OPEN 4 /* the service's socket is open: the client has answered its SYN-ACK */

/* ft_rec.kind */
#define K_SYN 1
#define K_SYN_ACK 2
#define K_CLIENT 3
#define K_SERVER 4
#define K_KILLED 5
#define K_GONE 6
#define K_ESTABLISHED 7

/* ft_rec.flags */
#define R_TIMESTAMPS 256 /* the segment has timestamps */

#define FT_NO_SLOT 0xffffffffu

/* ft_cfg.failing_ns: a moment that is over. */
#define FT_NO_LISTENER 1

/* A connection. Addresses in network order, IPv4 as ::ffff:a.b.c.d; ports in network order. */
struct ft_key {
	__u8 vip[16];
	__u8 client[16];
	__u16 vip_port;
	__u16 client_port;
	__u32 pad;
};

/* Values of the services map. */
#define E_SERVICE 1 /* where clients find the service */
#define E_BACKEND 2 /* where the daemon finds it, for connections that were taken over */
#define E_ANYWHERE 3 /* the service's port at any address: where a listener may be bound, and no connection is */

/* Key of the services map. */
struct ft_service {
	__u8 addr[16];
	__u16 port; /* network order */
	__u16 pad;
};

/*
 * Header of a record in the ring; cap bytes follow. If the frame was swallowed for the daemon to send on, they are the whole frame.
 */
struct ft_rec {
	__u32 kind;
	__u32 slot;
	__u32 generation;
	__u32 seq;
	__u32 ack;
	__u32 dlen;
	__u32 cap;
	__u16 flags; /* the TCP flags byte, and R_ bits */
	__u16 wnd;   /* as on the wire, unscaled */
	__u32 tsval;
	__u32 tsecr;
	__u64 time; /* CLOCK_BOOTTIME, ns */
	__u32 info; /* of K_CLIENT: max_ack when the segment came */
	union {
		__u32 ts_recent; /* of K_CLIENT: what its timestamp is compared with, 0 if with nothing */
		struct {
			__u16 frame; /* of a frame of the service that was swallowed: where its payload begins; else 0 */
			__u16 gso;   /* and the payload that each of its segments is to carry; 0 if it is one segment */
		};
	};
	struct ft_key key;
};

/*
 * A connection's slot: one cache line for each writer.
 * The daemon and the egress program decide in opposite order whether an ACK is held (Dekker): the program stores max_ack,
 * full barrier, reads committed_ack; the daemon stores committed_ack, full barrier, reads max_ack. One of them sees the other.
 */
struct ft_slot {
	/* daemon */
	__u32 committed_ack; /* highest ACK that may leave */
	__u32 flags;
	__u32 want;
	__u32 want_mode;
	__u32 rcv_wscale; /* shift of the window that the service announces */
	__u32 generation;
	__u64 ahead_ns; /* until when the client may have more than this host has sent (CLOCK_BOOTTIME); 0: never */
	__u32 fin_ack;  /* what acknowledges the service's FIN in this kernel, one more than for the client; 0: both count alike */
	__u32 owed;     /* if the service's stream ends before this, a response is cut short */
	__u8 pad0[24];
	/* egress */
	__u32 max_ack;   /* highest ACK that the kernel wanted to send */
	__u32 sent_ack;  /* highest that left */
	__u32 last_seq;  /* after the highest segment that left */
	__u32 last_wnd;  /* of the last segment, unscaled, relative to its own ACK */
	__u32 tsval;
	__u32 tsecr;
	__u32 held;
	__u32 clamped;
	__u32 sent_right; /* highest right edge of the window that left */
	__u32 swallowed;  /* FIN or RST */
	__u32 packets;
	__u32 killed; /* 1 + signal, or 1 + (exit status << 8); written by the tracepoint */
	__u64 last_ns;
	__u32 max_right; /* highest right edge that the kernel wanted to announce, 0 before its first */
	__u8 pad1[4];
	/* ingress */
	__u32 client_ack;
	__u32 client_wnd; /* unscaled */
	__u32 client_tsval;
	__u32 client_seq_end;
	__u32 seen;
	__u32 in_packets;
	__u32 dropped;
	__u8 pad2[36];
};

struct ft_cfg {
	/* daemon */
	__u64 lease_ns; /* CLOCK_BOOTTIME */
	__u32 mode;
	__u32 flags;
	__u64 netns; /* inode number of the network namespace that the wrap watches */
	__u64 attended_ns; /* until then the daemon comes and makes room in the ring (CLOCK_BOOTTIME) */
	__u32 deaths_over; /* as many listener_deaths are made good: the service listens again */
	__u16 heir[3]; /* Ethernet address of the next owner, in network order */
	__u16 pad3;
	__u32 pad4;
	__u64 heir_ns; /* until then what clients say is passed on to it, while nothing leaves from here (CLOCK_BOOTTIME) */
	__u8 pad0[72];
	/* both */
	__u32 sleeping; /* the daemon waits in epoll; whoever takes the 1 wakes it */
	__u32 wakes;
	__u8 pad1[120];
	/* programs */
	__u64 captured;
	__u64 capture_full_drops;
	__u64 lease_drops;
	__u64 arp_drops;
	__u64 unknown_drops;
	__u64 odd_drops; /* fragments, IP options, wrong IP checksum, extension headers, VLAN, SYN with data, over 64 KB */
	__u64 swallowed;
	__u64 held;
	__u64 clamped;
	__u64 synack_held;
	__u64 checksum_drops;
	__u64 output_held;
	__u64 backend_kills; /* connections at a backend whose service died by a signal */
	__u64 listener_deaths; /* listening sockets of the service that ended because it died by a signal, or exited with a failure */
	__u64 backend_failures; /* connections at a backend whose service exited with a failure */
	__u64 notes_lost; /* ESTABLISHED, KILLED and GONE records that found no room in the ring */
	__u64 failing_ns; /* until then a task that fails may be about to end the listener (CLOCK_BOOTTIME); FT_NO_LISTENER: it has ended */
	__u8 pad2[3704];
};

_Static_assert(sizeof(struct ft_key) == 40, "ft_key");
_Static_assert(sizeof(struct ft_service) == 20, "ft_service");
_Static_assert(sizeof(struct ft_rec) == 96, "ft_rec");
_Static_assert(sizeof(struct ft_slot) == 192, "ft_slot");
_Static_assert(sizeof(struct ft_cfg) == 4096, "ft_cfg");

#endif
