import AccessControl
import AgentCore
import Base
import NIOCore
import NIOWebSocket

/// One exec over an open websocket.
struct ExecSession: Sendable {
    let context: HTTPAPIContext
    let wish: ExecEndpoint.Wish
    let request: APIRequest

    typealias Inbound = NIOAsyncChannelInboundStream<WebSocketFrame>
    typealias Outbound = NIOAsyncChannelOutboundWriter<WebSocketFrame>

    /// Frames from the client that may wait for the command.
    private static let inputsMax = 64

    /// How long a client may take to close its side once it was told the end. Closing first could take the last
    /// frames away from a client that is still sending.
    static let lingerTime = TimeSpan.seconds(5)

    /// Runs the command to its end and closes the websocket. The connection is closed by the caller.
    func run(_ inbound: Inbound, _ outbound: Outbound) async {
        let (admitted, admission) = AsyncStream.makeStream(of: Void.self)
        let (inputs, continuation) = AsyncThrowingStream.makeStream(
            of: CommandInput.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.inputsMax))
        let site: NodeSite
        do {
            guard !wish.task.isEmpty else { throw APIError.badRequest("must provide task name") }
            site = try await NodeSite.of(
                wish.allocation, APICall(request: request, context: context, rights: .none))
        } catch {
            return await refuse(error, inbound, outbound)
        }
        switch site {
        case .remote(let address):
            // The other agent looks at the token.
            let relay = ExecRelay(context: context, address: address, request: request)
            do { try await relay.run(inbound, outbound) } catch { await tell(error, outbound) }
        case .local(let api):
            await withTaskGroup(of: Bool.self) { group in
                group.addTask {
                    do { try await read(inbound, outbound, continuation, admission) } catch {
                        // The client is gone, or what it sent is no exec.
                        await tell(error, outbound)
                    }
                    return false
                }
                group.addTask {
                    do {
                        if !wish.handshake {
                            try await authorize(request)
                            admission.yield()
                        }
                        try await execute(api, inputs, admitted, outbound)
                    } catch { await tell(error, outbound) }
                    // What still comes is read and dropped.
                    continuation.finish()
                    return true
                }
                if await group.next() == true { await Self.linger(&group) }
                group.cancelAll()
            }
        }
    }

    /// Tells why nothing runs, and lets the client close.
    private func refuse(_ error: any Error, _ inbound: Inbound, _ outbound: Outbound) async {
        await withTaskGroup(of: Bool.self) { group in
            await tell(error, outbound)
            group.addTask {
                do { for try await frame in inbound where frame.opcode == .connectionClose { break } } catch {}
                return false
            }
            await Self.linger(&group)
        }
    }

    /// Waits for the group's other task, but not for ever.
    static func linger(_ group: inout TaskGroup<Bool>) async {
        group.addTask {
            try? await Task.sleep(nanoseconds: UInt64(lingerTime.nanoseconds))
            return false
        }
        _ = await group.next()
        group.cancelAll()
    }

    private func tell(_ error: any Error, _ outbound: Outbound) async {
        if error is CancellationError { return }
        if let error = error as? NodeLocalError, error.code == .cancelled { return }
        let (code, reason) = ExecFrames.closure(error)
        // The client may be gone already; there is nobody left to tell.
        try? await close(code, reason, outbound)
    }

    private func authorize(_ request: APIRequest) async throws {
        _ = try await Gate(context: context).admit(
            .allocation(.allocationExec), request, ["alloc": wish.allocation.text])
    }

    private func execute(
        _ api: any NodeLocalAPI, _ inputs: AsyncThrowingStream<CommandInput, any Error>,
        _ admitted: AsyncStream<Void>, _ outbound: Outbound
    ) async throws {
        // With a handshake the token comes in the first frame: nothing runs before it was looked at.
        var admissions = admitted.makeAsyncIterator()
        guard await admissions.next() != nil else { throw CancellationError() }
        let code = try await api.execute(
            wish.allocation, task: wish.task, command: wish.command,
            terminal: wish.hasTerminal ? TerminalDimensions(rows: 24, columns: 80) : nil, input: inputs
        ) { output in
            try await send(ExecFrames.output(output), outbound)
        }
        try await send(ExecFrames.closedOutput, outbound)
        if !wish.hasTerminal { try await send(ExecFrames.closedError, outbound) }
        try await send(ExecFrames.exited(code), outbound)
        try await close(1000, "", outbound)
    }

    /// Hands the client's frames on. Throws `CancellationError` when the client goes away.
    private func read(
        _ inbound: Inbound, _ outbound: Outbound, _ inputs: AsyncThrowingStream<CommandInput, any Error>.Continuation,
        _ admission: AsyncStream<Void>.Continuation
    ) async throws {
        defer { admission.finish() }
        var needsHandshake = wish.handshake
        var text: [UInt8] = []
        for try await frame in inbound {
            switch frame.opcode {
            case .text, .binary, .continuation:
                text += frame.unmaskedData.readableBytesView
                guard frame.fin else { continue }
                defer { text = [] }
                if needsHandshake {
                    needsHandshake = false
                    var signed = request
                    let token = try JSON(parsing: text)["auth_token"]?.stringValue ?? ""
                    if !token.isEmpty { signed.headers["x-nomad-token"] = token }
                    try await authorize(signed)
                    admission.yield()
                    continue
                }
                guard let input = try ExecFrames.input(text) else { continue }
                // A full queue means that the command doesn't read: wait rather than lose what was typed.
                while case .dropped = inputs.yield(input) { try await Task.sleep(nanoseconds: 10_000_000) }
            case .ping:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
            case .connectionClose: throw CancellationError()
            default: break
            }
        }
        throw CancellationError()
    }

    private func send(_ text: String, _ outbound: Outbound) async throws {
        try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text)))
    }

    private func close(_ code: UInt16, _ reason: String, _ outbound: Outbound) async throws {
        var data = ByteBuffer()
        data.writeInteger(code)
        data.writeString(reason)
        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }
}
