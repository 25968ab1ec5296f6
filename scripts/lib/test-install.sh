# Installs below a directory, uses what is there, and removes it again. Sourced by bash, after common.sh.
# shellcheck shell=bash

test_install() (
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    wrong() { fail "scripts/install: $1" "$2" "look at it: scripts/install --destdir DIR"; }
    "$ROOT/scripts/install" --destdir "$dir"
    for program in ftcpd ftcpctl; do
        version=$("$dir/usr/bin/$program" --version) || wrong "the installed $program does not start" "status $?"
        [[ -n $version ]] || wrong "the installed $program has no version" "it printed nothing"
    done
    cp "$dir/etc/ftcp/web.toml.sample" "$dir/etc/ftcp/web.toml"
    for config in "$dir/etc/ftcp/web.toml" "$ROOT/configs/lab/web.toml"; do
        for host in a b; do
            "$dir/usr/bin/ftcpd" --check --host="$host" "$config" >/dev/null || wrong "ftcpd --check $config says no" "status $?"
        done
    done
    # What the unit starts must be what is installed.
    while read -r program; do
        [[ -x $dir$program ]] || wrong "the unit starts $program" "it is not installed there"
    done < <(sed -n 's/^ExecStart[A-Za-z]*=\([^ ]*\).*/\1/p' "$dir/etc/systemd/system/ftcpd@.service")
    echo '<!-- changed -->' >>"$dir/etc/ftcp/logback.xml"
    "$ROOT/scripts/install" --destdir "$dir" 2>/dev/null
    grep -q changed "$dir/etc/ftcp/logback.xml" || wrong "the administrator's logback.xml is gone" "the second installation overwrote it"
    "$ROOT/scripts/install" --destdir "$dir" --uninstall 2>/dev/null
    left=$(cd "$dir" && find . ! -type d | sort | tr '\n' ' ')
    [[ $left == './etc/ftcp/logback.xml ./etc/ftcp/web.toml ' ]] || wrong "--uninstall leaves or takes too much" "left: $left"
)
