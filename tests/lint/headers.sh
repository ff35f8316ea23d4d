#!/bin/sh
# Compiles every header under src/ alone: each must include what it needs. *_impl.h are
# sources that are compiled several times over, not headers.
#
#   headers.sh SOURCE_ROOT [CC]
cd "${1:-.}/src" || exit 2
compiler=${2:-cc}
libraries=$(pkg-config --cflags libpq 2>/dev/null || true)
failed=0 count=0
for header in */*.h; do
    case $header in *_impl.h) continue ;; esac
    count=$((count + 1))
    echo "#include \"$header\"" |
        $compiler -std=c17 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I. $libraries -x c - ||
        failed=$((failed + 1))
done
echo "$((count - failed)) of $count headers compile alone"
[ "$failed" -eq 0 ] && [ "$count" -gt 0 ]
