#!/bin/sh
# Measures weft's vector index beside FAISS, hnswlib, USearch and Intel SVS, and says which
# goals hold. The peers go into .venv-bench-index (600 MB, once).
#
#   bench-index.sh BUILD_FOLDER [ARGUMENT...]   arguments: see bench/index/bench_index.py
set -eu
build=$1
shift
needs=bench/index/requirements.txt

if ! cmp -s "$needs" .venv-bench-index/ready; then
    echo "preparing .venv-bench-index with the peers (once)"
    [ -x .venv-bench-index/bin/python ] || python3 -m venv .venv-bench-index
    .venv-bench-index/bin/pip install -q --disable-pip-version-check -r "$needs"
    cp "$needs" .venv-bench-index/ready
fi
ninja -C "$build" bench/index/bench_index >/dev/null || ninja -C "$build" bench/index/bench_index
exec .venv-bench-index/bin/python bench/index/bench_index.py "$build" "$@"
