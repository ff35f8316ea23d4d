#!/bin/sh
# Prints "N passed, N failed, N skipped" from a meson test log (one JSON object a
# line), names what failed or was skipped, and fails when a test did.
#
#   count.sh TESTLOG.json
exec awk '
function field(name,    at) {
    at = index($0, "\"" name "\": \"")
    if (!at) return ""
    rest = substr($0, at + length(name) + 5)
    return substr(rest, 1, index(rest, "\"") - 1)
}
{
    result = field("result")
    if (result == "OK" || result == "EXPECTEDFAIL") passed++
    else if (result == "SKIP") { skipped++; print "skipped: " field("name") }
    else { failed++; print "failed: " field("name") " (" result ")" }
}
END {
    printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0 || passed == 0
}' "$1"
