#!/bin/sh
# Runs every fuzz target for some seconds each; a crash fails, and its input
# stays in build-fuzz/.
#
#   fuzz.sh SECONDS
set -u
seconds=$1
build=build-fuzz
clang=$(command -v clang-14 || command -v clang) || { echo "clang is needed" >&2; exit 2; }

if [ ! -e "$build/build.ninja" ]; then
    CC=$clang meson setup "$build" --buildtype=debugoptimized -Db_lundef=false \
        -Db_sanitize=address,undefined -Dfuzz=enabled -Dtests=disabled || exit 1
fi
meson compile -C "$build" || exit 1

passed=0 failed=0
for target in "$build"/tests/fuzz/fuzz_*; do
    [ -f "$target" ] && [ -x "$target" ] || continue
    name=$(basename "$target")
    corpus=$build/corpus/$name
    mkdir -p "$corpus"
    seeds=tests/fuzz/seeds/$name
    [ -d "$seeds" ] || seeds=""
    echo "fuzzing $name for $seconds s"
    if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -verbosity=0 \
        -print_final_stats=1 -artifact_prefix="$build/$name-" "$corpus" $seeds; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
