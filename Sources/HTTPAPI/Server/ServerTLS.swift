public import NIOSSL

/// The files that make the HTTP API speak TLS.
public struct ServerTLS: Sendable {
    /// PEM file of the authorities whose clients are let in.
    public var authorityFile: String
    /// PEM files of the agent's own certificate, with its chain, and its key.
    public var certificateFile: String
    public var keyFile: String
    /// Clients without a certificate of the authority are refused.
    public var verifiesClients: Bool

    public init(authorityFile: String, certificateFile: String, keyFile: String, verifiesClients: Bool = false) {
        (self.authorityFile, self.certificateFile) = (authorityFile, certificateFile)
        (self.keyFile, self.verifiesClients) = (keyFile, verifiesClients)
    }

    /// Reads the files.
    /// - Throws: what is wrong with them, with the name of the file.
    func context() throws -> NIOSSLContext {
        func reading<Value>(_ file: String, _ read: () throws -> Value) throws -> Value {
            do {
                return try read()
            } catch {
                throw ServerTLSError(file: file, cause: "\(error)")
            }
        }
        let chain = try reading(certificateFile) { try NIOSSLCertificate.fromPEMFile(certificateFile) }
        let key = try reading(keyFile) { try NIOSSLPrivateKey(file: keyFile, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        if verifiesClients {
            let authorities = try reading(authorityFile) { try NIOSSLCertificate.fromPEMFile(authorityFile) }
            configuration.trustRoots = .certificates(authorities)
            // Who a client is, its certificate says; from where it comes does not matter.
            configuration.certificateVerification = .noHostnameVerification
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

extension ServerTLS {
    /// For requests to other agents, which have certificates of the same authority. Agents are known by addresses,
    /// and certificates name roles, so names are not compared.
    public func clientConfiguration() throws -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorityFile))
        settings.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
        settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
        settings.certificateVerification = .noHostnameVerification
        return settings
    }

    func clientContext() throws -> NIOSSLContext { try NIOSSLContext(configuration: clientConfiguration()) }
}

/// A TLS file that can't be used.
public struct ServerTLSError: Error, CustomStringConvertible {
    public var file: String
    public var cause: String
    public var description: String {
        "the TLS file \(file) can't be used: \(cause); check ca_file, cert_file and key_file in the tls block"
    }
}
