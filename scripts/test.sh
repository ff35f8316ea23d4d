#!/bin/sh
# Runs every test and closes with "N passed, N failed, N skipped".
#
#   test.sh BUILD_FOLDER
#
# The parity tests need PyTorch and transformers: they go into .venv (several
# GB, once). WEFT_PARITY=0 leaves them out, and the closing line counts them as
# skipped.
set -u
build=$1

if [ "${WEFT_PARITY:-1}" != 0 ] && [ ! -e .venv/ready ]; then
    echo "preparing .venv for the parity tests (once)"
    python3 -m venv .venv &&
        .venv/bin/pip install -q --disable-pip-version-check -r tests/parity/requirements.txt &&
        touch .venv/ready ||
        echo "warning: .venv could not be prepared; the parity tests will be skipped" >&2
fi
sh tests/postgres/setup.sh ||
    echo "warning: PostgreSQL could not be had; the tests that need it will be skipped" >&2
if [ ! -e tests/web/node_modules/.package-lock.json ]; then
    (cd tests/web && npm ci --no-audit --no-fund --loglevel=error) || exit 1
fi

# Again, so that a .venv that is new is found.
meson setup --reconfigure "$build" -Dtests=enabled >/dev/null || exit 1
meson compile -C "$build" >/dev/null || { meson compile -C "$build"; exit 1; }
meson test -C "$build" --print-errorlogs
exec sh scripts/count.sh "$build/meson-logs/testlog.json"
