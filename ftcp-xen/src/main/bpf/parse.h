/* From a frame to a connection and the facts of its segment: IPv4 and IPv6 in one path. */
#ifndef FTCP_PARSE_H
#define FTCP_PARSE_H

#define IP_MF 0x2000
#define IP_OFFSET 0x1fff
#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TS_OPTION 0x0101080a /* NOP NOP kind 8 length 10: how everyone lays it out (RFC 7323, appendix A), but nobody has to */
#define OPTION_NOP 1
#define OPTION_TS 8
#define OPTION_BYTES 40

/* What the programs know of the frame in their hands. */
struct pkt {
	struct ft_rec rec; /* ready to be captured; its key is set first */
	__u32 l3;          /* offset of the IP header */
	__u32 l4;          /* offset of what follows it */
	__u32 l4len;
	__u32 payload; /* offset of the payload */
	__u32 thl;     /* TCP header length */
	__u8 proto;
	__u8 odd; /* its segment can't be found without doubt */
	__u8 tsopt;
};

static __always_inline void map_v4(__u8 *to, const void *addr)
{
	__builtin_memset(to, 0, 10);
	to[10] = to[11] = 0xff;
	__builtin_memcpy(to + 12, addr, 4);
}

static __always_inline __u32 fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

/* Of the header without options: ip_rcv verifies every one, whatever the device says. */
static __always_inline int ip_sum_right(const struct iphdr *ip)
{
	__u32 words[5];
	__builtin_memcpy(words, ip, sizeof(words));
	return fold((__u64)words[0] + words[1] + words[2] + words[3] + words[4]) == 0xffff;
}

static __always_inline int parse_v4(struct __sk_buff *skb, struct pkt *p, int egress)
{
	struct iphdr ip;
	if (bpf_skb_load_bytes(skb, p->l3, &ip, sizeof(ip)))
		return 0;
	map_v4(p->rec.key.vip, egress ? &ip.saddr : &ip.daddr);
	map_v4(p->rec.key.client, egress ? &ip.daddr : &ip.saddr);
	p->proto = ip.protocol;
	if (ip.ihl != 5 || (ip.frag_off & bpf_htons(IP_MF | IP_OFFSET)) || (!egress && !ip_sum_right(&ip)))
		p->odd = 1;
	/* As ip_rcv: the length says where padding begins; 0 stands for more than 64 KB. */
	__u32 have = skb->len - p->l3, total = bpf_ntohs(ip.tot_len);
	if (!total)
		total = have;
	if (total > have || total < sizeof(ip)) {
		p->odd = 1;
		total = sizeof(ip);
	}
	p->l4 = p->l3 + sizeof(ip);
	p->l4len = total - sizeof(ip);
	return 1;
}

static __always_inline int parse_v6(struct __sk_buff *skb, struct pkt *p, int egress)
{
	struct ipv6hdr ip;
	if (bpf_skb_load_bytes(skb, p->l3, &ip, sizeof(ip)))
		return 0;
	__builtin_memcpy(p->rec.key.vip, egress ? &ip.saddr : &ip.daddr, 16);
	__builtin_memcpy(p->rec.key.client, egress ? &ip.daddr : &ip.saddr, 16);
	p->proto = ip.nexthdr;
	switch (ip.nexthdr) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_DSTOPTS:
	case IPPROTO_AH:
	case IPPROTO_MH:
		p->odd = 1;
	}
	__u32 have = skb->len - p->l3 - sizeof(ip), total = bpf_ntohs(ip.payload_len);
	if (!total)
		total = have;
	if (total > have) {
		p->odd = 1;
		total = 0;
	}
	p->l4 = p->l3 + sizeof(ip);
	p->l4len = total;
	return 1;
}

/* Addresses, protocol and lengths. Returns 0 if the frame is not IP. */
static __always_inline int parse_ip(struct __sk_buff *skb, struct pkt *p, int egress)
{
	__u32 proto = skb->protocol;
	p->l3 = ETH_HLEN;
	if (skb->vlan_present)
		p->odd = 1;
	if (proto == bpf_htons(ETH_P_8021Q) || proto == bpf_htons(ETH_P_8021AD)) {
		__u16 inner;
		if (bpf_skb_load_bytes(skb, ETH_HLEN + 2, &inner, 2))
			return 0;
		proto = inner;
		p->l3 = ETH_HLEN + 4;
		p->odd = 1;
	}
	if (proto == bpf_htons(ETH_P_IP))
		return parse_v4(skb, p, egress);
	if (proto == bpf_htons(ETH_P_IPV6))
		return parse_v6(skb, p, egress);
	return 0;
}

