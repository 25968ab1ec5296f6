#!/bin/sh
# Compiles the wrap for the BPF target. -mcpu=v3: atomic exchange; -g: the BTF that CO-RE and libbpf need.
set -eu
here=$(dirname "$0")
mkdir -p "$(dirname "$1")"
exec clang -g -O2 -Wall -Werror -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 \
    -I"/usr/include/$(uname -m)-linux-gnu" -c "$here/wrap.bpf.c" -o "$1"
