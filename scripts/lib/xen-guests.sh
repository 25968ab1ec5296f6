# The guests of scripts/xen-lab, and ftcp in them. Sourced by bash, after xen-vm.sh.
# shellcheck shell=bash

XEN_GUEST_SECONDS=180
declare -A XEN_LAST=([service]=11 [standby]=12) XEN_DISK=([service]=/dev/vdb [standby]=/dev/vdc)

check_guest() {
    [[ -n ${XEN_LAST[${1-}]-} ]] || fail "no such guest: '${1-}'" "the guests are service and standby" "scripts/xen-lab --help"
}

# create GUEST...: a guest that exists is destroyed before; all start at once.
create() {
    local guest
    for guest in "$@"; do
        check_guest "$guest"
        forget_host "$guest"
        in_host dom0 "sed 's|NAME|$guest|g; s|DISK|${XEN_DISK[$guest]}|; s|ADDRESS|10.77.0.${XEN_LAST[$guest]}|; s|MAC|00:16:3e:00:00:${XEN_LAST[$guest]}|' \
                /etc/xen-lab/guest.cfg >/run/$guest.cfg; xl destroy $guest 2>/dev/null; xl create -q /run/$guest.cfg" </dev/null ||
            fail "guest $guest was not created" "xl create in dom0 failed, see above" "scripts/xen-lab console"
    done
    for guest in "$@"; do
        until_ok "$XEN_GUEST_SECONDS" answers "$guest" ||
            fail "guest $guest does not answer after $XEN_GUEST_SECONDS s" "it may hang at boot" "scripts/xen-lab console $guest"
    done
}
