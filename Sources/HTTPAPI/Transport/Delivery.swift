import Synchronization

extension Dispatcher {
    /// Gives an answer to an output.
    ///
    /// The head of a streamed answer waits for the first piece: what goes wrong before becomes an error answer
    /// with its status. What goes wrong later is thrown, and the connection should be cut.
    public func deliver(_ response: APIResponse, to output: any ResponseOutput) async throws {
        switch response.body {
        case .empty: try await deliver([], head: response, to: output)
        case .bytes(let bytes): try await deliver(bytes, head: response, to: output)
        case .document(let write), .stream(let write):
            let sink = LateHeadSink(head: response, output: output)
            do {
                try await write(sink)
            } catch {
                guard !sink.hasBegun else { throw error }
                let failure = finish(render(error))
                return try await deliver(failure, to: output)
            }
            try await sink.beginIfNeeded()
            try await output.end()
        }
    }

    private func deliver(_ bytes: [UInt8], head: APIResponse, to output: any ResponseOutput) async throws {
        var head = head
        if head.contentTypeFromContent { head.set("Content-Type", ContentSniffing.contentType(of: bytes)) }
        // 204 and 1xx have no body and say no length.
        if head.status != 204 { head.set("Content-Length", String(bytes.count)) }
        try await output.begin(status: head.status, headers: head.headers)
        if !bytes.isEmpty { try await output.write(bytes) }
        try await output.end()
    }
}

/// Sends the head with the first piece.
private final class LateHeadSink: BodySink {
    private let head: APIResponse
    private let output: any ResponseOutput
    private let begun = Atomic(false)

    init(head: APIResponse, output: any ResponseOutput) {
        self.head = head
        self.output = output
    }

    var hasBegun: Bool { begun.load(ordering: .acquiring) }

    func write(_ bytes: [UInt8]) async throws {
        try await begin(with: bytes)
        if !bytes.isEmpty { try await output.write(bytes) }
    }

    func beginIfNeeded() async throws { try await begin(with: []) }

    private func begin(with first: [UInt8]) async throws {
        guard !begun.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var head = head
        if head.contentTypeFromContent { head.set("Content-Type", ContentSniffing.contentType(of: first)) }
        try await output.begin(status: head.status, headers: head.headers)
    }
}
