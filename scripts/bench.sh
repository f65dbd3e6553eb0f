#!/usr/bin/env bash
# The benchmarks of docs/benchmarks.md, in release mode: Core's, then how long an agent takes to its first task.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product caravan-bench
swift build -c release --product caravan
swift build -c release --product caravan-shim

.build/release/caravan-bench "$@"

dir=$(mktemp -d)
agent=""
trap '[ -n "$agent" ] && kill "$agent" 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
cat >"$dir/first.nomad.hcl" <<'JOB'
job "first" {
  datacenters = ["dc1"]
  group "g" {
    task "main" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["600"]
      }
    }
  }
}
JOB
port=$((20000 + RANDOM % 9000))
cat >"$dir/agent.hcl" <<CONFIG
ports {
  http = $port
  rpc  = $((port + 1))
}
CONFIG
export NOMAD_ADDR=http://127.0.0.1:$port
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

start=$(milliseconds)
.build/release/caravan agent -dev -config "$dir/agent.hcl" >"$dir/log" 2>&1 &
agent=$!
until .build/release/caravan job run -detach "$dir/first.nomad.hcl" >/dev/null 2>&1; do sleep 0.02; done
submitted=$(milliseconds)
until curl -sf "$NOMAD_ADDR/v1/job/first/allocations" | grep -q '"ClientStatus":"running"'; do sleep 0.02; done
running=$(milliseconds)
echo "start of the dev agent to a job taken in: $((submitted - start)) ms"
echo "start of the dev agent to its first running raw_exec task: $((running - start)) ms"
echo "resident memory of the agent: $(awk '/VmRSS/{print int($2/1024)}' /proc/$agent/status) MiB"
shim=$(pgrep -f "caravan-shim run" | head -1 || true)
[ -n "$shim" ] && echo "proportional memory of a shim: $(awk '/^Pss:/{s+=$2} END{print s}' /proc/"$shim"/smaps) KiB"