/* Timestamps that lie anywhere, as tcp_parse_options finds them. */
static __noinline int find_timestamps(struct __sk_buff *skb, struct pkt *p)
{
	__u8 o[2];
	__u32 ts[2];
	if (!p)
		return 0;
	__u32 at = p->l4 + sizeof(struct tcphdr), end = p->l4 + p->thl;
	for (int i = 0; i < OPTION_BYTES; i++) {
		if (at + 2 > end || bpf_skb_load_bytes(skb, at, o, 2) || !o[0])
			return 0;
		if (o[0] == OPTION_NOP) {
			at++;
			continue;
		}
		if (o[1] < 2 || at + o[1] > end)
			return 0;
		if (o[0] == OPTION_TS && o[1] == 10) {
			if (bpf_skb_load_bytes(skb, at + 2, ts, sizeof(ts)))
				return 0;
			p->rec.tsval = bpf_ntohl(ts[0]);
			p->rec.tsecr = bpf_ntohl(ts[1]);
			p->tsopt = 1;
			return 0;
		}
		at += o[1];
	}
	return 0;
}

/* The segment. Returns 0 if its header makes no sense. */
static __always_inline int parse_tcp(struct __sk_buff *skb, struct pkt *p, int egress)
{
	struct tcphdr t;
	__u32 ts[3];
	if (p->l4len < sizeof(t) || bpf_skb_load_bytes(skb, p->l4, &t, sizeof(t)))
		return 0;
	p->thl = t.doff * 4;
	if (p->thl < sizeof(t) || p->thl > p->l4len)
		return 0;
	p->rec.key.vip_port = egress ? t.source : t.dest;
	p->rec.key.client_port = egress ? t.dest : t.source;
	p->rec.seq = bpf_ntohl(t.seq);
	p->rec.ack = bpf_ntohl(t.ack_seq);
	p->rec.flags = ((__u8 *)&t)[13];
	p->rec.wnd = bpf_ntohs(t.window);
	p->rec.dlen = p->l4len - p->thl;
	p->payload = p->l4 + p->thl;
	if (p->thl >= sizeof(t) + sizeof(ts) && !bpf_skb_load_bytes(skb, p->l4 + sizeof(t), ts, sizeof(ts)) &&
	    ts[0] == bpf_htonl(TS_OPTION)) {
		p->rec.tsval = bpf_ntohl(ts[1]);
		p->rec.tsecr = bpf_ntohl(ts[2]);
		p->tsopt = 1;
	} else if (!egress && p->thl > sizeof(t)) {
		find_timestamps(skb, p);
	}
	if (p->tsopt)
		p->rec.flags |= R_TIMESTAMPS;
	return 1;
}

/* What the service's end of a connection is: E_SERVICE, E_BACKEND, or 0. */
static __always_inline __u32 endpoint(const struct ft_key *key)
{
	struct ft_service s = { .port = key->vip_port };
	__builtin_memcpy(s.addr, key->vip, 16);
	__u32 *is = bpf_map_lookup_elem(&services, &s);
	return is ? *is : 0;
}

static __always_inline int is_service(const struct ft_key *key)
{
	return endpoint(key) == E_SERVICE;
}

/* The connection's slot, whose index and generation go into the record; null if it has none. */
static __always_inline struct ft_slot *find_slot(struct ft_rec *rec)
{
	rec->slot = FT_NO_SLOT;
	__u32 *index = bpf_map_lookup_elem(&conns, &rec->key);
	if (!index)
		return 0;
	__u32 i = *index;
	struct ft_slot *s = bpf_map_lookup_elem(&slots, &i);
	if (!s || !(s->flags & F_LIVE))
		return 0;
	rec->slot = i;
	rec->generation = s->generation;
	return s;
}

#endif
