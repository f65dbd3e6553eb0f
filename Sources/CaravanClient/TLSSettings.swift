internal import NIOSSL

/// Builds the TLS side of a connection from file names.
enum TLSSettings {
    static func make(_ tls: ClientConfiguration.TLS) throws(ClientError) -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        do {
            if !tls.authorityFile.isEmpty {
                settings.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(tls.authorityFile))
            } else if !tls.authorityDirectory.isEmpty {
                settings.trustRoots = .file(tls.authorityDirectory)
            }
            if !tls.certificateFile.isEmpty || !tls.keyFile.isEmpty {
                guard !tls.certificateFile.isEmpty, !tls.keyFile.isEmpty else {
                    throw ClientError(.configuration, "both client cert and client key must be provided")
                }
                settings.certificateChain = try NIOSSLCertificate.fromPEMFile(tls.certificateFile)
                    .map { .certificate($0) }
                settings.privateKey = .privateKey(try NIOSSLPrivateKey(file: tls.keyFile, format: .pem))
            }
        } catch let error as ClientError {
            throw error
        } catch {
            throw ClientError(
                .configuration, "error reading the TLS files: \(error)",
                advice: "Check -ca-cert, -client-cert and -client-key: they name PEM files.")
        }
        if tls.skipVerify { settings.certificateVerification = .none }
        return settings
    }
}
