# The image of scripts/xen-lab: Xen, one kernel, one initrd and one root file system for dom0 and both guests. Sourced by bash, after common.sh.
# shellcheck shell=bash

XEN_FILES=$ROOT/scripts/lib/xen
IMAGE=$ROOT/target/xen-lab/image
XEN_SUITE=bookworm XEN_HYPERVISOR=xen-hypervisor-4.17-amd64 XEN_KERNEL=linux-image-amd64

# What a protected host needs, what its service needs, what dom0 needs, and tools to look at things.
XEN_PACKAGES=(
    systemd-sysv kmod procps iproute2 openssh-server busybox-static
    openjdk-17-jre-headless libbpf1 libxengnttab1 libxenevtchn1 libxenstore4
    nginx curl python3
    xen-utils-4.17 xen-utils-common xenstore-utils
    tcpdump strace bpftool iputils-ping netcat-openbsd
)
# What takes seconds at boot where each process costs so much, and is of no use in a guest that lives for minutes. Devices are made by the
# kernel and modules loaded by name, so udev would only rename interfaces.
XEN_MASKED=(
    systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket systemd-udev-trigger.service systemd-udev-settle.service
    modprobe@{configfs,dm_mod,efi_pstore,fuse,loop}.service systemd-random-seed.service systemd-update-utmp.service
    systemd-tmpfiles-setup-dev.service kmod-static-nodes.service systemd-remount-fs.service systemd-sysctl.service systemd-user-sessions.service
    dev-mqueue.mount dev-hugepages.mount sys-kernel-{debug,tracing,config}.mount systemd-ask-password-{console,wall}.path
    systemd-update-utmp-runlevel.service systemd-journal-flush.service systemd-sysusers.service systemd-logind.service
    {apt-daily,apt-daily-upgrade,dpkg-db-backup,e2scrub_all,fstrim,systemd-tmpfiles-clean}.timer e2scrub_reap.service
    getty.target nginx.service xen.service xendomains.service xen-watchdog.service
)
XEN_CONTENT=(1k.bin 16k.bin 1m.bin 16m.bin)

need_xen_tools() {
    need qemu-system-x86_64 qemu-system-x86 mmdebstrap mmdebstrap mksquashfs squashfs-tools cpio cpio ssh openssh-client \
        python3 python3 depmod kmod
}

# The image depends on these, and on nothing else: ftcp is installed into running hosts.
image_digest() {
    (cd "$ROOT/scripts/lib" && sha256sum xen-image.sh content.py xen/{kernel_elf.py,initrd-init,*-up,*.service} ../../configs/lab/nginx.conf) |
        sha256sum | cut -c 1-16
}

# The machine's own Debian sources, which may be a mirror; without any, mmdebstrap's.
debian_sources() {
    local file
    for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
        if [[ -s $file ]] && grep -q "$XEN_SUITE" "$file"; then
            echo "$file"
            return
        fi
    done
}

# build_image: makes $IMAGE unless it is there and made of the same inputs.
build_image() {
    local digest log=$ROOT/target/xen-lab/image.log
    digest=$(image_digest)
    [[ $(cat "$IMAGE/digest" 2>/dev/null) != "$digest" ]] || return 0
    need_root
    mkdir -p "$ROOT/target/xen-lab"
    say "making the image, once (two minutes; log: $log)"
    if ! (make_image "$digest") >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        fail "the image could not be made" "see the lines above; all of it is in $log" "repair what they name and run it again"
    fi
}

