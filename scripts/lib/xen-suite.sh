# The contract of the memory link, run between the two guests. Sourced by bash, after xen-guests.sh.
# shellcheck shell=bash

SUITE_AT=/root/suite
SUITE_PORT=7077 # of LinkSuite.java
SUITE_SECONDS=120

# in_suite GUEST ARGUMENT...: LinkSuite there.
in_suite() {
    in_host "$1" "exec java -XX:+UseSerialGC -cp '$SUITE_AT/classes:$SUITE_AT/test-classes:$SUITE_AT/suite/*' dev.ftcp.xen.xen.LinkSuite ${*:2}" </dev/null
}

copy_suite() {
    tar -C "$ROOT/ftcp-xen/target" --owner=0 --group=0 -cf - classes test-classes suite |
        in_host "$1" "rm -rf $SUITE_AT && mkdir -p $SUITE_AT && tar -C $SUITE_AT -xmf -"
}

# run_suite: a line for each check; status 0 if all hold.
run_suite() {
    local joiner status=0
    build
    [[ -d $ROOT/ftcp-xen/target/suite ]] || fail "no test classes in ftcp-xen/target" "the build has made none" "mvn -DskipTests package"
    in_each copy_suite service standby
    in_suite standby joiner >&2 &
    joiner=$!
    until_ok "$SUITE_SECONDS" in_host standby "ss -tlnH 'sport = :$SUITE_PORT' | grep -q ." </dev/null ||
        fail "the suite does not start on standby after $SUITE_SECONDS s" "see above" "scripts/xen-lab run standby"
    in_suite service owner "10.77.0.${XEN_LAST[standby]}" || status=$?
    in_host standby 'pkill -f dev.ftcp.xen.xen.LinkSuite' </dev/null || true
    wait "$joiner" || true
    return "$status"
}
