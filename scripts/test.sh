#!/usr/bin/env bash
# Runs every test: builds once, then Core's tests, then the root package's (with a Docker daemon of their own).
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/packages.sh

step() { printf '\n==> %s\n' "$*"; }

step "Checking the format"
swift format lint --strict -r -p Core/Package.swift Core/Sources Core/Tests Package.swift Sources Tests

step "Building Core and its tests"
swift build --package-path Core --build-tests

step "Building the program and its tests"
swift build --build-tests

step "Testing Core"
swift test --package-path Core --skip-build

step "Testing a thousand random histories, each in two processes"
# In release mode: a fifth of the time, the build included.
swift build --package-path Core -c release --product caravan-sim
Core/.build/release/caravan-sim --seeds "${CARAVAN_SIM_SEEDS:-1000}" --shrink
Core/.build/release/caravan-sim --planted unfenced-log

left=$(mktemp)
trap 'rm -f "$left"' EXIT
scripts/leftovers.sh "$left"

step "Testing the rooms of the program"
swift test --skip-build --skip EndToEndTests

step "Testing the program end to end"
swift test --skip-build --filter EndToEndTests

step "Looking for what the tests left behind"
scripts/leftovers.sh "$left" compare
