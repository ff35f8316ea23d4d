#!/bin/sh
# Installs what weft needs from Debian's packages, or says what is missing.
#
#   setup.sh run    to build and serve
#   setup.sh test   also what the tests use
#   setup.sh cluster   also what `make test-cluster` uses
#
# Does nothing, quickly, when everything is there already.
set -eu

run_packages="gcc libc6-dev make meson ninja-build pkg-config
    libcurl4-openssl-dev libjansson-dev libjpeg62-turbo-dev libmicrohttpd-dev libpng-dev libpq-dev libsqlite3-dev
    libssl-dev libstemmer-dev libutf8proc-dev libwebp-dev libxgboost-dev libxxhash-dev libzip-dev"
test_packages="chromium clang-14 clang-format-14 libclang-rt-14-dev libcmocka-dev python3 python3-venv"
cluster_packages="maven"

case "${1:-run}" in
run) packages=$run_packages ;;
test) packages="$run_packages $test_packages" ;;
cluster) packages="$run_packages $test_packages $cluster_packages" ;;
*) echo "usage: setup.sh run|test|cluster" >&2; exit 2 ;;
esac

# Any Node from 18 on will do; Debian's is taken where there is none.
node_major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
if [ "${node_major:-0}" -lt 18 ] || ! command -v npm >/dev/null; then
    packages="$packages nodejs npm"
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    # Not Debian: the build checks for each library by name, so only say it.
    if [ ! -e build/build.ninja ]; then
        echo "This is not a Debian system: please install the counterparts of these packages:" >&2
        echo "$packages" | tr -s ' \n' '  ' >&2
        echo >&2
    fi
    exit 0
fi

missing=""
for package in $packages; do
    status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null; then
    as_root="sudo"
else
    echo "Please install as root: apt-get install$missing" >&2
    exit 1
fi
echo "installing:$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
