#!/bin/sh
# Runs what needs a real OpenSearch cluster of three nodes, and closes with
# "N passed, N failed, N skipped".
#
#   test-cluster.sh BUILD_FOLDER
set -u
build=$1
cluster="node tests/cluster/with.mjs"
postgres="sh tests/postgres/with.sh"
passed=0 failed=0 skipped=0

# run NAME COMMAND...: one test; 77 is skipped.
run() {
    name=$1
    shift
    log=$build/meson-logs/cluster-$name.log
    "$@" >"$log" 2>&1
    case $? in
    0) passed=$((passed + 1)) && echo "$name: OK" ;;
    77) skipped=$((skipped + 1)) && echo "$name: SKIP" ;;
    *) failed=$((failed + 1)) && echo "$name: FAIL" && cat "$log" ;;
    esac
}

sh tests/cluster/setup.sh "$build/opensearch" || exit 1
sh tests/postgres/setup.sh
meson setup --reconfigure "$build" -Dtests=enabled >/dev/null || exit 1
meson compile -C "$build" weft tests/contract/test_engine >/dev/null || exit 1

WEFT=$PWD/$build/weft
WEFT_OPENSEARCH=$PWD/$build/opensearch
export WEFT WEFT_OPENSEARCH
run launcher node --test tests/cluster/launcher.test.mjs
run contract $cluster "$build/tests/contract/test_engine" OPENSEARCH
# The API's suites unchanged; but for that of saved index files, which there are none of.
run api $cluster sh -c 'WEFT_TEST_INDEX_ENGINE=$WEFT_TEST_OPENSEARCH node --test --test-concurrency=1 \
    tests/api/search.test.mjs tests/api/products.test.mjs tests/api/security.test.mjs \
    tests/api/serving.test.mjs tests/api/sync.test.mjs tests/api/sets.test.mjs \
    tests/api/backup.test.mjs'
run nodes-die $postgres node --test tests/cluster/engine.test.mjs

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