make_image() {
    set -euxo pipefail
    work=$(mktemp -d "$ROOT/target/xen-lab/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    local root=$work/root new=$work/image
    mkdir "$new" "$work/debs"
    make_root "$root"
    unpack_kernel "$root"
    make_initrd "$root" "$new/initrd.img"
    configure_root "$root" "$new"
    mksquashfs "$root" "$new/root.sqfs" -noI -noD -noF -noX -no-xattrs -no-progress -quiet \
        -e "$root/usr/share/man" "$root/usr/share/doc" "$root/usr/share/locale" "$root/var/cache" "$root/var/lib/apt"
    echo "$1" >"$new/digest"
    rm -rf "$IMAGE"
    mv "$new" "$IMAGE"
}

# The packages of hypervisor and kernel are only unpacked: their scripts would set up a boot loader and an initrd that nobody needs.
make_root() {
    local sources
    sources=$(debian_sources)
    # shellcheck disable=SC2086 # no file, no argument
    mmdebstrap --variant=minbase --mode=root --include="$(IFS=,; echo "${XEN_PACKAGES[*]}")" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
        --customize-hook="cd '$work/debs' && set -- $XEN_HYPERVISOR $XEN_KERNEL &&
            set -- \"\$1\" \$(APT_CONFIG=\$MMDEBSTRAP_APT_CONFIG apt-cache depends --important \$2 | sed -n 's/.*Depends: //p') &&
            APT_CONFIG=\$MMDEBSTRAP_APT_CONFIG apt-get -o APT::Sandbox::User=root download \"\$@\"" \
        "$XEN_SUITE" "$1" $sources
}

# Xen and kernel go to $new for qemu, the modules that matter to the root.
unpack_kernel() {
    local root=$1 unpacked=$work/unpacked deb modules kinds kind
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$unpacked"
    done
    # Xen is an ELF file for 32 bits, which qemu boots by the multiboot protocol.
    gunzip -c "$unpacked"/boot/xen-4.17-amd64.gz >"$work/image/xen"
    python3 "$XEN_FILES/kernel_elf.py" "$unpacked"/boot/vmlinuz-* "$work/image/vmlinux"
    version=$(basename "$unpacked"/lib/modules/*)
    modules=$unpacked/lib/modules/$version
    kinds=(drivers/xen drivers/block drivers/net/xen-netback drivers/net/xen-netfront.ko drivers/net/tun.ko drivers/net/virtio_net.ko
        drivers/net/net_failover.ko drivers/net/ifb.ko drivers/net/veth.ko drivers/net/dummy.ko drivers/virtio net lib crypto arch/x86/crypto
        fs/squashfs fs/overlayfs)
    mkdir -p "$root/lib/modules/$version/kernel" "$root/boot"
    for kind in "${kinds[@]}"; do
        [[ ! -e $modules/kernel/$kind ]] || (cd "$modules/kernel" && cp -r --parents "$kind" "$root/lib/modules/$version/kernel")
    done
    cp "$modules"/modules.{order,builtin,builtin.modinfo} "$root/lib/modules/$version"
    chroot "$root" depmod "$version"
}

# A busybox and the modules that reach the root file system.
make_initrd() {
    local root=$1 tree=$work/initrd module file
    mkdir -p "$tree"/{bin,dev,proc,sys,image,layer,new,"lib/modules/$version"}
    cp "$root/bin/busybox" "$tree/bin/busybox"
    install -m 755 "$XEN_FILES/initrd-init" "$tree/init"
    for module in virtio_pci virtio_blk xen-blkfront squashfs overlay; do
        chroot "$root" modprobe -S "$version" --show-depends "$module" | awk '$1 == "insmod" { print $2 }'
    done | sort -u | while read -r file; do
        (cd "$(readlink -f "$root/lib")/.." && cp --parents "${file#/}" "$tree")
    done
    cp "$root/lib/modules/$version"/modules.{order,builtin} "$tree/lib/modules/$version"
    depmod -b "$tree" "$version"
    (cd "$tree" && find . | cpio --quiet -o -H newc) >"$2"
}

configure_root() {
    local root=$1 new=$2 unit
    cp "$new/vmlinux" "$new/initrd.img" "$root/boot"
    install -m 755 "$XEN_FILES"/{dom0,guest}-up "$root/usr/local/sbin"
    install -m 644 "$XEN_FILES"/*.service "$root/etc/systemd/system"
    install -m 644 "$ROOT/configs/lab/nginx.conf" "$root/etc/nginx/xen-lab.conf"
    chroot "$root" systemctl mask "${XEN_MASKED[@]}"
    chroot "$root" systemctl enable xen-lab-dom0 xen-lab-guest
    ln -sf /dev/null "$root/etc/systemd/system/serial-getty@hvc0.service"
    echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
    printf '127.0.0.1 localhost\n10.77.0.1 dom0\n10.77.0.11 service\n10.77.0.12 standby\n' >"$root/etc/hosts"
    # As the README has it for guests of a pair.
    printf 'xen-evtchn\nxen-gntdev\nxen-gntalloc\n' >"$root/etc/modules-load.d/ftcp.conf"
    echo 'options xen_gntalloc limit=32768' >"$root/etc/modprobe.d/ftcp.conf"
    # The same content with the same times on both guests, hence the same validators.
    python3 "$ROOT/scripts/lib/content.py" "$root/srv/www" "${XEN_CONTENT[@]}"
    install -d -m 755 -o 33 -g 33 "$root/srv/upload"
    ssh-keygen -q -t ed25519 -N '' -C xen-lab -f "$new/key"
    install -D -m 600 "$new/key.pub" "$root/root/.ssh/authorized_keys"
    # No look-ups of names, no waits: nothing outside answers.
    printf 'UseDNS no\nUsePAM no\nLoginGraceTime 60\nMaxStartups 100\nMaxSessions 100\n' >"$root/etc/ssh/sshd_config.d/xen-lab.conf"
}
