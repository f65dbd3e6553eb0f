public import Base
internal import Synchronization

/// Runs Java programs as exec tasks: the same root, namespaces and limits, with the node's `java`.
public final class JavaDriver: ShimDriver {
    public let name = "java"
    public var capabilities: DriverCapabilities { driver.capabilities }
    public var host: ShimHost { driver.host }
    private let driver: ExecDriver
    /// What the node's Java said of itself; asking starts a whole virtual machine.
    private let version = Mutex<JavaVersion?>(nil)

    public init(settings: JavaSettings, environment: DriverEnvironment) {
        driver = ExecDriver(name: "java", settings: settings.isolation, environment: environment) {
            (config) throws(DriverError) in
            let config = try JavaConfig(config)
            return config.command(Self.findJava() ?? "java")
        }
    }

    private static func findJava() -> String? {
        ["/usr/local/bin/java", "/usr/bin/java", "/bin/java"].first(where: FileTree.isExecutable)
    }

    public func validate(config: JSON) throws(DriverError) { _ = try JavaConfig(config) }

    public func fingerprint() async -> DriverFingerprint {
        guard let java = Self.findJava() else { return .undetected("java is not installed") }
        let version: JavaVersion
        do {
            version = try await ask(java)
        } catch {
            return .undetected("\(java) can't be used: \(error)")
        }
        var found = await driver.fingerprint()
        if !found.detected { return found }
        found.attributes["driver.java.version"] = version.version
        found.attributes["driver.java.runtime"] = version.runtime
        found.attributes["driver.java.vm"] = version.machine
        return found
    }

    private func ask(_ java: String) async throws -> JavaVersion {
        if let known = version.withLock({ $0 }) { return known }
        let text = try await ShimProcess.output([java, "-version"])
        guard let found = JavaVersion(text) else {
            throw DriverError(.unavailable, "-version says nothing useful: \(text.prefix(200))")
        }
        version.withLock { $0 = found }
        return found
    }

    public func start(_ task: TaskStart) async throws(DriverError) -> StartedTask { try await driver.start(task) }
}

/// What `java -version` says, in three lines.
struct JavaVersion: Hashable, Sendable {
    var version: String
    var runtime: String
    var machine: String

    init?(_ text: String) {
        // Lines such as "Picked up JAVA_TOOL_OPTIONS: …" may stand before.
        let lines = text.split(separator: "\n").map(String.init)
        guard let first = lines.firstIndex(where: { $0.contains(" version \"") }) else { return nil }
        version = lines[first].split(separator: "\"", omittingEmptySubsequences: false)[1].description
        runtime = lines.count > first + 1 ? lines[first + 1] : ""
        machine = lines.count > first + 2 ? lines[first + 2] : ""
    }
}
