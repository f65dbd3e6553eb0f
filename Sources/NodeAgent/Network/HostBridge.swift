import Glibc

/// What mode "bridge" makes on the host beside each group's own: the bridge, and a chain of the packet filter. Both go
/// with the last group that needs them. All calls block.
struct HostBridge: Sendable {
    let name: String

    /// Written on the bridge, so that one that an operator made is left alone, by the next agent too.
    private static let alias = "made by caravan"
    private static let lockTries = 30
    private static let lockPauseMicroseconds: UInt32 = 100_000
    private static let forwardChain = "CNI-FORWARD"
    /// How the firewall plugin leads to the administrators' chain.
    private static let jump = [
        "-m", "comment", "--comment", "CNI firewall plugin admin overrides", "-j", GroupNetwork.adminChain,
    ]
    private static let jumpText =
        "-A \(forwardChain) -m comment --comment \"CNI firewall plugin admin overrides\" -j \(GroupNetwork.adminChain)"

    /// Does what adds or removes a group, while nobody takes the bridge away: agents of one host share it.
    func using<T>(_ body: () throws -> T) throws -> T {
        let lock = try Lock()
        defer { lock.release() }
        guard lock.take(LOCK_SH) else { throw HostError("lock", Lock.path) }
        let wasThere = isThere
        defer {
            // Without the program the bridge just stays.
            if !wasThere, isThere {
                _ = try? HostProgram.output("ip", ["link", "set", "dev", name, "alias", Self.alias])
            }
        }
        return try body()
    }

    /// Takes away what no group on this host needs any more. While others come and go all the time nothing happens:
    /// who goes last looks too.
    func tidy() throws {
        let lock = try Lock()
        defer { lock.release() }
        var tries = Self.lockTries
        while !lock.take(LOCK_EX | LOCK_NB) {
            tries -= 1
            if tries == 0 { return }
            usleep(Self.lockPauseMicroseconds)
        }
        if let said = try? HostProgram.output("ip", ["link", "show", "dev", name]), said.contains(Self.alias),
            try HostProgram.output("ip", ["link", "show", "master", name]).isEmpty
        {
            try HostProgram.output("ip", ["link", "del", name])
        }
        // Rules of groups stand beside the jump; rules in the chain are the operator's.
        guard let forward = try? rules(Self.forwardChain), forward.allSatisfy({ $0 == Self.jumpText }),
            let own = try? rules(GroupNetwork.adminChain), own.isEmpty
        else { return }
        for _ in forward { try filter(["-D", Self.forwardChain] + Self.jump) }
        try filter(["-X", GroupNetwork.adminChain])
    }

    private var isThere: Bool { if_nametoindex(name) != 0 }

    private func rules(_ chain: String) throws -> [String] {
        try filter(["-S", chain]).split(separator: "\n").map(String.init).filter { $0.hasPrefix("-A ") }
    }

    @discardableResult private func filter(_ words: [String]) throws -> String {
        try HostProgram.output("iptables", ["-w"] + words)
    }

    /// A lock that agents of one machine share, on the directory where the plugins keep the addresses they gave out.
    private struct Lock {
        static let path = GroupNetwork.dataDirectory
        private let fd: Int32

        init() throws {
            try HostPath.makeDirectories(Self.path)
            fd = open(Self.path, O_RDONLY | O_CLOEXEC)
            if fd < 0 { throw HostError("open", Self.path) }
        }

        func take(_ kind: Int32) -> Bool {
            while flock(fd, kind) != 0 { if errno != EINTR { return false } }
            return true
        }

        func release() { close(fd) }
    }
}
