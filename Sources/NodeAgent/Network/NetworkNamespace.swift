import Glibc

/// A network namespace with a name in `/var/run/netns`, where `ip netns` finds it too. All calls block.
struct NetworkNamespace: Hashable, Sendable {
    static let directory = "/var/run/netns"
    let name: String
    var path: String { Self.directory + "/" + name }

    private static let newNetwork: Int32 = 0x4000_0000

    /// Makes it, unless it is there already. With `source`, the name is given to that namespace
    /// (`/proc/<pid>/ns/net`) instead of a new one.
    func create(naming source: String? = nil) throws {
        if isThere { return }
        try HostPath.makeDirectories(Self.directory)
        let fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o444)
        guard fd >= 0 else { throw HostError("create", path) }
        close(fd)
        do {
            if let source {
                guard mount(source, path, "none", UInt(MS_BIND), nil) == 0 else { throw HostError("mount", path) }
            } else {
                try Self.bindNewNamespace(to: path)
            }
        } catch {
            unlink(path)
            throw error
        }
    }

    /// The thread goes into a new namespace, gives it a name, and comes back.
    private static func bindNewNamespace(to path: String) throws {
        let home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard home >= 0 else { throw HostError("open", "/proc/thread-self/ns/net") }
        defer { close(home) }
        let calls = try NamespaceCalls()
        guard calls.unshare(newNetwork) == 0 else { throw HostError("make network namespace", path) }
        let result = mount("/proc/thread-self/ns/net", path, "none", UInt(MS_BIND), nil)
        let failure = HostError("mount", path)
        // A thread that can't come back would run other work in the wrong network: nothing could be trusted.
        precondition(calls.setns(home, newNetwork) == 0, "can't return to the host's network namespace")
        if result != 0 { throw failure }
    }

    /// Whether the name stands for a namespace (after a restart of the machine only the file may be left).
    var isThere: Bool {
        var file = stat()
        var directory = stat()
        guard stat(path, &file) == 0, stat(Self.directory, &directory) == 0 else { return false }
        return file.st_dev != directory.st_dev
    }

    /// Removes it. The kernel drops it once nobody lives in it. What isn't there is no error.
    func remove() throws {
        if umount2(path, Int32(MNT_DETACH)) != 0, errno != EINVAL, errno != ENOENT { throw HostError("umount", path) }
        if unlink(path) != 0, errno != ENOENT { throw HostError("remove", path) }
    }
}

/// Two calls of the C library that its Swift module leaves out, because they are GNU's.
private struct NamespaceCalls {
    let unshare: @convention(c) (Int32) -> Int32
    let setns: @convention(c) (Int32, Int32) -> Int32

    init() throws {
        guard let unshare = dlsym(nil, "unshare"), let setns = dlsym(nil, "setns") else {
            throw HostError("find unshare and setns in", "the C library", number: ENOSYS)
        }
        self.unshare = unsafeBitCast(unshare, to: (@convention(c) (Int32) -> Int32).self)
        self.setns = unsafeBitCast(setns, to: (@convention(c) (Int32, Int32) -> Int32).self)
    }
}
