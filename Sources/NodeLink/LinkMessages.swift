import AgentCore
import Base
import GRPCCore
import Model
import State

/// A message of the link: its bytes are written and read by Core's binary coder, so there is no generated
/// code to keep. The first byte is the version of this conversation.
protocol LinkMessage: Sendable {
    func write(to writer: inout BinaryWriter) throws
    init(from reader: inout BinaryReader) throws
}

enum LinkVersion {
    static let current: UInt8 = 4

    static func check(_ reader: inout BinaryReader) throws {
        let version = try reader.uint64()
        guard version == UInt64(current) else {
            throw RPCError(
                code: .failedPrecondition,
                message: "the other side speaks version \(version) of the node link, this one \(current); "
                    + "use the same release on both")
        }
    }
}

struct LinkSerializer<Message: LinkMessage>: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: Message) throws -> Bytes {
        var writer = BinaryWriter()
        writer.write(UInt64(LinkVersion.current))
        try message.write(to: &writer)
        return Bytes(writer.bytes)
    }
}

struct LinkDeserializer<Message: LinkMessage>: MessageDeserializer {
    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> Message {
        var reader = BinaryReader(serializedMessageBytes.withUnsafeBytes { Array($0) })
        try LinkVersion.check(&reader)
        return try Message(from: &reader)
    }
}

/// The form of what nodes are told, which shares the bytes of jobs between nodes.
struct DesiredSerializer: MessageSerializer {
    let jobs: LinkJobCache

    func serialize<Bytes: GRPCContiguousBytes>(_ message: DesiredMessage) throws -> Bytes {
        var writer = BinaryWriter()
        writer.write(UInt64(LinkVersion.current))
        try message.write(to: &writer, jobs)
        return Bytes(writer.bytes)
    }
}

struct DesiredDeserializer: MessageDeserializer {
    let jobs: LinkJobCache

    func deserialize<Bytes: GRPCContiguousBytes>(_ serializedMessageBytes: Bytes) throws -> DesiredMessage {
        var reader = BinaryReader(serializedMessageBytes.withUnsafeBytes { Array($0) })
        try LinkVersion.check(&reader)
        return try DesiredMessage(from: &reader, jobs)
    }
}

/// Node → server: who I am.
struct RegisterMessage: LinkMessage {
    var node: Node

    func write(to writer: inout BinaryWriter) throws { try writer.encode(node) }
    init(from reader: inout BinaryReader) throws { node = try reader.decode(Node.self) }
    init(node: Node) { self.node = node }
}

/// Node → server: who calls. Opens the watch.
struct CallerMessage: LinkMessage {
    var node: NodeID
    var secretID: String

    func write(to writer: inout BinaryWriter) {
        writer.write(node)
        writer.write(secretID)
    }
    init(from reader: inout BinaryReader) throws(BinaryError) {
        node = try reader.id()
        secretID = try reader.string()
    }
    init(node: NodeID, secretID: String) {
        self.node = node
        self.secretID = secretID
    }
}

struct StatusMessage: LinkMessage {
    var allocation: AllocationID

    func write(to writer: inout BinaryWriter) { writer.write(allocation) }
    init(from reader: inout BinaryReader) throws { allocation = try reader.id() }
    init(allocation: AllocationID) { self.allocation = allocation }
}

/// Server → node: the answer to a call that has a stream of its own.
struct AnswerMessage: LinkMessage {
    var grant = HeartbeatGrant(ttl: .zero)
    var status: ClientStatus?

    func write(to writer: inout BinaryWriter) throws {
        writer.write(grant.ttl.nanoseconds)
        try writer.encode(grant.httpAddresses)
        writer.write(status?.rawValue ?? "")
    }
    init(from reader: inout BinaryReader) throws {
        grant = HeartbeatGrant(
            ttl: TimeSpan(nanoseconds: try reader.int64()), httpAddresses: try reader.decode([String].self))
        status = ClientStatus(rawValue: try reader.string())
    }
    init(grant: HeartbeatGrant = HeartbeatGrant(ttl: .zero), status: ClientStatus? = nil) {
        self.grant = grant
        self.status = status
    }
}

/// Server → node: what is wanted of it. A long list comes in several pieces; `continues` holds it back.
struct DesiredMessage: Sendable {
    /// Allocations in one message, so that none is too large for the transport.
    static let allocationsMax = 200

    var index: LogIndex
    var isComplete: Bool
    var continues: Bool
    var allocations: [Allocation]
    var removed: [AllocationID]

    func write(to writer: inout BinaryWriter, _ jobs: LinkJobCache) throws {
        writer.write(index)
        writer.write(isComplete)
        writer.write(continues)
        try AllocationBundle(allocations).write(to: &writer, encoded: jobs.bytes)
        writer.write(removed)
    }
    init(from reader: inout BinaryReader, _ jobs: LinkJobCache) throws(BinaryError) {
        index = try reader.uint64()
        isComplete = try reader.bool()
        continues = try reader.bool()
        allocations = try AllocationBundle(from: &reader, decoded: jobs.job).allocations
        removed = try reader.list()
    }

    private init(_ desired: DesiredAllocations, _ allocations: ArraySlice<Allocation>, continues: Bool) {
        index = desired.index
        isComplete = desired.isComplete
        self.continues = continues
        // Why a place was chosen is of no use to the node, and larger than all the rest.
        self.allocations = allocations.map { allocation in
            var allocation = allocation
            allocation.metrics = nil
            return allocation
        }
        removed = continues ? [] : desired.removed
    }

    static func pieces(of desired: DesiredAllocations) -> [DesiredMessage] {
        var pieces: [DesiredMessage] = []
        var rest = desired.allocations[...]
        while rest.count > allocationsMax {
            pieces.append(DesiredMessage(desired, rest.prefix(allocationsMax), continues: true))
            rest = rest.dropFirst(allocationsMax)
        }
        return pieces + [DesiredMessage(desired, rest, continues: false)]
    }
}

/// The methods of the link.
enum LinkMethod {
    private static let service = ServiceDescriptor(fullyQualifiedService: "caravan.NodeLink")
    static let register = MethodDescriptor(service: service, method: "Register")
    static let converse = MethodDescriptor(service: service, method: "Converse")
    static let status = MethodDescriptor(service: service, method: "Status")
    static let watch = MethodDescriptor(service: service, method: "Watch")

    /// Bytes of a message at most, either way.
    static let messageBytesMax = 64 << 20
}

extension ServerLinkError {
    /// As it goes over the wire.
    var rpc: RPCError {
        switch code {
        case .unknownNode: RPCError(code: .notFound, message: message)
        case .refused: RPCError(code: .permissionDenied, message: message)
        case .cancelled: RPCError(code: .cancelled, message: message)
        default: RPCError(code: .unavailable, message: message)
        }
    }

    init(_ error: any Error) {
        switch error {
        case let error as ServerLinkError: self = error
        case let error as RPCError:
            switch error.code {
            case .notFound: self.init(.unknownNode, error.message)
            case .permissionDenied, .failedPrecondition, .unauthenticated: self.init(.refused, error.message)
            case .cancelled: self.init(.cancelled, error.message)
            default: self.init(.unreachable, "\(error.message)\(error.cause.map { " (\($0))" } ?? "")")
            }
        case is CancellationError: self.init(.cancelled, "cancelled")
        default: self.init(.unreachable, "\(error)")
        }
    }
}
