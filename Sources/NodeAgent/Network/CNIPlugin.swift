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
            "PATH=\(HostProgram.path)",
        ]
        let (status, output) = try HostProgram.run(program, [], environment, input: configuration.bytes())
        let result = try? JSON(parsing: output)
        guard status == 0 else {
            let said = result?["msg"]?.stringValue ?? String(decoding: output.prefix(500), as: UTF8.self)
            let details = result?["details"]?.stringValue ?? ""
            throw CNIError(message: "CNI plugin \"\(type)\" failed: \(said)\(details.isEmpty ? "" : " (\(details))")")
        }
        return result ?? .null
    }
}

struct CNIError: Error, Hashable, Sendable, CustomStringConvertible {
    var message: String
    var description: String { message }
}
