#!/bin/sh
# Builds with a sanitizer and runs the C tests under it.
#
#   sanitize.sh address,undefined|thread
set -eu
sanitizer=$1
build=build-$(echo "$sanitizer" | tr ',' '-')

[ "$sanitizer" != address,undefined ] || . scripts/sanitized.sh
if [ ! -e "$build/build.ninja" ]; then
    meson setup "$build" --buildtype=debugoptimized -Db_sanitize="$sanitizer" -Db_lundef=false \
        -Dtests=enabled
fi
meson compile -C "$build"
# XGBoost's threads wait for each other by means of OpenMP that ThreadSanitizer cannot see.
[ "$sanitizer" != thread ] || export OMP_NUM_THREADS=1
ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
    meson test -C "$build" --print-errorlogs --timeout-multiplier 4 \
    --suite unit --suite contract --suite recall || true
exec sh scripts/count.sh "$build/meson-logs/testlog.json"
