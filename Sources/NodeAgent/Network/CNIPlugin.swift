import Base
import Glibc

/// Runs network plugins by the Container Network Interface, version 0.4.0: configuration on standard input,
/// orders in the environment, the result on standard output. All calls block.
struct CNIPlugin: Sendable {
    /// Directories that are looked through in order.
    let path: [String]
    let namespace: NetworkNamespace
    let containerID: String
    let arguments: String

    static let version = "0.4.0"
    private static let outputMax = 1 << 20

    /// Plugins that can't be found.
    func missing(_ types: [String]) -> [String] { types.filter { program($0) == nil } }

    /// Types of the plugins that lie in these directories, in order.
    static func installed(in path: [String]) -> [String] {
        Set(
            path.flatMap { directory in
                ((try? HostPath.names(directory)) ?? []).filter { access(directory + "/" + $0, X_OK) == 0 }
            }
        ).sorted()
    }

    private func program(_ type: String) -> String? {
        path.map { $0 + "/" + type }.first { access($0, X_OK) == 0 }
    }

    /// Runs one plugin with `command` ADD or DEL. Returns its result, null for DEL.
    func run(_ command: String, _ configuration: JSON, interface: String) throws -> JSON {
        let type = configuration["type"]?.stringValue ?? ""
        guard let program = program(type) else {
            throw CNIError(message: "CNI plugin \"\(type)\" is not in \(path.joined(separator: ", "))")
        }
        let environment = [
            "CNI_COMMAND=\(command)", "CNI_CONTAINERID=\(containerID)", "CNI_NETNS=\(namespace.path)",
            "CNI_IFNAME=\(interface)", "CNI_ARGS=\(arguments)", "CNI_PATH=\(path.joined(separator: ":"))",
            "PATH=\(getenv("PATH").map { String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin")",
        ]
        let (status, output) = try spawn(program, environment, input: configuration.bytes())
        let result = try? JSON(parsing: output)
        guard status == 0 else {
            let said = result?["msg"]?.stringValue ?? String(decoding: output.prefix(500), as: UTF8.self)
            let details = result?["details"]?.stringValue ?? ""
            throw CNIError(message: "CNI plugin \"\(type)\" failed: \(said)\(details.isEmpty ? "" : " (\(details))")")
        }
        return result ?? .null
    }

    private static func pipe() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw HostError("make", "a pipe") }
        for fd in ends { _ = fcntl(fd, F_SETFD, FD_CLOEXEC) }
        return ends
    }

    private func spawn(_ program: String, _ environment: [String], input: [UInt8]) throws -> (Int32, [UInt8]) {
        let toChild = try Self.pipe()
        let fromChild: [Int32]
        do { fromChild = try Self.pipe() } catch {
            for fd in toChild { close(fd) }
            throw error
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        let words: [UnsafeMutablePointer<CChar>?] = [strdup(program), nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var child = pid_t()
        let failure = posix_spawn(&child, program, &actions, nil, words, variables)
        close(toChild[0])
        close(fromChild[1])
        defer { close(fromChild[0]) }
        guard failure == 0 else {
            close(toChild[1])
            throw HostError("run", program, number: failure)
        }
        // Configurations are far smaller than a pipe's buffer: this can't block against the child's output.
        _ = input.withUnsafeBytes { write(toChild[1], $0.baseAddress, $0.count) }
        close(toChild[1])
        var output: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while output.count < Self.outputMax {
            let count = read(fromChild[0], &piece, piece.count)
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            output += piece[..<count]
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return (status, output)
    }
}

struct CNIError: Error, Hashable, Sendable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
