#!/usr/bin/env bash
# Makes the images that the examples name, from busybox-static, where no registry can be asked.
#   docker-images.sh [docker options, such as -H unix:///run/x.sock]
# hashicorp/http-echo takes -listen and -text like the original; fabiolb/fabio listens on 9999 and 9998.
set -euo pipefail

docker=(docker "$@")
box=$(command -v busybox) || { echo "busybox-static is not installed: apt-get install busybox-static" >&2; exit 1; }
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/bin" "$root/tmp" "$root/etc" "$root/var/www"
chmod 1777 "$root/tmp"
cp "$box" "$root/bin/busybox"
for applet in $("$box" --list); do [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"; done
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'nobody:x:65534:65534:nobody:/:/bin/false' >>"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

cat >"$root/bin/http-echo" <<'SH'
#!/bin/sh
# Answers every request with a text, as hashicorp/http-echo does.
listen=:5678 text=hello-world
while [ $# -gt 0 ]; do
    case "$1" in
    -listen) listen=$2; shift 2 ;;
    -listen=*) listen=${1#-listen=}; shift ;;
    -text) text=$2; shift 2 ;;
    -text=*) text=${1#-text=}; shift ;;
    *) echo "http-echo: unknown flag $1" >&2; exit 127 ;;
    esac
done
mkdir -p /var/www
printf '%s\n' "$text" >/var/www/index.html
echo "http-echo: listening on $listen" >&2
exec httpd -f -p "${listen#:}" -h /var/www
SH

cat >"$root/bin/fabio" <<'SH'
#!/bin/sh
# Stands where fabio would: its two ports are open and answer.
mkdir -p /var/www
echo 'fabio' >/var/www/index.html
httpd -p 9998 -h /var/www
exec httpd -f -p 9999 -h /var/www
SH
chmod +x "$root/bin/http-echo" "$root/bin/fabio"

image() { # NAME CHANGE …
    local name=$1; shift
    "${docker[@]}" image inspect "$name" >/dev/null 2>&1 && return
    local changes=()
    for change in "$@"; do changes+=(-c "$change"); done
    tar -C "$root" -c . | "${docker[@]}" import "${changes[@]}" - "$name" >/dev/null
    echo "    made image $name from busybox-static"
}

image busybox:1.35 'CMD ["sh"]'
image hashicorp/http-echo:latest 'ENTRYPOINT ["/bin/http-echo"]'
# What holds the network of a group: it waits for ever, as the original does.
image registry.k8s.io/pause-amd64:3.3 'ENTRYPOINT ["/bin/sleep", "2147483647"]'
image fabiolb/fabio:latest 'ENTRYPOINT ["/bin/fabio"]'
