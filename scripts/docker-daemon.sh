#!/usr/bin/env bash
# Starts a Docker daemon of its own under a directory and waits until it answers.
#   docker-daemon.sh DIR        prints the address of its socket; the daemon's pid is in DIR/pid
set -euo pipefail

dir=$1
mkdir -p "$dir"
# containerd's socket path must stay short, so everything lives right below DIR.
setsid dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/pid" \
    -H "unix://$dir/docker.sock" >"$dir/log" 2>&1 </dev/null &

for _ in $(seq 150); do
    if docker -H "unix://$dir/docker.sock" version >/dev/null 2>&1; then
        echo "unix://$dir/docker.sock"
        exit 0
    fi
    sleep 0.2
done
echo "dockerd did not come up; the end of $dir/log:" >&2
tail -5 "$dir/log" >&2
exit 1
