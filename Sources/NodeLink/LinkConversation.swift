import AgentCore
import Base
import GRPCCore
import GRPCNIOTransportHTTP2
import Model
import Synchronization

/// The nodes' side of a conversation: calls of all nodes that share a link, on one stream that is opened when there is
/// something to say and stays open.
///
/// A call that was not answered when the stream broke fails, whether the server has taken it or not: its caller holds
/// what it said and says it again.
final class LinkConversation: Sendable {
    private struct Pending {
        var caller: CheckedContinuation<Result<HeartbeatGrant, ServerLinkError>, Never>
        var deadline: ContinuousClock.Instant
    }

    private struct Contents {
        var lastNumber: UInt64 = 0
        /// Asked and not answered yet.
        var pending: [UInt64: Pending] = [:]
        /// Those of them that were not sent yet.
        var unsent: [LinkCall] = []
        /// Whoever waits for something to send.
        var sender: CheckedContinuation<Void, Never>?
        var isClosed = false
    }

    private let contents = Mutex(Contents())
    /// How long a call may take, connecting included.
    private let timeout: Duration
    /// Reported allocations after which a message takes no further call.
    private static let weightMax = 2000
    private static let deadlinePause = Duration.seconds(1)

    init(timeout: Duration) { self.timeout = timeout }

    /// Asks the server and waits for its answer.
    func ask(_ wish: LinkCall.Wish, _ caller: CallerMessage) async throws(ServerLinkError) -> HeartbeatGrant {
        let number = contents.withLock { contents in
            contents.lastNumber += 1
            return contents.lastNumber
        }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                put(LinkCall(number: number, caller: caller, wish: wish), continuation)
            }
        } onCancel: {
            settle(number, .failure(ServerLinkError(.cancelled, "cancelled")))
        }
        return try result.get()
    }

    private func put(
        _ call: LinkCall, _ continuation: CheckedContinuation<Result<HeartbeatGrant, ServerLinkError>, Never>
    ) {
        let deadline = ContinuousClock.now + timeout
        let (refusal, sender) = contents.withLock { contents -> (ServerLinkError?, CheckedContinuation<Void, Never>?) in
            // The cancellation may have come before there was anything to cancel.
            if Task.isCancelled { return (ServerLinkError(.cancelled, "cancelled"), nil) }
            if contents.isClosed { return (Self.closed, nil) }
            contents.pending[call.number] = Pending(caller: continuation, deadline: deadline)
            contents.unsent.append(call)
            return (nil, contents.sender.take())
        }
        if let refusal { continuation.resume(returning: .failure(refusal)) }
        sender?.resume()
    }

    private func settle(_ number: UInt64, _ result: Result<HeartbeatGrant, ServerLinkError>) {
        contents.withLock { $0.pending.removeValue(forKey: number) }?.caller.resume(returning: result)
    }

    /// Fails all calls that are not answered, or those whose time is over.
    private func fail(_ error: ServerLinkError, deadlineBefore now: ContinuousClock.Instant? = nil) {
        let failed = contents.withLock { contents -> [Pending] in
            let late = contents.pending.filter { call in now.map { call.value.deadline < $0 } ?? true }
            for number in late.keys { contents.pending[number] = nil }
            contents.unsent.removeAll { late[$0.number] != nil }
            return Array(late.values)
        }
        for call in failed { call.caller.resume(returning: .failure(error)) }
    }

    /// Takes no more calls. Those that were taken are still sent and answered.
    func close() {
        let sender = contents.withLock { contents in
            contents.isClosed = true
            return contents.sender.take()
        }
        sender?.resume()
    }

    private static let closed = ServerLinkError(.unreachable, "the link to the servers is closed")
}

// MARK: - The stream

extension LinkConversation {
    /// Keeps the conversation up until it is closed or the caller is cancelled.
    func run(over client: GRPCClient<HTTP2ClientTransport.Posix>, options: CallOptions) async {
        await withTaskGroup { group in
            group.addTask { await self.watchDeadlines() }
            while await hasCalls() {
                do {
                    try await hold(client, options)
                    fail(ServerLinkError(.unreachable, "the server ended the conversation"))
                } catch {
                    let error = ServerLinkError(error)
                    // Not the callers were cancelled but the link.
                    fail(error.code == .cancelled ? Self.closed : error)
                }
            }
            close()
            fail(Self.closed)
            group.cancelAll()
        }
    }

    private func hold(_ client: GRPCClient<HTTP2ClientTransport.Posix>, _ options: CallOptions) async throws {
        try await client.bidirectionalStreaming(
            request: StreamingClientRequest { writer in
                while await self.hasCalls() {
                    let calls = self.takeCalls()
                    if !calls.isEmpty { try await writer.write(LinkCalls(calls: calls)) }
                }
            },
            descriptor: LinkMethod.converse, serializer: LinkSerializer<LinkCalls>(),
            deserializer: LinkDeserializer<LinkOutcomes>(), options: options
        ) { response in
            for try await message in response.messages {
                for outcome in message.outcomes { self.settle(outcome.number, outcome.result) }
            }
        }
    }

    /// Waits until there is something to send.
    /// - Returns: false when nothing more will come or the caller was cancelled.
    private func hasCalls() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isReady = contents.withLock { contents -> Bool in
                    if !contents.unsent.isEmpty || contents.isClosed || Task.isCancelled { return true }
                    contents.sender = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            contents.withLock { $0.sender.take() }?.resume()
        }
        return !Task.isCancelled && contents.withLock { !$0.unsent.isEmpty }
    }

    /// What one message carries of the calls that nobody gave up meanwhile.
    private func takeCalls() -> [LinkCall] {
        contents.withLock { contents in
            var (calls, weight, end) = ([LinkCall](), 0, 0)
            while end < contents.unsent.count, weight < Self.weightMax {
                let call = contents.unsent[end]
                end += 1
                guard contents.pending[call.number] != nil else { continue }
                weight += call.weight
                calls.append(call)
            }
            contents.unsent.removeFirst(end)
            return calls
        }
    }

    private func watchDeadlines() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.deadlinePause)
            let error = ServerLinkError(.unreachable, "the server did not answer within \(timeout)")
            fail(error, deadlineBefore: .now)
        }
    }
}
