#!/usr/bin/env bash
# What runs and tests may leave behind on a machine: `leftovers.sh FILE` writes it down, `leftovers.sh FILE compare`
# says what has come since and fails when there is anything.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

list() {
    local cgroups=/sys/fs/cgroup temporary=${TMPDIR:-/tmp}
    find /tmp "$temporary" -maxdepth 1 -name 'caravan-*' -printf 'file %p\n' | sort -u
    awk '$2 ~ /\/caravan-/ { print "mount " $2 }' /proc/self/mounts
    ip -o link 2>/dev/null | awk -F': ' '$2 ~ /^(caravan|cvd|cvh|nomad)/ { print "interface " $2 }' || true
    find /run/netns -maxdepth 1 -name 'caravan*' -printf 'namespace %p\n' 2>/dev/null || true
    find "$cgroups" -maxdepth 2 -type d -name 'caravan-*' -printf 'cgroup %p\n' 2>/dev/null || true
    { iptables-save; iptables-save -t nat; } 2>/dev/null | grep -E 'CARAVAN|CNI-(DN|SN)-|-j CNI-[0-9a-f]{8}' || true
    pgrep -af '/tmp/caravan-' | sed 's/^/process /' || true
}

case ${2:-} in
compare)
    # Processes that were just ended may take a moment to go.
    for _ in {1..20}; do
        new=$(comm -13 "$1" <(list | sort -u))
        [ -n "$new" ] || exit 0
        sleep 0.5
    done
    printf 'left behind:\n%s\n' "$new" >&2
    exit 1
    ;;
*) list | sort -u >"$1" ;;
esac
