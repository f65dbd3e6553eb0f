internal import Glibc

/// A user of the node, as a process is started under.
struct UserIdentity: Hashable, Sendable {
    var uid: Int
    var gid: Int
    /// All groups of the user, `gid` among them.
    var groups: [Int]
    var home: String

    /// Looks up "name", "uid", and either with ":group". Throws `.startFailed` if it isn't there.
    static func lookUp(_ text: String) async throws -> UserIdentity {
        try await onOwnThread { try lookUpBlocking(text) }
    }

    private static func lookUpBlocking(_ text: String) throws -> UserIdentity {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let name = parts.first ?? ""
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var room = [CChar](repeating: 0, count: 16 << 10)
        if let uid = UInt32(name) {
            getpwuid_r(uid, &entry, &room, room.count, &found)
        } else {
            getpwnam_r(name, &entry, &room, room.count, &found)
        }
        var identity: UserIdentity
        if found != nil {
            var count: Int32 = 64
            var groups = [gid_t](repeating: 0, count: Int(count))
            if getgrouplist(entry.pw_name, entry.pw_gid, &groups, &count) < 0 { count = 64 }
            identity = UserIdentity(
                uid: Int(entry.pw_uid), gid: Int(entry.pw_gid), groups: groups.prefix(Int(count)).map { Int($0) },
                home: String(cString: entry.pw_dir))
        } else if let uid = Int(name) {
            identity = UserIdentity(uid: uid, gid: uid, groups: [uid], home: "/")
        } else {
            throw DriverError(.startFailed, "user \"\(name)\" does not exist on this node")
        }
        if parts.count > 1 {
            identity.gid = try group(parts[1])
            identity.groups = [identity.gid]
        }
        return identity
    }

    private static func group(_ name: String) throws -> Int {
        if let gid = Int(name) { return gid }
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var room = [CChar](repeating: 0, count: 64 << 10)
        getgrnam_r(name, &entry, &room, room.count, &found)
        if found == nil { throw DriverError(.startFailed, "group \"\(name)\" does not exist on this node") }
        return Int(entry.gr_gid)
    }
}
