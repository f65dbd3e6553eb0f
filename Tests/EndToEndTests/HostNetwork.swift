import Foundation
import Synchronization

/// Hosts of their own on one network: network namespaces, tied together by a bridge that lives in a namespace
/// too, so that the machine's own packet filter has no say. The machine itself is on the network as well.
final class HostNetwork {
    /// A host: what runs in it sees one interface, `eth0`.
    struct Host {
        let namespace: String
        let address: String
        /// The end of its cable at the switch.
        let cable: String
        /// A name for a bridge that no other host has: the files of network plugins go by it.
        var bridge: String { "br-\(namespace)" }

        /// The words before a command that make it run on this host. Nothing but the network changes, so that
        /// mounts and cgroups are the machine's.
        var prefix: [String] { ["/usr/bin/nsenter", "--net=/var/run/netns/\(namespace)", "--"] }

        /// Runs a program on this host to its end.
        func run(_ words: String...) throws -> Output {
            try execute(prefix[0], Array(prefix.dropFirst()) + words)
        }
    }

    private let tag: String
    private let number: Int
    private var hosts: [Host] = []
    private var switchName: String { tag + "-sw" }

    /// What the tests need beside root; nil if it is all there.
    static let obstacle: String? = ["/usr/sbin/ip", "/usr/bin/nsenter", "/usr/bin/openssl"].first {
        !FileManager.default.isExecutableFile(atPath: $0)
    }

    init() throws {
        // One that no other run has: its name is taken in one step.
        let free = try (0..<20).lazy.map { _ in Int.random(in: 0..<4000) }.first {
            try execute("/usr/sbin/ip", ["netns", "add", "cve\(String($0, radix: 16))-sw"]).status == 0
        }
        guard let free else { throw Failure("ip netns add fails") }
        number = free
        tag = "cve\(String(number, radix: 16))"
        try ip("-n", switchName, "link", "add", "br0", "type", "bridge")
        try ip("-n", switchName, "link", "set", "br0", "up")
        try ip("link", "add", tag, "type", "veth", "peer", "name", "uplink", "netns", switchName)
        try ip("-n", switchName, "link", "set", "uplink", "master", "br0", "up")
        try ip("addr", "add", address(254) + "/24", "dev", tag)
        try ip("link", "set", tag, "up")
    }

    private func address(_ last: Int) -> String { "10.\(200 + number / 250).\(number % 250).\(last)" }

    func host() throws -> Host {
        let at = hosts.count + 1
        let host = Host(namespace: "\(tag)-\(at)", address: address(at), cable: "port\(at)")
        hosts.append(host)
        try ip("netns", "add", host.namespace)
        try ip(
            "link", "add", "eth0", "netns", host.namespace, "type", "veth", "peer", "name", host.cable, "netns",
            switchName)
        try ip("-n", switchName, "link", "set", host.cable, "master", "br0", "up")
        try ip("-n", host.namespace, "addr", "add", host.address + "/24", "dev", "eth0")
        try ip("-n", host.namespace, "link", "set", "eth0", "up")
        try ip("-n", host.namespace, "link", "set", "lo", "up")
        try ip("-n", host.namespace, "route", "add", "default", "via", address(254))
        return host
    }

    /// Pulls the cable of a host, or plugs it in again.
    func connect(_ host: Host, _ connected: Bool) throws {
        try ip("-n", switchName, "link", "set", host.cable, connected ? "up" : "down")
    }

    /// Deleting the namespaces deletes what is in them. What plugins wrote down about addresses is the machine's.
    func clean() {
        for host in hosts { try? FileManager.default.removeItem(atPath: "/var/run/cni/\(host.bridge)") }
        _ = try? ip("link", "del", tag)
        for name in hosts.map(\.namespace) + [switchName] { _ = try? ip("netns", "del", name) }
    }

    private func ip(_ arguments: String...) throws {
        let output = try execute("/usr/sbin/ip", arguments)
        guard output.status == 0 else { throw Failure("ip \(arguments.joined(separator: " ")): \(output.err)") }
    }
}

/// An authority and the certificates that it gave out, made with openssl.
struct Authority {
    let directory: URL

    init(_ name: String, bench: Workbench) throws {
        directory = bench.directory.appending(path: name)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
            "/CN=\(name)", "-keyout", path("ca-key"), "-out", path("ca"))
    }

    /// One that was made before in the same place.
    init(existing name: String, bench: Workbench) { directory = bench.directory.appending(path: name) }

    private func path(_ name: String) -> String { directory.appending(path: name + ".pem").path() }

    /// The `tls` block of an agent in a role: "server" or "client".
    func block(role: String, authority: Authority? = nil) throws -> String {
        let name = "\(role).global.nomad"
        let extensions = directory.appending(path: "\(role).ext")
        try "subjectAltName=DNS:\(name),DNS:localhost,IP:127.0.0.1".write(
            to: extensions, atomically: true, encoding: .utf8)
        try openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(name)", "-keyout",
            path("\(role)-key"), "-out", path("\(role)-request"))
        try openssl(
            "x509", "-req", "-in", path("\(role)-request"), "-CA", path("ca"), "-CAkey", path("ca-key"),
            "-CAcreateserial", "-days", "2", "-extfile", extensions.path(), "-out", path(role))
        return """
            tls {
              rpc                    = true
              verify_server_hostname = true
              ca_file                = "\((authority ?? self).path("ca"))"
              cert_file              = "\(path(role))"
              key_file               = "\(path("\(role)-key"))"
            }
            """
    }

    private func openssl(_ arguments: String...) throws {
        let output = try execute("/usr/bin/openssl", arguments)
        guard output.status == 0 else { throw Failure("openssl \(arguments.joined(separator: " ")): \(output.err)") }
    }
}
