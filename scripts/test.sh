#!/usr/bin/env bash
# Runs the built tests, one at a time. What failed is said once more at the end, shortly: a log of eight
# thousand lines is read from there, and some services keep no more than that.
set -euo pipefail
cd "$(dirname "$0")/.."
log=${BUILD:-.build}/tests.log
if swift test --skip-build --no-parallel "$@" 2>&1 | tee "$log"; then exit 0; fi
echo
echo "Failed (the whole log: $log):"
grep -aE '✘ .*recorded an issue|Fatal error|exited with' "$log" | cut -c1-400 | head -20 || true
exit 1
