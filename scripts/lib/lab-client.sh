# Further clients in the lab, and bad links. Sourced by `lab`.
# shellcheck shell=bash

# Names of clients, one a line; the first has the address 21.
CLIENTS=$STATE/clients
FIRST_CLIENT=21
MOST_CLIENTS=79

load_clients() {
    local name n=$FIRST_CLIENT
    [[ -r $CLIENTS ]] || return 0
    while read -r name; do
        HOSTS+=("$name")
        ADDRESS[$name]=$((n++))
    done <"$CLIENTS"
}

add_clients() {
    local name
    [[ -d $STATE/client ]] || init_of client
    for name; do
        # An interface's name has at most 15 characters, and starts with link-.
        [[ $name =~ ^[a-z0-9][a-z0-9-]{0,9}$ ]] || fail "client: '$name' is no name" "at most 10 of a-z, 0-9 and -"
        [[ -z ${ADDRESS[$name]-} ]] || fail "there is a host '$name' already"
        ((${#HOSTS[@]} < MOST_CLIENTS)) || fail "too many clients" "at most $MOST_CLIENTS hosts"
        echo "$name" >>"$CLIENTS"
        HOSTS+=("$name")
        ADDRESS[$name]=$((FIRST_CLIENT + ${#HOSTS[@]} - 4))
        boot "$name"
    done
}

# In the foreground, until stdin ends.
bad_link() {
    local host=$1
    shift
    init_of "$host" >/dev/null
    need python3 python3 ethtool ethtool
    ip -n "$NET" link del "wire-$host" 2>/dev/null || true
    ip -n "$NET" link add "wire-$host" type veth peer name "link-$host"
    # Packets as they are on a wire: no longer than the MTU, and with their checksums.
    ip netns exec "$NET" ethtool -K "port-$host" tx off tso off gso off >/dev/null
    ip netns exec "$NET" ethtool -K "wire-$host" tx off tso off gso off >/dev/null
    (enter "$host" ethtool -K eth0 tx off tso off gso off >/dev/null)
    ip -n "$NET" link set "port-$host" nomaster
    ip -n "$NET" link set "wire-$host" master bridge up
    ip -n "$NET" link set "link-$host" up
    exec ip netns exec "$NET" python3 "$ROOT/scripts/lib/link.py" "port-$host" "link-$host" "$@"
}
