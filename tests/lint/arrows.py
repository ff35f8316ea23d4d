#!/usr/bin/env python3
"""Fails when an include under src/ runs against an arrow of docs/architecture.md.

    arrows.py [SOURCE_ROOT]

Also fails on a header of ours that is included without its room's name.
"""
import pathlib
import re
import sys

EVERYTHING = {"base", "tensor", "image", "clip", "index", "catalog", "store", "sync", "search",
              "recommend", "http", "api"}
ARROWS = {
    "base": set(),
    "tensor": set(),
    "image": set(),
    "clip": {"tensor", "image"},
    "index": {"tensor"},
    "catalog": set(),
    "store": {"catalog"},
    "sync": {"clip", "index", "store", "catalog"},
    "search": {"index", "store", "catalog"},
    "recommend": {"index", "store", "catalog"},
    "http": set(),
    "api": {"http", "search", "recommend", "sync", "store", "catalog", "clip"},
    "cli": EVERYTHING,
}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def problems(root):
    for path in sorted((root / "src").rglob("*.[ch]")):
        room = path.relative_to(root / "src").parts[0]
        if room not in ARROWS:
            yield f"{path.relative_to(root)}: room '{room}' is not in the drawing"
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            where = f"{path.relative_to(root)}:{number}"
            target, slash, _ = match.group(1).partition("/")
            if not slash:
                yield f'{where}: write the room: "{room}/{match.group(1)}"'
            elif target != room and target != "base" and target not in ARROWS[room]:
                yield f"{where}: {room} may not include {target}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    found = list(problems(root))
    print("\n".join(found) or "includes follow the arrows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
