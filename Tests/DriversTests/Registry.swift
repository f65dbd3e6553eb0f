import Base
import Glibc
import TestHost
import Testing

@testable import Drivers

/// A registry of one image that wants to know who pulls: a shell script for each connection.
struct Registry: Sendable {
    static let user = "porter"
    static let password = "s3:cret"
    let directory: String
    let port: Int
    /// `host:port`, as images and credentials name it.
    var name: String { "127.0.0.1:\(port)" }
    var image: String { name + "/team/box:1" }

    private static let serve = #"""
        # TLS is answered with silence: the daemon then asks in plain words.
        first=$(dd bs=1 count=1 2>/dev/null)
        [ "$first" = G ] || [ "$first" = H ] || exit 0
        read -r method path version
        known=no
        while read -r line; do
            line=${line%"$(printf '\r')"}
            [ -n "$line" ] || break
            [ "$line" = "Authorization: Basic CREDENTIALS" ] && known=yes
        done
        cd DIRECTORY
        answer() { # STATUS TYPE FILE [HEADER]
            printf 'HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %s\r\nConnection: close\r\n' \
                "$1" "$2" "$(stat -c %s "$3")"
            [ -z "${4:-}" ] || printf '%s\r\n' "$4"
            printf '\r\n'
            [ "$first" = H ] || cat "$3"
        }
        if [ $known = no ]; then answer '401 Unauthorized' text/plain none 'WWW-Authenticate: Basic realm="registry"'; exit; fi
        case "$path" in
        /v2/) answer '200 OK' application/json none ;;
        */manifests/*) answer '200 OK' application/vnd.docker.distribution.manifest.v2+json manifest \
            "Docker-Content-Digest: sha256:$(sha256sum manifest | cut -d' ' -f1)" ;;
        */blobs/sha256:*) answer '200 OK' application/octet-stream "${path##*:}" ;;
        *) answer '404 Not Found' text/plain none ;;
        esac
        """#

    private static let build = #"""
        set -e
        cd DIRECTORY
        : >none
        tar=$(sha256sum layer | cut -d' ' -f1)
        gzip -c layer >layer.gz
        printf '{"architecture":"amd64","os":"linux","config":{"Labels":{"from":"registry"}},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' $tar >config
        digest() { sha256sum $1 | cut -d' ' -f1; }
        printf '{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":%d,"digest":"sha256:%s"},"layers":[{"mediaType":"application/vnd.docker.image.rootfs.diff.tar.gzip","size":%d,"digest":"sha256:%s"}]}' \
            $(stat -c %s config) $(digest config) $(stat -c %s layer.gz) $(digest layer.gz) >manifest
        cp config $(digest config)
        cp layer.gz $(digest layer.gz)
        """#

    /// Serves while the body runs. `layer` is an archive with what is in the image.
    static func run(in parent: String, layer: String, _ body: (Registry) async throws -> Void) async throws {
        let registry = Registry(directory: parent + "/registry", port: Loopback.freePort())
        let directory = registry.directory
        let credentials = base64URL(Array("\(user):\(password)".utf8))
        let pid = try await blocking { () -> pid_t in
            try FileTree.make(directory, mode: 0o755)
            try DockerDaemon.command(["/bin/cp", layer, directory + "/layer"])
            try DockerDaemon.command(["/bin/sh", "-c", build.replacing("DIRECTORY", with: directory)])
            let script = serve.replacing("DIRECTORY", with: directory).replacing("CREDENTIALS", with: credentials)
            try FileTree.write(Array(script.utf8), to: directory + "/serve", mode: 0o755)
            return try DockerDaemon.spawn(
                [
                    "/bin/busybox", "nc", "-ll", "-p", "\(registry.port)", "-e", "/bin/sh",
                    directory + "/serve",
                ], log: directory + "/log")
        }
        func end() {
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
        }
        do {
            try await Workshop.eventually("the registry answers") { Loopback.answers(registry.port) }
            try await body(registry)
        } catch {
            end()
            throw error
        }
        end()
    }
}
