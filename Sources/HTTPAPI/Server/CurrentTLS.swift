import NIOSSL
import Synchronization

/// The TLS that new connections of the HTTP API get. Connections that are open keep what they have.
public final class CurrentTLS: Sendable {
    private let state: Mutex<(files: ServerTLS, context: NIOSSLContext)>

    /// Reads the files.
    /// - Throws: what is wrong with them, with the name of the file.
    public init(_ files: ServerTLS) throws { state = Mutex((files, try files.context())) }

    /// Reads other files, or the same ones again. If they can't be used, what was there stays.
    public func replace(_ files: ServerTLS) throws {
        let context = try files.context()
        state.withLock { $0 = (files, context) }
    }

    public var files: ServerTLS { state.withLock { $0.files } }
    var context: NIOSSLContext { state.withLock { $0.context } }
}
