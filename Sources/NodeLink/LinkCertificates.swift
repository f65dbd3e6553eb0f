public import NIOCertificateReloading
public import NIOSSL
import Synchronization

/// The certificate that new connections of the link show, once it was read again. The authority stays the one that the
/// agent started with.
public final class LinkCertificates: CertificateReloader, Sendable {
    private let current = Mutex(NIOSSLContextConfigurationOverride.noChanges)

    public init() {}

    public var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride { current.withLock { $0 } }

    /// Reads PEM files. If they can't be used, what was there stays.
    public func replace(certificateFile: String, keyFile: String) throws {
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateFile).map { .certificate($0) }
        override.privateKey = .privateKey(try NIOSSLPrivateKey(file: keyFile, format: .pem))
        current.withLock { $0 = override }
    }
}
