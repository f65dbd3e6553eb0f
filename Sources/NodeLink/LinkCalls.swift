import AgentCore
import Base
import Model

/// What nodes say in their conversation with the server, one message after another on a stream that stays open: a call
/// of its own would make and close a stream for every heartbeat and every report.
///
/// Node → server: some calls. They are numbered, and answered in any order.
struct LinkCalls: LinkMessage {
    var calls: [LinkCall]

    func write(to writer: inout BinaryWriter) { writer.write(calls) }
    init(from reader: inout BinaryReader) throws { calls = try reader.list() }
    init(calls: [LinkCall]) { self.calls = calls }
}

/// Server → node: the outcomes of some calls.
struct LinkOutcomes: LinkMessage {
    var outcomes: [LinkOutcome]

    func write(to writer: inout BinaryWriter) { writer.write(outcomes) }
    init(from reader: inout BinaryReader) throws { outcomes = try reader.list() }
    init(outcomes: [LinkOutcome]) { self.outcomes = outcomes }
}

/// One call of a conversation.
struct LinkCall: BinaryForm, Sendable {
    /// What the caller wants of the server.
    enum Wish: Sendable {
        case heartbeat
        case report([AllocationUpdate])
    }

    /// Names the call in its conversation.
    var number: UInt64
    var caller: CallerMessage
    var wish: Wish

    /// Allocations that are reported.
    var weight: Int {
        if case .report(let updates) = wish { updates.count } else { 0 }
    }

    func write(to writer: inout BinaryWriter) {
        writer.write(number)
        caller.write(to: &writer)
        if case .report(let updates) = wish {
            writer.write(true)
            writer.write(updates)
        } else {
            writer.write(false)
        }
    }

    init(from reader: inout BinaryReader) throws(BinaryError) {
        number = try reader.uint64()
        caller = try CallerMessage(from: &reader)
        wish = try reader.bool() ? .report(try reader.list()) : .heartbeat
    }

    init(number: UInt64, caller: CallerMessage, wish: Wish) {
        (self.number, self.caller, self.wish) = (number, caller, wish)
    }
}

/// What became of a call: everything that it said is durable, or an error.
struct LinkOutcome: BinaryForm, Sendable {
    var number: UInt64
    /// The grant says nothing after a report.
    var result: Result<HeartbeatGrant, ServerLinkError>

    /// What a server may answer.
    private static let codes: [ServerLinkError.Code] = [.unreachable, .unknownNode, .refused, .cancelled]

    func write(to writer: inout BinaryWriter) {
        writer.write(number)
        switch result {
        case .success(let grant):
            writer.write(true)
            writer.write(grant.ttl)
            writer.write(grant.httpAddresses)
        case .failure(let error):
            writer.write(false)
            writer.write(error.code.name)
            writer.write(error.message)
        }
    }

    init(from reader: inout BinaryReader) throws(BinaryError) {
        number = try reader.uint64()
        if try reader.bool() {
            result = .success(HeartbeatGrant(ttl: try reader.value(), httpAddresses: try reader.list()))
        } else {
            let name = try reader.string()
            let code = Self.codes.first { $0.name == name }
            result = .failure(ServerLinkError(code ?? .unreachable, try reader.string()))
        }
    }

    init(number: UInt64, result: Result<HeartbeatGrant, ServerLinkError>) {
        (self.number, self.result) = (number, result)
    }
}
