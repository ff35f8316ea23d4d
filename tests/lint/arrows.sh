#!/bin/sh
# Fails when an include under src/ runs against an arrow of docs/architecture.md,
# or names a header of ours without its room.
#
#   arrows.sh SOURCE_ROOT
cd "${1:-.}/src" || exit 2

find . -name '*.[ch]' | sort | xargs awk '
BEGIN {
    # room: what it may include besides itself and base
    may["base"] = ""
    may["tensor"] = ""
    may["image"] = ""
    may["clip"] = "tensor image"
    may["index"] = "tensor"
    may["catalog"] = ""
    may["text"] = "catalog"
    may["store"] = "catalog"
    may["engine"] = "store catalog"
    may["sync"] = "clip index engine text store catalog"
    may["search"] = "index engine text store catalog"
    may["recommend"] = "search index engine text store catalog"
    may["http"] = ""
    may["api"] = "http search recommend sync engine text store catalog clip image"
    may["cli"] = "tensor image clip index catalog text store engine sync search recommend http api"
}
function complain(text) {
    print "src/" substr(FILENAME, 3) ":" FNR ": " text
    wrong++
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split(FILENAME, path, "/")
    room = path[2]
    split($0, quoted, "\"")
    target = quoted[2]
    if (!(room in may)) complain("room \"" room "\" is not in the drawing")
    else if (!sub("/.*", "", target)) complain("write the room: \"" room "/" target "\"")
    else if (target != room && target != "base" && index(" " may[room] " ", " " target " ") == 0)
        complain(room " may not include " target)
    seen++
}
END {
    if (!seen) { print "no includes found: wrong folder?"; exit 2 }
    if (!wrong) print seen " includes follow the arrows"
    exit wrong > 0
}'
