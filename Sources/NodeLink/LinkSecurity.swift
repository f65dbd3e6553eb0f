import GRPCNIOTransportHTTP2

/// Certificates for the link; both sides prove themselves.
public struct LinkSecurity: Sendable {
    /// PEM files.
    public var caFile: String
    public var certificateFile: String
    public var keyFile: String
    /// The server's certificate must be for this name (`server.global.nomad`); nil checks the chain only.
    public var serverName: String?
    /// What is shown instead, once the files were read again.
    public var certificates = LinkCertificates()

    public init(caFile: String, certificateFile: String, keyFile: String, serverName: String?) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.serverName = serverName
    }

    var server: HTTP2ServerTransport.Posix.TransportSecurity {
        .mTLS(
            certificateChain: [.file(path: certificateFile, format: .pem)],
            privateKey: .file(path: keyFile, format: .pem)
        ) { tls in
            tls.trustRoots = .certificates([.file(path: caFile, format: .pem)])
            tls.certificateReloader = certificates
        }
    }

    var client: HTTP2ClientTransport.Posix.TransportSecurity {
        .mTLS(
            certificateChain: [.file(path: certificateFile, format: .pem)],
            privateKey: .file(path: keyFile, format: .pem)
        ) { tls in
            tls.trustRoots = .certificates([.file(path: caFile, format: .pem)])
            tls.certificateReloader = certificates
            if serverName == nil { tls.serverCertificateVerification = .noHostnameVerification }
        }
    }
}
