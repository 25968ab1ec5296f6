# The daemon on a lab host: start, ask, wait for a state. Sourced by `lab`.
# shellcheck shell=bash

# A host may run several daemons: HOST:NAME is the one that was started as that, HOST the one without a name.
daemon_of() { [[ $1 == *:* ]] && echo "ftcpd-${1#*:}" || echo ftcpd; }

ftcpd() {
    local host=${1%%:*} name config
    name=$(daemon_of "$1")
    config=$(readlink -e "$2") || fail "$2: no such configuration" "" "for example configs/lab/web.toml"
    init_of "$host" >/dev/null
    echo "$config" >"$STATE/$host/$name.config"
    # Native libraries unpack into the host's /run: after a SIGKILL nothing is left on the machine.
    FTCP_JAVA_OPTS="-Djava.io.tmpdir=/run/ftcp ${FTCP_JAVA_OPTS-}" start "$host" "$name" -- "${3-$ROOT/scripts/ftcpd}" "$config"
}

ctl() {
    local host=${1%%:*} name config
    name=$(daemon_of "$1")
    init_of "$host" >/dev/null
    shift
    [[ -r $STATE/$host/$name.config ]] && read -r config <"$STATE/$host/$name.config" ||
        fail "no daemon was started on $host" "" "scripts/lab ftcpd $host configs/lab/web.toml"
    enter "$host" "$ROOT/scripts/ftcpctl" --config "$config" "$@"
}

wait_state() {
    local host=${1%%:*} name want=$2 seconds=${3:-30} state end
    name=$(daemon_of "$1")
    [[ $seconds =~ ^[0-9]+$ ]] || fail "wait: '$seconds' is no number of seconds"
    init_of "$host" >/dev/null
    end=$((SECONDS + seconds))
    while :; do
        # An exit status other than 0 is also how ftcpctl tells that a state is not a good one.
        state=$( { (ctl "$1" status --json) 2>/dev/null || :; } | grep -o '"verdict" *: *"[A-Z_]*"' | head -n 1 | cut -d'"' -f4) || state=
        [[ $state != "$want" ]] || return 0
        if [[ -s $STATE/$host/$name.pid ]] && ! running "$host" "$name"; then
            fail "the daemon $name on $host has ended" "$(tail -n 3 "$STATE/$host/log/$name.log")" "scripts/lab log $host $name"
        fi
        ((SECONDS < end)) || fail "$1 is not $want after $seconds s" "its state: ${state:-no answer}" "scripts/lab log $host $name"
        sleep 0.2
    done
}
