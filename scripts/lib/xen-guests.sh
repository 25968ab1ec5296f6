# The guests of scripts/xen-lab, and ftcp in them. Sourced by bash, after xen-vm.sh.
# shellcheck shell=bash

XEN_GUEST_SECONDS=180 XEN_PAIR_SECONDS=300
declare -A XEN_LAST=([service]=11 [standby]=12) XEN_DISK=([service]=/dev/vdb [standby]=/dev/vdc)

check_guest() {
    [[ -n ${XEN_LAST[${1-}]-} ]] || fail "no such guest: '${1-}'" "the guests are service and standby" "scripts/xen-lab --help"
}

# start_guest GUEST: a new domain, in place of the one there is.
start_guest() {
    local guest=$1 last=${XEN_LAST[$1]}
    forget_host "$guest"
    sed "s|NAME|$guest|g; s|DISK|${XEN_DISK[$guest]}|; s|ADDRESS|10.77.0.$last|; s|MAC|00:16:3e:00:00:$last|" "$XEN_FILES/guest.cfg" |
        in_host dom0 "cat >/run/$guest.cfg; xl destroy $guest 2>/dev/null; xl create -q /run/$guest.cfg 2>&1 | grep -v 'tsc mode'; exit \${PIPESTATUS[0]}" ||
        fail "guest $guest was not created" "xl create in dom0 failed, see above" "scripts/xen-lab console"
    until_ok "$XEN_GUEST_SECONDS" answers "$guest" ||
        fail "guest $guest does not answer after $XEN_GUEST_SECONDS s" "it may hang at boot" "scripts/xen-lab console $guest"
}

# in_each FUNCTION GUEST...: for all at once; fails when one does.
in_each() {
    local function=$1 guest job jobs=() failed=0
    shift
    for guest in "$@"; do
        check_guest "$guest"
        "$function" "$guest" &
        jobs+=($!)
    done
    for job in "${jobs[@]}"; do
        wait "$job" || failed=1
    done
    return "$failed"
}

# stage_ftcp: what a package of ftcp would hold, and the laboratory's settings.
stage_ftcp() {
    STAGE=$ROOT/target/xen-lab/stage
    rm -rf "$STAGE"
    mkdir -p "$STAGE"
    "$ROOT/scripts/install" --destdir "$STAGE" 2>&1 | grep -v 'installed; next' >&2 || true
    [[ -x $STAGE/usr/lib/ftcp/ftcpd ]] || fail "ftcp was not installed into $STAGE" "see the lines above" "scripts/install --destdir DIR"
    install -m 644 "$ROOT/configs/lab/xen.toml" "$STAGE/etc/ftcp/web.toml"
    install -D -m 644 "$XEN_FILES/ftcpd.conf" "$STAGE/etc/systemd/system/ftcpd@.service.d/xen-lab.conf"
}

# publish: the package goes to dom0, whose web server the guests get it from, and what dom0 itself runs goes to its place.
publish() {
    tar -C "$STAGE" --owner=0 --group=0 -cf - . | in_host dom0 'cat >/srv/www/ftcp.tar && systemctl start web'
    tar -C "$ROOT" --owner=0 --group=0 -cf - scripts configs | in_host dom0 'mkdir -p /opt/ftcp && tar -C /opt/ftcp -xmf -'
}

# pair_guests: what the README has an administrator do in dom0, once, for guests that may be created anew.
pair_guests() {
    in_host dom0 'install -D /opt/ftcp/scripts/xen-pair /usr/lib/ftcp/xen-pair &&
        install -m 644 /opt/ftcp/configs/ftcp-xen-pair@.service /etc/systemd/system && systemctl daemon-reload &&
        systemctl enable -q ftcp-xen-pair@service:standby && systemctl restart ftcp-xen-pair@service:standby' </dev/null
}

# install_guest GUEST: puts ftcp there and starts it beside the service; anew, if an older one runs.
install_guest() {
    # The connection that is kept open may have been lost on a busy machine.
    until_ok "$XEN_GUEST_SECONDS" answers "$1" || fail "guest $1 does not answer" "it may hang" "scripts/xen-lab console $1"
    in_host "$1" 'set -eo pipefail
        curl -sS --fail http://dom0/ftcp.tar | tar -C / -xmf -
        systemctl daemon-reload
        systemctl enable -q --now web
        systemctl enable -q ftcpd@web
        systemctl restart ftcpd@web' </dev/null >&2 ||
        fail "ftcp does not start on $1" "see above" "scripts/xen-lab run $1 journalctl -u ftcpd@web"
}

settled() {
    in_host "$1" "printf '{\"command\":\"status\"}\n' | timeout 20 nc -N -U /run/ftcp/web.sock | grep -qE '\"verdict\": *\"(PROTECTED|STANDBY)\"'" </dev/null
}

# await_pair: after an installation the daemons start, which takes minutes on emulated processors.
await_pair() {
    local guest
    for guest in "${!XEN_LAST[@]}"; do
        until_ok "$XEN_PAIR_SECONDS" settled "$guest" || fail "$guest is neither PROTECTED nor STANDBY after $XEN_PAIR_SECONDS s" "" "scripts/xen-lab run $guest journalctl -u ftcpd@web"
    done
}
