# A lab of one's own for a script: made by the program it runs, removed at the end, whatever happens. Sourced by bash.
# shellcheck shell=bash

# in_lab KEEP CMD...: runs CMD with FTCP_LAB set; with KEEP non-empty, a failure leaves the logs and says where.
in_lab() {
    KEEP_LOGS=$1 CHILD=
    shift
    export FTCP_LAB=$PROGRAM-$$
    trap leave_lab EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    # In the background, because bash runs no trap while it waits for a command in the foreground.
    "$@" <&0 &
    CHILD=$!
    wait "$CHILD"
}

leave_lab() {
    local status=$? kept='' host
    trap - EXIT
    trap '' PIPE # whoever reads our output may be gone; the lab is removed all the same
    [[ -z $CHILD ]] || kill -TERM "$CHILD" 2>/dev/null || true
    if ((status)) && [[ -n $KEEP_LOGS && -d /run/ftcp-lab/$FTCP_LAB ]]; then
        kept=$(mktemp -d -t "ftcp-$PROGRAM.XXXXXX")
        for host in client a b; do
            cp -r "/run/ftcp-lab/$FTCP_LAB/$host/log" "$kept/$host" 2>/dev/null || continue
            timeout 10 "$ROOT/scripts/lab" ctl "$host" status --json >"$kept/$host/status.json" 2>/dev/null || rm -f "$kept/$host/status.json"
        done
        say "logs kept in $kept" || true
    fi
    "$ROOT/scripts/lab" down || true
    exit "$status"
}
