#!/bin/sh
# Runs every fuzz target for some seconds each; a crash fails, and its input
# stays in build-sanitized/.
#
#   fuzz.sh SECONDS
set -u
seconds=$1
. scripts/sanitized.sh

targets=$(sed -n "s/^  '\([a-z_]*\)': .*/fuzz_\1/p" tests/fuzz/meson.build)
# shellcheck disable=SC2086
meson compile -C "$build" $targets || exit 1

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
