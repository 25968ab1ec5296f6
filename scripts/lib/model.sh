#!/bin/bash
# The protocol model (Promela): every state of the right one, and a counterexample for each wrong one. Sourced by `test`, or run by itself.
# shellcheck shell=bash

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    . "$(dirname "$(readlink -f "$0")")/common.sh"
fi

MODEL=$ROOT/ftcp-core/src/test/promela/lease.pml
MODEL_OUT=$ROOT/target/model
# What the checker must refute: a step left out or in the wrong order.
MODEL_WRONG=(
    NO_WAIT_AFTER_CAS TIME_BEFORE_CAS LEASE_TIME_AFTER_READ BEAT_AFTER_READ LOOK_TIME_BEFORE_READ NO_LOOK_AFTER_CAS SILENCE_BEFORE_IT_IS PAIR_BEFORE_LEASE GATE_INCLUSIVE DETACH_WITHOUT_CAS
    HANDOVER_BEFORE_SILENCE SILENT_IS_IDLE OWN_ADDRESS_IS_OWN ACK_BEFORE_PUBLISH DRAIN_BEFORE_CLAMP DRAIN_BEFORE_WAIT OPEN_WITHOUT_CLAIM
)

# model_run NAME SPIN_FLAGS COMPILER_FLAGS CHECKER_FLAGS: the output is in NAME.txt.
model_run() {
    local dir=$MODEL_OUT/$1
    rm -rf "$dir"
    mkdir -p "$dir"
    # shellcheck disable=SC2086
    (cd "$dir" && spin $2 -a "$MODEL" && gcc -O2 -w -DNOREDUCE -DMEMLIM=2400 $3 -o pan pan.c && ./pan $4) >"$MODEL_OUT/$1.txt" 2>&1 ||
        fail "the model checker ended with status $?" "$(tail -n 2 "$MODEL_OUT/$1.txt")" "see $MODEL_OUT/$1.txt"
    rm -rf "$dir"
}

# model_holds NAME PROPERTY: explored to the end, without an error.
model_holds() {
    local out=$MODEL_OUT/$1.txt
    if ! grep -q 'errors: 0$' "$out" || grep -qE 'not completed|too small|out of memory' "$out"; then
        fail "model: violated or not explored to the end: $2" "$(grep -m 1 '^pan:' "$out")" \
            "see $out; cd to a scratch directory, make the run again and print the trail with pan -r"
    fi
    say "model: holds: $2 ($(awk '/states, stored/ { print $1; exit }' "$out") states, depth $(sed -n 's/.*depth reached \([0-9]*\).*/\1/p' "$out"))"
}

# model_refuted NAME: an assertion or a cycle was found.
model_refuted() {
    local depth
    depth=$(sed -n 's/^pan:1: .*at depth \([0-9]*\).*/\1/p' "$MODEL_OUT/$1.txt")
    [[ -n $depth ]] || fail "model: $1 was not refuted" "the checker did not see a mistake that it must see" "see $MODEL_OUT/$1.txt"
    say "model: refuted: $1, in $depth steps"
}

check_model() {
    local safety others=0
    need spin spin gcc gcc /usr/include/stdio.h libc6-dev
    mkdir -p "$MODEL_OUT"
    # The long one has a processor of its own, and 3 GB; meanwhile the others.
    model_run safety "" "-O2 -DSAFETY -DMEMLIM=4096" "-m2000000 -w26" &
    safety=$!
    (check_liveness_and_wrong_ones) || others=$?
    wait "$safety" || exit 1
    model_holds safety "one speaker; no acknowledged byte lost; no stale or detached copy promoted; no copy passed over by a cold start"
    ((others == 0)) || exit "$others"
}

check_liveness_and_wrong_ones() {
    local wrong
    model_run liveness "-DLIVENESS -DLEASE=1" "" "-a -f -m100000 -w22"
    model_holds liveness "a promotable standby beside a dead owner speaks in the end"
    for wrong in "${MODEL_WRONG[@]}"; do
        model_run "$wrong" "-D$wrong" "-O0 -DSAFETY -DBFS" "-w20"
        model_refuted "$wrong"
    done
    model_run DEAF_STANDBY "-DDEAF_STANDBY -DLIVENESS -DLEASE=1" "-O0" "-a -f -m100000 -w20"
    model_refuted DEAF_STANDBY
    # The limit that the model names: it must stay one, or be taken out of the text.
    model_run STOPPED_ORPHAN "-DSTOPPED_ORPHAN" "-O0 -DSAFETY -DBFS" "-w20"
    model_refuted STOPPED_ORPHAN
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    check_model
fi
