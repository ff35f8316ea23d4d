# Sourced by sanitize.sh and fuzz.sh, which share one build: clang, with AddressSanitizer and
# UndefinedBehaviorSanitizer. Sets $build.
build=build-sanitized
if [ ! -e "$build/build.ninja" ]; then
    clang=$(command -v clang-14 || command -v clang) || { echo "clang is needed" >&2; exit 2; }
    CC=$clang meson setup "$build" --buildtype=debugoptimized -Db_lundef=false \
        -Db_sanitize=address,undefined -Dfuzz=enabled -Dtests=enabled || exit 1
fi
