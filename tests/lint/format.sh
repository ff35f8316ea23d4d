#!/bin/sh
# Fails when a C source is not formatted as .clang-format says (`make fmt`).
#
#   format.sh SOURCE_ROOT
cd "${1:-.}" || exit 2
format=$(command -v clang-format-14 || command -v clang-format) || {
    echo "skipped: clang-format is not installed"
    exit 77
}
files=$(find src tests bench scripts -name '*.[ch]' -not -path '*/node_modules/*')
# shellcheck disable=SC2086
"$format" --dry-run --Werror $files && echo "$(echo "$files" | wc -l) files are formatted"
