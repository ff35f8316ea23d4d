#!/bin/sh
# Measures weft's encoder beside OpenVINO, ONNX Runtime and torch, and says which goals
# of docs/performance.md hold. The peers go into .venv-bench (several GB, once).
#
#   bench-encoder.sh BUILD_FOLDER [ARGUMENT...]   arguments: see bench/encoder/bench_encoder.py
set -eu
build=$1
shift
needs=bench/encoder/requirements.txt

if ! cmp -s "$needs" .venv-bench/ready; then
    echo "preparing .venv-bench with the peers (once)"
    [ -x .venv-bench/bin/python ] || python3 -m venv .venv-bench
    .venv-bench/bin/pip install -q --disable-pip-version-check -r "$needs"
    cp "$needs" .venv-bench/ready
fi
ninja -C "$build" bench/encoder/bench_encoder bench/encoder/peak >/dev/null ||
    ninja -C "$build" bench/encoder/bench_encoder bench/encoder/peak
exec .venv-bench/bin/python bench/encoder/bench_encoder.py "$build" "$@"
