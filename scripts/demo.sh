#!/usr/bin/env bash
# Shows Caravan at work: an agent, the docs job, a container that answers on port 5678. Ctrl-C cleans up.
set -euo pipefail
cd "$(dirname "$0")/.."

caravan=${CARAVAN:-$PWD/.build/release/caravan}
dir=$(mktemp -d /tmp/caravan-demo.XXXX)
agent="" daemon="" bridge=""

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }

clean() {
    trap - EXIT INT TERM
    say "Cleaning up"
    if [ -n "$agent" ]; then
        "$caravan" job stop -detach -purge -yes docs >/dev/null 2>&1 || true
        for _ in $(seq 50); do
            [ -z "$(docker ps -q --filter label=com.hashicorp.nomad.alloc_id 2>/dev/null)" ] && break
            sleep 0.2
        done
        kill "$agent" 2>/dev/null || true
        wait "$agent" 2>/dev/null || true
    fi
    if [ -n "$daemon" ] && [ -e "$dir/docker/pid" ]; then
        kill "$(cat "$dir/docker/pid")" 2>/dev/null || true
        for _ in $(seq 100); do [ -e "$dir/docker/pid" ] || break; sleep 0.1; done
        # A daemon leaves its bridge and its rules behind; they are ours if no bridge was there before.
        if [ -z "$bridge" ]; then
            ip link delete docker0 2>/dev/null || true
            iptables-save 2>/dev/null | grep -viE 'docker|172\.17\.' | iptables-restore 2>/dev/null || true
        fi
    fi
    awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l 2>/dev/null || true
    rm -rf "$dir"
    echo "Nothing is left behind."
}
trap clean EXIT
trap 'exit 130' INT TERM

if [ "$(id -u)" != 0 ]; then
    echo "The demo starts a Docker daemon and containers, which needs root: sudo make demo" >&2
    exit 1
fi

if docker version >/dev/null 2>&1; then
    say "Docker is running"
else
    say "Starting a Docker daemon"
    [ -e /sys/class/net/docker0 ] && bridge=yes
    daemon=yes
    DOCKER_HOST=$(scripts/docker-daemon.sh "$dir/docker")
    export DOCKER_HOST
fi

if ! docker image inspect hashicorp/http-echo >/dev/null 2>&1; then
    say "Looking for the image hashicorp/http-echo"
    if timeout 20 docker pull -q hashicorp/http-echo 2>/dev/null; then :; else
        echo "    no registry answers"
        scripts/docker-images.sh
    fi
fi

say "Starting the agent: caravan agent -dev"
"$caravan" agent -dev >"$dir/agent.log" 2>&1 &
agent=$!
for n in $(seq 150); do
    curl -sf "${NOMAD_ADDR:-http://127.0.0.1:4646}/v1/nodes" 2>/dev/null | grep -q '"Status":"ready"' && break
    kill -0 "$agent" 2>/dev/null || { echo "the agent ended:"; tail -5 "$dir/agent.log"; exit 1; }
    [ "$n" = 150 ] && { echo "the agent did not become ready:"; tail -5 "$dir/agent.log"; exit 1; }
    sleep 0.2
done
echo "    ready; its log is in $dir/agent.log"

say "Running the job: caravan job run examples/docs.nomad.hcl"
"$caravan" job run examples/docs.nomad.hcl

say "Asking the container: curl http://127.0.0.1:5678"
for n in $(seq 50); do
    answer=$(curl -sf http://127.0.0.1:5678 2>/dev/null) && break
    [ "$n" = 50 ] && { echo "nothing answers on port 5678"; exit 1; }
    sleep 0.2
done
echo "    $answer"

say "caravan job status docs"
"$caravan" job status docs

say "caravan alloc status"
"$caravan" alloc status "$(curl -sf http://127.0.0.1:4646/v1/job/docs/allocations | grep -o '"ID":"[0-9a-f-]*"' | head -1 | cut -d'"' -f4)"

say "It works"
cat <<TEXT
    HTTP API   http://127.0.0.1:4646/v1/jobs
    Web page   http://127.0.0.1:4646/ui/
    The job    http://127.0.0.1:5678
    Try        $caravan job run examples/fabio.nomad.hcl
               $caravan node status
TEXT
if [ -t 0 ]; then
    echo "    Ctrl-C stops everything and cleans up."
    wait "$agent"
fi
