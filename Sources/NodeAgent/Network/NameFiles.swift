import Drivers

/// What tasks in a network of their own find as `/etc/hosts` and `/etc/resolv.conf`.
struct NameFiles: Hashable, Sendable {
    /// The group's address; empty if it has none.
    var address: String
    var hostname: String
    /// Nil: the host's own servers are asked.
    var dns: TaskDNS?

    var hosts: String {
        var lines = [
            "127.0.0.1 localhost", "::1 localhost ip6-localhost ip6-loopback", "fe00::0 ip6-localnet",
            "ff00::0 ip6-mcastprefix", "ff02::1 ip6-allnodes", "ff02::2 ip6-allrouters",
        ]
        if !address.isEmpty, !hostname.isEmpty { lines.append("\(address) \(hostname)") }
        return lines.joined(separator: "\n") + "\n"
    }

    var resolver: String? {
        guard let dns else { return nil }
        var lines = dns.servers.map { "nameserver \($0)" }
        if !dns.searches.isEmpty { lines.append("search " + dns.searches.joined(separator: " ")) }
        if !dns.options.isEmpty { lines.append("options " + dns.options.joined(separator: " ")) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Writes the files into a task's directory; returns how the task mounts them. Blocks.
    func write(in directory: String) throws -> [TaskMount] {
        try HostPath.write(Array(hosts.utf8), to: directory + "/hosts", mode: 0o644)
        var mounts = [TaskMount(hostPath: directory + "/hosts", taskPath: "/etc/hosts")]
        if let resolver {
            try HostPath.write(Array(resolver.utf8), to: directory + "/resolv.conf", mode: 0o644)
            mounts.append(TaskMount(hostPath: directory + "/resolv.conf", taskPath: "/etc/resolv.conf"))
        }
        return mounts
    }
}
