#!/usr/bin/env python3
"""Compiles every header under src/ alone: each must include what it needs.

    headers.py [SOURCE_ROOT] [CC]
"""
import pathlib
import shlex
import subprocess
import sys


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()
    compiler = shlex.split(sys.argv[2] if len(sys.argv) > 2 else "cc")
    flags = ["-std=c17", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
             "-I", str(root / "src"), "-x", "c"]
    failed = 0
    headers = sorted((root / "src").rglob("*.h"))
    for header in headers:
        # From a file of its own: "#pragma once in main file" and the like do not arise.
        source = f'#include "{header.relative_to(root / "src")}"\n'
        done = subprocess.run([*compiler, *flags, "-"], input=source, text=True,
                              capture_output=True, check=False)
        if done.returncode:
            failed += 1
            print(done.stderr)
    print(f"{len(headers) - failed} of {len(headers)} headers compile alone")
    return 1 if failed or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
