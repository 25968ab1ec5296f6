/*
 * The wrap: captures what crosses the interface for the VIP, and holds back what must not be said yet.
 *
 *   client -> ingress: capture, or drop -> TCP of the kernel -> service
 *   client <- egress:  lease, silence, capture, clamp <- TCP of the kernel <- service
 *   the service's socket changes state: who dies?
 *
 * One unit, cut into one header for each idea. Runs on kernels from 6.1: no kfuncs, nothing newer.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "wrap.h"

#include "maps.h"
#include "parse.h"

#include "checksum.h"
#include "capture.h"
#include "clamp.h"

#include "reset.h"
#include "egress.h"
#include "ingress.h"
#include "state.h"

char _license[] SEC("license") = "GPL";
