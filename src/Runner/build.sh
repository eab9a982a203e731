#!/bin/sh
# Builds the runner for every processor that a compiler is there for, when it is older than its source or its flags.
#
#   build.sh <runner.c> <output folder> <this machine's processor> <flags...>
#
# Exits with 1 when a compiler that can build static programs does not take the source, which is a mistake in it; without such a compiler it does nothing.
set -eu
source=$1 output=$2 own=$3
shift 3
mkdir -p "$output"

for processor in x86_64 aarch64; do
    program=$output/$processor
    compilers=$processor-linux-gnu-gcc
    if [ "$processor" = "$own" ]; then compilers="musl-gcc $compilers cc gcc"; fi
    compiler=
    for one in $compilers; do
        # One that lacks the static C library cannot be used, which is not the source's fault.
        if command -v "$one" >/dev/null && echo 'int main(void) { return 0; }' | "$one" -static -x c -o "$output/probe" - 2>/dev/null; then
            compiler=$one
            break
        fi
    done
    rm -f "$output/probe"
    if [ -z "$compiler" ]; then
        rm -f "$program"
        continue
    fi
    if [ "$program" -nt "$source" ] && [ "$(cat "$program.flags" 2>/dev/null)" = "$compiler $*" ]; then continue; fi
    "$compiler" "$@" -o "$program" "$source" || exit 1
    echo "$compiler $*" >"$program.flags"
done
