# The daemon on a lab host: start, ask, wait for a state. Sourced by `lab`.
# shellcheck shell=bash

ftcpd() {
    local config
    config=$(readlink -e "$2") || fail "$2: no such configuration" "" "for example configs/lab/web.toml"
    init_of "$1" >/dev/null
    echo "$config" >"$STATE/$1/config"
    # Native libraries unpack into the host's /run: after a SIGKILL nothing is left on the machine.
    FTCP_JAVA_OPTS="-Djava.io.tmpdir=/run/ftcp ${FTCP_JAVA_OPTS-}" start "$1" ftcpd -- "$ROOT/scripts/ftcpd" "$config"
}

ctl() {
    local host=$1 config
    init_of "$host" >/dev/null
    shift
    [[ -r $STATE/$host/config ]] && read -r config <"$STATE/$host/config" ||
        fail "no daemon was started on $host" "" "scripts/lab ftcpd $host configs/lab/web.toml"
    enter "$host" "$ROOT/scripts/ftcpctl" --config "$config" "$@"
}

wait_state() {
    local host=$1 want=$2 seconds=${3:-30} state end
    [[ $seconds =~ ^[0-9]+$ ]] || fail "wait: '$seconds' is no number of seconds"
    init_of "$host" >/dev/null
    end=$((SECONDS + seconds))
    while :; do
        state=$( (ctl "$host" status --json) 2>/dev/null | grep -o '"state" *: *"[A-Z_]*"' | head -n 1 | cut -d'"' -f4) || state=
        [[ $state != "$want" ]] || return 0
        if [[ -s $STATE/$host/ftcpd.pid ]] && ! running "$host" ftcpd; then
            fail "the daemon on $host has ended" "$(tail -n 3 "$STATE/$host/log/ftcpd.log")" "scripts/lab log $host ftcpd"
        fi
        ((SECONDS < end)) || fail "$host is not $want after $seconds s" "its state: ${state:-no answer}" "scripts/lab log $host ftcpd"
        sleep 0.2
    done
}
