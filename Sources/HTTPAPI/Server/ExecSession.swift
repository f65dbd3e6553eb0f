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

    /// Runs the command to its end and closes the websocket. The connection is closed by the caller.
    func run(_ inbound: Inbound, _ outbound: Outbound) async {
        do {
            guard !wish.task.isEmpty else { throw APIError.badRequest("must provide task name") }
            let call = APICall(request: request, context: context, rights: .none)
            let api: any NodeLocalAPI
            switch try NodeSite.of(wish.allocation, call) {
            case .local(let own): api = own
            case .remote(let address):
                // The other agent looks at the token.
                try await ExecRelay(context: context, address: address, request: request).run(inbound, outbound)
                return
            }
            if !wish.handshake { try await authorize(request) }
            let code = try await execute(api, inbound, outbound)
            try await send(ExecFrames.closedOutput, outbound)
            if !wish.hasTerminal { try await send(ExecFrames.closedError, outbound) }
            try await send(ExecFrames.exited(code), outbound)
            try await close(1000, "", outbound)
        } catch is CancellationError {
            return
        } catch let error as NodeLocalError where error.code == .cancelled {
            return
        } catch {
            let (code, reason) = ExecFrames.closure(error)
            // The client may be gone already; there is nobody left to tell.
            try? await close(code, reason, outbound)
        }
    }

    private func authorize(_ request: APIRequest) async throws {
        _ = try await Gate(context: context).admit(
            .allocation(.allocationExec), request, ["alloc": wish.allocation.text])
    }

    private func execute(_ api: any NodeLocalAPI, _ inbound: Inbound, _ outbound: Outbound) async throws -> Int {
        let (admitted, admission) = AsyncStream.makeStream(of: Void.self)
        if !wish.handshake { admission.yield() }
        let (inputs, continuation) = AsyncThrowingStream.makeStream(
            of: CommandInput.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(Self.inputsMax))
        let wish = wish
        return try await withThrowingTaskGroup(of: Int?.self) { group in
            group.addTask {
                try await read(inbound, outbound, continuation, admission)
                return nil
            }
            group.addTask {
                // With a handshake the token comes in the first frame: nothing runs before it was looked at.
                var admissions = admitted.makeAsyncIterator()
                guard await admissions.next() != nil else { throw CancellationError() }
                return try await api.execute(
                    wish.allocation, task: wish.task, command: wish.command,
                    terminal: wish.hasTerminal ? TerminalDimensions(rows: 24, columns: 80) : nil, input: inputs
                ) { output in
                    try await send(ExecFrames.output(output), outbound)
                }
            }
            defer { group.cancelAll() }
            while let code = try await group.next() { if let code { return code } }
            throw CancellationError()
        }
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
