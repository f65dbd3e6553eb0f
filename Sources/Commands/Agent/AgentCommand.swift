import Base
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Starts an agent and runs it until it is told to stop.
enum AgentCommand {
    static func run(_ invocation: Invocation) async throws -> Int32 {
        let console = invocation.console
        guard invocation.arguments.isEmpty else { throw UsageFailure("This command takes no arguments") }
        // A reload reads the same command line again.
        let read: @Sendable () throws -> AgentConfiguration = {
            do { return try AgentConfiguration(invocation) } catch let error as ConfigurationError {
                throw CommandFailure("\(error)")
            }
        }
        var configuration: AgentConfiguration
        do {
            configuration = try AgentConfiguration(invocation)
        } catch let error as ConfigurationError {
            throw CommandFailure("==> \(error)")
        }
        let faults = configuration.faults
        guard faults.isEmpty else { throw CommandFailure(faults.map { "==> \($0)" }.joined(separator: "\n")) }

        let temporary = try placeState(&configuration)
        defer { if let temporary { try? FileManager.default.removeItem(atPath: temporary) } }
        let log = try AgentLog(
            threshold: AgentLog.Level(configured: configuration.logLevel) ?? .level(.info),
            asJSON: configuration.logJSON, file: configuration.logFile, now: AgentClock.now)
        let runtime: AgentRuntime
        do {
            runtime = try await AgentRuntime(configuration: configuration, log: log, read: read)
        } catch {
            throw CommandFailure("==> Error starting agent: \(error)")
        }
        for line in AgentBanner.lines(configuration, addresses: runtime.addresses) { console.line(line) }
        console.flush()
        let logger = log.logger("agent")
        for name in configuration.keptBlocks.keys.sorted() {
            logger.warning(
                "this part of the configuration is read and not acted on yet", metadata: ["option": "\(name)"])
        }
        let reload = runtime.reload
        let signals = SignalService(logger: logger) {
            // Beside the log, so that whoever sent the signal from a terminal sees it there.
            console.line("==> Reloading configuration...")
            console.flush()
            // What is wrong is in the log.
            try? reload.perform()
        }
        do {
            try await ServiceGroup(
                configuration: .init(
                    services: (runtime.services + [signals]).map {
                        // Gracefully also after a failure: listeners end only so.
                        .init(
                            service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .gracefullyShutdownGroup)
                    },
                    logger: log.logger("agent.lifecycle"))
            ).run()
        } catch {
            throw CommandFailure("==> The agent stopped: \(error)")
        }
        return 0
    }

    /// Gives a development agent a temporary directory; returns it, to be removed at the end.
    private static func placeState(_ configuration: inout AgentConfiguration) throws -> String? {
        guard configuration.dataDir.isEmpty else {
            try FileManager.default.createDirectory(atPath: configuration.dataDir, withIntermediateDirectories: true)
            return nil
        }
        let base = FileManager.default.temporaryDirectory.path()
        let directory =
            (base.hasSuffix("/") ? base : base + "/") + "caravan-dev-\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        configuration.dataDir = directory
        return directory
    }
}

/// The clock of an agent: the machine's, but never backwards within the process.
enum AgentClock {
    static let now: @Sendable () -> Instant = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// What the agent prints before its log.
enum AgentBanner {
    static func lines(_ configuration: AgentConfiguration, addresses: AgentAddresses) -> [String] {
        let loaded =
            configuration.files.isEmpty
            ? ["==> No configuration files loaded"]
            : ["==> Loaded configuration from \(configuration.files.joined(separator: ", "))"]
        var rows = [
            ("Advertise Addrs", "HTTP: \(addresses.advertisedHTTP)"),
            ("Bind Addrs", "HTTP: \(addresses.http.map(\.text))"),
            ("Client", "\(configuration.client.enabled)"),
            ("Data Dir", configuration.dataDir + (configuration.devMode ? " (temporary)" : "")),
            ("Log Level", configuration.logLevel),
            ("Region", "\(configuration.region) (DC: \(configuration.datacenter))"),
            ("Server", "\(configuration.server.enabled)"),
            ("Version", Program.version),
        ]
        if configuration.server.enabled {
            rows[0].1 += "; RPC: \(addresses.advertisedRPC)"
            rows[1].1 += "; RPC: \(addresses.rpc.text)"
        }
        let width = rows.map(\.0.count).max() ?? 0
        return loaded + ["==> Starting Caravan agent...", "==> Caravan agent configuration:", ""]
            + rows.map { String(repeating: " ", count: width - $0.0.count + 7) + "\($0.0): \($0.1)" }
            + ["", "==> Caravan agent started! Log data will stream in below:", ""]
    }
}
