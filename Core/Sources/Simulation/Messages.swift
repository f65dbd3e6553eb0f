import Base
import ControlPlane
import Model
import State

/// What a node asks of the servers.
enum NodeRequest: Sendable {
    case register(Node)
    case heartbeat
    case report([AllocationUpdate])
    /// Opens a stream of what the servers want; the number tells old streams from new ones.
    case watch(connection: Int)
    case status(AllocationID)
}

/// A request under way. `life` tells an agent from its earlier selves.
struct NodeCall: Sendable {
    var node: Int
    var life: Int
    var number: Int
    var id: NodeID
    /// The server that the node turned to.
    var server: Int
    var request: NodeRequest
}

enum NodeAnswer: Sendable {
    case granted(TimeSpan)
    case refused(CommandError)
    case reported
    case status(ClientStatus?)
}

/// A group of entries under way to the log that servers share.
struct AppendRequest: Sendable {
    var server: Int
    var reign: Int
    var flight: Int
    var term: Int
    var after: LogIndex
    var bytes: [[UInt8]]
}
