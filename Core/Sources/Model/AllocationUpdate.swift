public import Base

/// What a node reports of an allocation.
public struct AllocationUpdate: Hashable, Sendable {
    public var id = AllocationID.zero
    public var clientStatus = ClientStatus.pending
    public var clientDescription = ""
    /// The states of the tasks as they are kept and sent.
    public var packedTaskStates = PackedTaskStates.none
    /// Set when the node decided the health of an allocation in a deployment.
    public var deploymentHealthy: Bool?
    public var deploymentHealthTime = Timestamp.zero
    /// Behind a reference: most reports have none, and they wait by the hundred thousand when much starts at once.
    private var network: Network?

    private final class Network: Hashable, Sendable {
        let status: NetworkStatus
        init(_ status: NetworkStatus) { self.status = status }
        static func == (a: Network, b: Network) -> Bool { a.status == b.status }
        func hash(into hasher: inout Hasher) { hasher.combine(status) }
    }

    public init() {}

    public var networkStatus: NetworkStatus? {
        get { network?.status }
        set { network = newValue.map(Network.init) }
    }

    /// The states of the tasks; unpacked and packed again at every use.
    public var taskStates: [String: TaskState] {
        get { packedTaskStates.states }
        set { packedTaskStates = PackedTaskStates(newValue) }
    }
}

extension AllocationUpdate: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(id)
        // Three bits of status; six of them are taken.
        var flags = UInt64(clientStatus.number)
        if !clientDescription.isEmpty { flags |= 1 << 3 }
        if !packedTaskStates.isEmpty { flags |= 1 << 4 }
        if let deploymentHealthy { flags |= deploymentHealthy ? 3 << 5 : 1 << 5 }
        if deploymentHealthTime != .zero { flags |= 1 << 7 }
        if networkStatus != nil { flags |= 1 << 8 }
        writer.write(flags)
        if !clientDescription.isEmpty { writer.write(text: clientDescription) }
        if !packedTaskStates.isEmpty { packedTaskStates.write(to: &writer) }
        if deploymentHealthTime != .zero { deploymentHealthTime.write(to: &writer) }
        if let networkStatus { networkStatus.write(to: &writer) }
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        id = try reader.id()
        let flags = try reader.uint64()
        clientStatus = try ClientStatus(number: UInt8(flags & 7), reader)
        if flags & 1 << 3 != 0 { clientDescription = try reader.text() }
        if flags & 1 << 4 != 0 { packedTaskStates = try reader.value() }
        if flags & 1 << 5 != 0 { deploymentHealthy = flags & 1 << 6 != 0 }
        if flags & 1 << 7 != 0 { deploymentHealthTime = try reader.value() }
        if flags & 1 << 8 != 0 { networkStatus = try reader.value() }
    }
}

extension ClientStatus {
    /// Its place among all cases, below 8.
    var number: UInt8 {
        switch self {
        case .pending: 0
        case .running: 1
        case .complete: 2
        case .failed: 3
        case .lost: 4
        case .unknown: 5
        }
    }

    init(number: UInt8, _ reader: BinaryReader) throws(BinaryError) {
        switch number {
        case 0: self = .pending
        case 1: self = .running
        case 2: self = .complete
        case 3: self = .failed
        case 4: self = .lost
        case 5: self = .unknown
        default: throw BinaryError(offset: reader.offset, reason: "\(number) is no client status")
        }
    }
}

extension DesiredStatus {
    /// Its place among all cases, below 4.
    var number: UInt8 {
        switch self {
        case .run: 0
        case .stop: 1
        case .evict: 2
        }
    }

    init(number: UInt8, _ reader: BinaryReader) throws(BinaryError) {
        switch number {
        case 0: self = .run
        case 1: self = .stop
        case 2: self = .evict
        default: throw BinaryError(offset: reader.offset, reason: "\(number) is no desired status")
        }
    }
}
