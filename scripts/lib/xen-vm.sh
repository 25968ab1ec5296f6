# The machine of scripts/xen-lab: Xen and dom0 in qemu, and the way in. Sourced by bash, after xen-image.sh.
# shellcheck shell=bash

# One lab a machine: two emulated Xens on a few cores would only show how slow they are.
XEN_STATE=/run/ftcp-xen-lab
# Who runs scenarios in it.
XEN_RUN=/run/ftcp-xen-lab.run
XEN_HOSTS=(dom0 service standby)
XEN_BOOT_SECONDS=120

# Without hardware virtualization. Other processors than Nehalem kill dom0 or hang it: features that Xen uses and qemu only half emulates.
XEN_QEMU=(-M pc -accel 'tcg,thread=multi' -cpu 'Nehalem,+rdrand' -smp 2 -m 4096 -nodefaults -nographic -vga none -no-reboot)
XEN_OPTIONS='com1=115200,8n1 console=com1 loglvl=warning guest_loglvl=warning dom0_mem=1280M,max:1280M dom0_max_vcpus=1'
XEN_OPTIONS+=' spec-ctrl=no xpti=no pv-l1tf=no noreboot'
DOM0_OPTIONS='console=hvc0 loglevel=4 mitigations=off root=/dev/vda lab.role=dom0 systemd.hostname=dom0 systemd.show_status=0 clocksource=xen tsc=unstable'

# until_ok SECONDS CMD...: tries until CMD succeeds; false when the time is over.
until_ok() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.3
    done
}

# The pid of the lab's qemu if it lives; a reused pid does not carry its name.
qemu_pid() {
    local pid
    [[ -r $XEN_STATE/qemu.pid ]] && read -r pid <"$XEN_STATE/qemu.pid" || return 1
    grep -aq ftcp-xen-lab "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

need_lab() {
    qemu_pid >/dev/null || fail "the Xen lab is not up" "there is no qemu of it" "scripts/xen-lab up"
}

check_host() {
    [[ " ${XEN_HOSTS[*]} " == *" ${1-} "* ]] || fail "no such host: '${1-}'" "the lab has ${XEN_HOSTS[*]}" "scripts/xen-lab --help"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# One connection per host is kept open, so that a command costs a round trip and no key exchange.
write_ssh_config() {
    local port=$1
    # A copy: an image made anew meanwhile has another key.
    install -m 600 "$IMAGE/key" "$XEN_STATE/key"
    cat >"$XEN_STATE/ssh_config" <<END
Host *
  User root
  IdentityFile $XEN_STATE/key
  IdentitiesOnly yes
  BatchMode yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ConnectTimeout 20
  ServerAliveInterval 10
  ServerAliveCountMax 6
  ControlMaster auto
  ControlPath $XEN_STATE/ssh-%n
  ControlPersist 3600
Host dom0
  HostName 127.0.0.1
  Port $port
Host service
  HostName 10.77.0.11
  ProxyJump dom0
Host standby
  HostName 10.77.0.12
  ProxyJump dom0
END
}

# in_host HOST CMD...: CMD goes through a shell there, as with ssh; its exit status comes back, 255 when the host cannot be reached.
in_host() {
    ssh -F "$XEN_STATE/ssh_config" "$@"
}

# Ends the kept connection to a host that died, so that the next command makes a new one.
forget_host() {
    ssh -F "$XEN_STATE/ssh_config" -O exit "$1" >/dev/null 2>&1 || true
    rm -f "$XEN_STATE/ssh-$1"
}

answers() {
    timeout 30 ssh -F "$XEN_STATE/ssh_config" "$1" test -e /run/xen-lab-ready </dev/null >/dev/null 2>&1
}

dom0_up_or_dead() { answers dom0 || ! qemu_pid >/dev/null; }

boot_dom0() {
    local drives=() port number
    mkdir -p "$XEN_STATE"
    port=$(free_port)
    write_ssh_config "$port"
    for number in 1 2 3; do
        drives+=(-drive "file=$IMAGE/root.sqfs,format=raw,if=virtio,readonly=on,file.locking=off,cache=unsafe")
    done
    # A comma inside an argument of a module is written twice.
    setsid qemu-system-x86_64 -name ftcp-xen-lab "${XEN_QEMU[@]}" -kernel "$IMAGE/xen" -append "$XEN_OPTIONS" \
        -initrd "$IMAGE/vmlinux ${DOM0_OPTIONS//,/,,},$IMAGE/initrd.img" "${drives[@]}" \
        -netdev "user,id=outside,restrict=on,hostfwd=tcp:127.0.0.1:$port-:22" -device virtio-net-pci,netdev=outside,romfile= \
        -chardev "file,id=console,path=$XEN_STATE/console" -serial chardev:console -monitor none \
        </dev/null >"$XEN_STATE/qemu.log" 2>&1 &
    echo $! >"$XEN_STATE/qemu.pid"
    until_ok "$XEN_BOOT_SECONDS" dom0_up_or_dead && answers dom0
}

# vm_up: Xen and dom0 run; a boot that fails is tried once more, for software emulation is not always in time.
vm_up() {
    local try
    build_image
    for try in 1 2; do
        say "booting Xen and dom0"
        ! boot_dom0 || return 0
        say "dom0 did not come up in $XEN_BOOT_SECONDS s (try $try): $(tail -n 1 "$XEN_STATE/qemu.log") $(tail -n 3 "$XEN_STATE/console" | tr -d '\r')"
        vm_down
    done
    fail "dom0 does not come up" "see the lines above"
}

vm_down() {
    local pid host
    for host in "${XEN_HOSTS[@]}"; do
        [[ ! -e $XEN_STATE/ssh-$host ]] || forget_host "$host"
    done
    if pid=$(qemu_pid); then
        kill "$pid"
        until_ok 10 gone "$pid" || kill -KILL "$pid"
    fi
    rm -rf "$XEN_STATE"
}

gone() { [[ ! -e /proc/$1 ]]; }
