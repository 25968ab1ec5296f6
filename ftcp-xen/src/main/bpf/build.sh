#!/bin/sh
# Compiles the wrap for the BPF target: build.sh OUTPUT. The same sources and compiler give the same bytes wherever they lie.
# -mcpu=v3: atomic exchange; -g: the BTF that CO-RE and libbpf need, with paths relative to this directory.
set -eu
mkdir -p "$(dirname "$1")"
out=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
exec clang -g -O2 -Wall -Werror -target bpf -mcpu=v3 -fdebug-compilation-dir=. \
    -I"/usr/include/$(uname -m)-linux-gnu" -c wrap.bpf.c -o "$out"
