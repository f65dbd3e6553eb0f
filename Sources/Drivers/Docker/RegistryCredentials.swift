internal import Base
internal import Glibc

/// Who pulls an image, from the sources in their order: the job, the docker plugin's `auth` block (a file in the form
/// of `~/.docker/config.json`, then a helper program), nobody.
struct RegistryCredentials: Sendable {
    /// Path of the file; empty for none.
    var file: String
    /// Name of the helper: `docker-credential-<name>`, looked for in `path`; empty for none.
    var helper: String
    var path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"

    /// What helpers call Docker's own registry.
    private static let dockerHub = "https://index.docker.io/v1/"
    private static let fileBytesMax = 1 << 20

    /// For the registry of an image. Throws when a source that was configured can't be used.
    func find(for reference: ImageReference) async throws(DriverError) -> DockerConfig.Auth? {
        let registry = reference.registry
        if !file.isEmpty, let found = try await inFile(registry) { return found }
        if !helper.isEmpty { return try await ask(helper, registry) }
        return nil
    }

    private func inFile(_ registry: String) async throws(DriverError) -> DockerConfig.Auth? {
        let file = file
        return try await driverCall {
            guard let bytes = try await blocking({ try FileTree.read(file, limit: Self.fileBytesMax) }) else {
                throw DriverError(.failed, "auth.config of the docker plugin: there is no file \(file)")
            }
            let tree: JSON
            do { tree = try JSON(parsing: bytes) } catch {
                throw DriverError(.failed, "auth.config of the docker plugin: \(file) is not JSON: \(error)")
            }
            if let helper = tree["credHelpers"]?[registry]?.stringValue ?? tree["credsStore"]?.stringValue,
                !helper.isEmpty, let found = try await ask(helper, registry)
            {
                return found
            }
            return Self.entry(of: registry, in: tree)
        }
    }

    /// Keys may be written with a scheme and a path, as the docker program does it for its own registry.
    static func entry(of registry: String, in tree: JSON) -> DockerConfig.Auth? {
        for (name, entry) in tree["auths"]?.objectValue?.sorted ?? [] where plain(name) == plain(registry) {
            var auth = DockerConfig.Auth(
                username: entry["username"]?.stringValue ?? "", password: entry["password"]?.stringValue ?? "",
                email: entry["email"]?.stringValue ?? "", server: name)
            if let text = entry["auth"]?.stringValue, let bytes = base64Decoded(text) {
                let parts = String(decoding: bytes, as: UTF8.self).split(
                    separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { (auth.username, auth.password) = (String(parts[0]), String(parts[1])) }
            }
            if !auth.username.isEmpty { return auth }
        }
        return nil
    }

    private static func plain(_ registry: String) -> Substring {
        var text = registry[...]
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) { text = text.dropFirst(scheme.count) }
        let host = text.prefix { $0 != "/" }
        return host == "index.docker.io" ? "docker.io" : host
    }

    private func ask(_ helper: String, _ registry: String) async throws(DriverError) -> DockerConfig.Auth? {
        try await driverCall {
            guard !helper.contains("/") else {
                throw DriverError(
                    .failed, "auth.helper of the docker plugin is a name such as \"ecr-login\", not a path")
            }
            let said = try await ShimProcess.output(
                [
                    "/usr/bin/env", "PATH=" + path, "sh", "-c", "printf %s \"$1\" | docker-credential-\"$2\" get", "sh",
                    registry == "docker.io" ? Self.dockerHub : registry, helper,
                ])
            guard let tree = try? JSON(parsing: said), let name = tree["Username"]?.stringValue,
                let secret = tree["Secret"]?.stringValue
            else {
                // The helper's way of saying that it has nothing.
                if said.contains("credentials not found") { return nil }
                throw DriverError(
                    .failed, "docker-credential-\(helper) can't be used for \(registry): \(said.prefix(200))",
                    recoverable: true)
            }
            return DockerConfig.Auth(
                username: name, password: secret, email: "", server: tree["ServerURL"]?.stringValue ?? registry)
        }
    }
}

/// Base 64 with the usual alphabet; nil for anything else.
func base64Decoded(_ text: String) -> [UInt8]? {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    var word: UInt32 = 0
    var bits = 0
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
        guard let value = alphabet.firstIndex(of: byte) else { return nil }
        word = word << 6 | UInt32(value)
        bits += 6
        if bits >= 8 {
            bits -= 8
            out.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
        }
    }
    return out
}
