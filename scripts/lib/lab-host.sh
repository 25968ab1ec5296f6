#!/bin/bash
# PID 1 of a lab host, started by `lab` in new net, mount, uts and pid namespaces: sets the host up, then stays as its init.
# usage: lab-host.sh LAB HOST STATE CONTENT
set -euo pipefail
lab=$1 host=$2 state=$3 content=$4

# /proc is still the machine's: it knows this process by the pid that nsenter needs.
read -r pid _ </proc/self/stat
# Opened now: /run, where it lies, is about to be the host's own.
exec 4>"$state/$host/init"

echo "$host" >/proc/sys/kernel/hostname
mount -t proc proc /proc
# A sysfs shows the net namespace it was mounted in.
mount -t sysfs sysfs /sys
mount -t bpf bpf /sys/fs/bpf

# Bound beside first: what they lie under is hidden below.
mount -t tmpfs -o mode=755 srv /srv
mkdir /srv/www /srv/upload /srv/.run
mount --bind "$content" /srv/www
mount -o remount,bind,ro /srv/www
mount --bind "$state/disk/$host" /srv/upload
mount -t tmpfs -o mode=755 run /srv/.run
mkdir -m 700 /srv/.run/ftcp
mkdir /srv/.run/ftcp/link /srv/.run/lock
mount --bind "$state/link" /srv/.run/ftcp/link
mount --rbind /srv/.run /run

# nginx opens these before it reads its configuration, as the machine's own would.
for directory in /var/log/nginx /var/lib/nginx; do
    [[ -d $directory ]] && mount -t tmpfs -o mode=755 nginx "$directory"
done

sysctl() { [[ ! -e /proc/sys/net/$1 ]] || echo "$2" >"/proc/sys/net/$1"; }
# The virtual address is a /32 on eth0: answered for only where it is, never announced as the source of other traffic.
for conf in all default; do
    sysctl "ipv4/conf/$conf/rp_filter" 0
    sysctl "ipv4/conf/$conf/arp_ignore" 1
    sysctl "ipv4/conf/$conf/arp_announce" 2
    sysctl "ipv6/conf/$conf/accept_dad" 0
    sysctl "ipv6/conf/$conf/accept_ra" 0
    sysctl "ipv6/conf/$conf/disable_ipv6" 0
done
sysctl ipv4/ip_forward 0
# What a new namespace inherits from a tuned machine would make results differ: the kernel's defaults.
# (A namespace may not choose an algorithm that the machine restricts; it keeps the machine's then.)
sysctl ipv4/tcp_congestion_control cubic 2>/dev/null || true
sysctl ipv4/tcp_rmem "4096 131072 6291456"
sysctl ipv4/tcp_wmem "4096 16384 4194304"
sysctl ipv4/ip_local_port_range "1024 65000"
sysctl core/somaxconn 4096
[[ $host != client ]] || sysctl ipv4/tcp_tw_reuse 1
ip link set lo up

echo "$pid" >&4
exec 4>&-

# With SIGCHLD ignored, the kernel reaps every orphan that falls to this process.
trap '' CHLD
cd /
exec -a "ftcp-lab-$lab-$host" sleep infinity
