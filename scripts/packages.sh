#!/usr/bin/env bash
# Installs what Caravan needs from Debian's packages; does nothing when all of it is there.
set -euo pipefail

wanted=(
    libsqlite3-dev              # the journal
    docker.io runc              # the docker and exec drivers
    busybox-static              # images for the demo and the tests
    containernetworking-plugins # bridge networks
    iproute2 iptables           # network namespaces in tests, what Docker and CNI call
    openssl                     # certificates of the node link's tests
    curl make procps util-linux
)

missing=()
for package in "${wanted[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

sudo=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || { echo "run as root once, to install: ${missing[*]}" >&2; exit 1; }
    sudo=sudo
fi
echo "==> Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
# Debian starts Docker when it is installed; the scripts here start their own where it is wanted.
$sudo apt-get update -qq
$sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
