# Shared by the scripts of ftcp: messages, packages, the build. Sourced by bash, never run.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
PROGRAM=$(basename "$0")

# Progress goes to stderr, so that stdout carries results only.
say() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }

# fail WHAT [WHY] [FIX]
fail() {
    printf '%s: %s\n' "$PROGRAM" "$1" >&2
    [[ -n ${2-} ]] && printf '  why: %s\n' "$2" >&2
    [[ -n ${3-} ]] && printf '  fix: %s\n' "$3" >&2
    exit 1
}

need_root() {
    [[ $EUID -eq 0 ]] || fail "needs root" "namespaces, eBPF and TCP_REPAIR are privileged" "sudo $0"
}

# Debian starts a service when its package is installed: a stray nginx would hold port 80 of the machine.
without_services() {
    local policy=/usr/sbin/policy-rc.d status=0
    if [[ -e $policy ]]; then
        "$@"
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    "$@" || status=$?
    rm -f "$policy"
    return "$status"
}

apt_install() {
    local log status=0
    command -v apt-get >/dev/null || fail "missing: $*" "this machine has no apt-get to install it with" \
        "install what these Debian packages hold: $*"
    need_root
    log=$(mktemp)
    say "installing $*"
    # The package lists of a fresh image are absent or stale: refreshed once per run, and only when something is missing.
    if [[ -z ${FTCP_APT_UPDATED-} ]]; then
        apt-get -qq update >"$log" 2>&1 || say "apt-get update failed, going on with the lists at hand: $(tail -n 1 "$log")"
        export FTCP_APT_UPDATED=1
    fi
    DEBIAN_FRONTEND=noninteractive without_services \
        apt-get -qq -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "$@" >>"$log" 2>&1 </dev/null || status=$?
    if ((status)); then
        tail -n 15 "$log" >&2
        rm -f "$log"
        fail "apt-get install $* failed (status $status)" "see the lines above" "repair apt, or install them by hand"
    fi
    rm -f "$log"
}

# need PROGRAM PACKAGE [PROGRAM PACKAGE]...: installs the packages of those programs that are missing, in one go.
need() {
    local missing=()
    while (($# >= 2)); do
        [[ $1 == /* && -e $1 ]] || command -v "$1" >/dev/null || missing+=("$2")
        shift 2
    done
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
}

# A program under sbin is not in every root's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
