import HTTPAPI
import Logging
import NodeLink

/// What a running agent takes over from its configuration files when it reads them again: the log level, and the
/// certificates of the HTTP API and of the node link.
struct ConfigurationReload: Sendable {
    /// The command line that the agent was started with.
    let read: @Sendable () throws -> AgentConfiguration
    let log: AgentLog
    let logger: Logger
    /// Whether the agent started with TLS on its HTTP API and its link: that can't change while it runs.
    let started: AgentConfiguration.TLS
    let web: CurrentTLS?
    let forwarding: ForwardingClient
    let link: LinkCertificates?

    /// Reads everything again.
    /// - Throws: what is wrong with the new configuration, which then changes nothing.
    func perform() throws {
        let configuration: AgentConfiguration
        do {
            configuration = try read()
            let faults = configuration.faults
            guard faults.isEmpty else { throw CommandFailure(faults.joined(separator: "; ")) }
            try replaceCertificates(configuration.tls)
        } catch {
            let reason = (error as? CommandFailure)?.message ?? "\(error)"
            logger.error("the new configuration can't be used; the old one stays", metadata: ["error": "\(reason)"])
            throw CommandFailure("the new configuration can't be used; the old one stays: \(reason)")
        }
        log.setThreshold(AgentLog.Level(configured: configuration.logLevel) ?? .level(.info))
        if configuration.tls.http != started.http || configuration.tls.rpc != started.rpc {
            logger.warning("turning TLS on or off needs a restart of the agent")
        }
        if configuration.tls.rpc, started.rpc, configuration.tls.caFile != started.caFile {
            logger.warning("another authority for the node link needs a restart of the agent")
        }
        logger.info("configuration reloaded", metadata: ["log_level": "\(configuration.logLevel)"])
    }

    /// The files of the link first: if they can't be used, neither can those of the HTTP API, which are the same.
    private func replaceCertificates(_ tls: AgentConfiguration.TLS) throws {
        if let link, tls.rpc { try link.replace(certificateFile: tls.certFile, keyFile: tls.keyFile) }
        if let web, tls.http {
            let files = ServerTLS(tls)
            try forwarding.replace(files)
            try web.replace(files)
        }
    }
}

extension ServerTLS {
    init(_ tls: AgentConfiguration.TLS) {
        self.init(
            authorityFile: tls.caFile, certificateFile: tls.certFile, keyFile: tls.keyFile,
            verifiesClients: tls.verifyHTTPSClient)
    }
}
