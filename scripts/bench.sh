#!/bin/sh
# Our numbers on this machine, over the demo catalog unless DATA names another
# folder that has been imported and embedded.
#
#   bench.sh BUILD_FOLDER
set -eu
build=$1
data=${DATA:-}

meson compile -C "$build" bench_flat >/dev/null
echo "== exact index: int8 with float32 rerank beside a float32 scan"
"$build/bench/index/bench_flat"

if [ -z "$data" ]; then
    data=$(mktemp -d)
    trap 'rm -rf "$data"' EXIT
    "$build/weft" --data "$data" import kaggle demo >/dev/null
    echo "== weft embed, demo catalog"
    "$build/weft" --data "$data" embed
fi
echo "== text search end to end"
log=$(mktemp)
"$build/weft" --data "$data" serve --listen 127.0.0.1:0 >"$log" &
server=$!
while ! grep -q http "$log"; do sleep 0.1; done
url=$(grep -o 'http://[^ ]*' "$log")
node bench/api/latency.mjs "$url" 1000 1
node bench/api/latency.mjs "$url" 2000 16
kill "$server"
wait "$server" || true
rm -f "$log"
