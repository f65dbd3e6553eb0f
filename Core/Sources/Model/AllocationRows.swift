public import Base

/// Allocations in the journal's binary form.
///
/// Neighbours that agree in what a plan gives all its placements (job version, group, evaluation, deployment) form a
/// run: that is written once, and then a row for each. A row says what differs from the row before it. Nodes,
/// explanations and resources are written when they are met first and are a number from then on. An ordinary
/// placement's row is 19 bytes beside its node, which is written once.
///
/// Equal lists give equal bytes, however their parts are shared in memory.
public enum AllocationRows {
    public static func write(_ list: [Allocation], to writer: inout BinaryWriter) {
        var rows = AllocationRowWriter(writer)
        writer = BinaryWriter()
        rows.write(list)
        writer = rows.writer
    }

    /// - Parameter job: finds the version that the allocations of a run are of; the first of them is named too.
    public static func read(
        from reader: inout BinaryReader, job: (JobVersionName, AllocationID) -> SharedJob?
    ) throws(BinaryError) -> [Allocation] {
        var rows = AllocationRowReader()
        return try rows.read(&reader, job)
    }
}

/// What a row holds beyond its id. The first bits are those that plans need, so that they fit one byte.
struct AllocationRowFlags: OptionSet {
    var rawValue: UInt64
    static let node = AllocationRowFlags(rawValue: 1 << 0)
    static let index = AllocationRowFlags(rawValue: 1 << 1)
    static let metrics = AllocationRowFlags(rawValue: 1 << 2)
    static let resources = AllocationRowFlags(rawValue: 1 << 3)
    static let states = AllocationRowFlags(rawValue: 1 << 4)
    static let statuses = AllocationRowFlags(rawValue: 1 << 5)
    static let stamps = AllocationRowFlags(rawValue: 1 << 6)
    static let health = AllocationRowFlags(rawValue: 1 << 7)
    static let description = AllocationRowFlags(rawValue: 1 << 8)
    static let transition = AllocationRowFlags(rawValue: 1 << 9)
    static let rest = AllocationRowFlags(rawValue: 1 << 10)
}

/// What rows refer to: the values of the row before. A run starts afresh but for the tables.
struct AllocationRowContext {
    var node = -1
    var metrics = -1
    var resources = -1
    var index = -1
    var createIndex: LogIndex = 0
    var modifyIndex: LogIndex = 0
    var allocModifyIndex: LogIndex = 0
    var createTime: Int64 = 0
    var modifyTime: Int64 = 0

    mutating func take(stampsOf fields: AllocationFields) {
        (createIndex, modifyIndex) = (fields.createIndex, fields.modifyIndex)
        allocModifyIndex = fields.allocModifyIndex
        (createTime, modifyTime) = (fields.createTime, fields.modifyTime)
    }
}

private struct AllocationRowWriter {
    var writer: BinaryWriter
    private var jobs: [JobVersionName: Int] = [:]
    private var nodes: [NodeID: (number: Int, name: String)] = [:]
    private var nodeCount = 0
    private var metrics = SharedTable<SharedMetric>()
    private var resources = SharedTable<SharedResources>()
    private var context = AllocationRowContext()

    init(_ writer: BinaryWriter) { self.writer = writer }

    mutating func write(_ list: [Allocation]) {
        writer.write(UInt64(list.count))
        var start = 0
        while start < list.count {
            var end = start + 1
            while end < list.count, Self.belongTogether(list[start], list[end]) { end += 1 }
            writeHead(of: list[start].fields, count: end - start)
            for at in start..<end { writeRow(list[at].fields) }
            start = end
        }
    }

    private static func belongTogether(_ a: Allocation, _ b: Allocation) -> Bool {
        let (a, b) = (a.fields, b.fields)
        return (a.job === b.job || JobVersionName(a.job.job) == JobVersionName(b.job.job)) && a.evalID == b.evalID
            && a.deploymentID == b.deploymentID && a.taskGroup == b.taskGroup
    }

    private mutating func writeHead(of fields: AllocationFields, count: Int) {
        writer.write(UInt64(count))
        let name = JobVersionName(fields.job.job)
        let number = jobs[name] ?? jobs.count
        writer.write(UInt64(number))
        if number == jobs.count {
            jobs[name] = number
            writer.write(name)
        }
        writer.write(text: fields.taskGroup)
        writer.write(present: fields.evalID)
        writer.write(present: fields.deploymentID)
        context.index = -1
    }

    private mutating func writeRow(_ fields: AllocationFields) {
        var flags: AllocationRowFlags = []
        let node = number(ofNode: fields)
        if node.number != context.node { flags.insert(.node) }
        if fields.index != context.index &+ 1 { flags.insert(.index) }
        let metric = fields.metrics.map { metrics.number($0) }
        if (metric?.number ?? -1) != context.metrics { flags.insert(.metrics) }
        let own = resources.number(fields.resources)
        if own.number != context.resources { flags.insert(.resources) }
        if !fields.states.isEmpty { flags.insert(.states) }
        if fields.desiredStatus != .run || fields.clientStatus != .pending { flags.insert(.statuses) }
        if fields.createIndex | fields.modifyIndex | fields.allocModifyIndex != 0
            || fields.createTime | fields.modifyTime != 0
        {
            flags.insert(.stamps)
        }
        if fields.hasHealth { flags.insert(.health) }
        if !fields.clientDescription.isEmpty { flags.insert(.description) }
        if fields.desiredTransition != DesiredTransition() { flags.insert(.transition) }
        if fields.rest != nil { flags.insert(.rest) }

        writer.write(flags.rawValue)
        writer.write(fields.id)
        if flags.contains(.node) {
            writer.write(UInt64(node.number))
            if node.isNew {
                writer.write(fields.nodeID)
                writer.write(fields.nodeName)
            }
        }
        if flags.contains(.index) { writer.write(fields.index) }
        if flags.contains(.metrics) {
            // 0 is none.
            writer.write(UInt64((metric?.number ?? -1) + 1))
            if let metric, metric.isNew { fields.metrics?.metric.write(to: &writer) }
        }
        if flags.contains(.resources) {
            writer.write(UInt64(own.number))
            if own.isNew { fields.resources.resources.write(to: &writer) }
        }
        if flags.contains(.states) { fields.states.write(to: &writer) }
        if flags.contains(.statuses) {
            writer.write(UInt64(fields.desiredStatus.number << 3 | fields.clientStatus.number))
        }
        if flags.contains(.stamps) { writeStamps(fields) }
        writeRare(fields, flags)
        (context.node, context.metrics) = (node.number, metric?.number ?? -1)
        (context.resources, context.index) = (own.number, fields.index)
    }

    private mutating func writeStamps(_ fields: AllocationFields) {
        writer.write(Int64(bitPattern: fields.createIndex &- context.createIndex))
        writer.write(Int64(bitPattern: fields.modifyIndex &- context.modifyIndex))
        writer.write(Int64(bitPattern: fields.allocModifyIndex &- context.allocModifyIndex))
        writer.write(fields.createTime &- context.createTime)
        writer.write(fields.modifyTime &- context.modifyTime)
        context.take(stampsOf: fields)
    }

    private mutating func writeRare(_ fields: AllocationFields, _ flags: AllocationRowFlags) {
        if flags.contains(.health) {
            let healthy: UInt64 = fields.healthy.map { $0 ? 2 : 1 } ?? 0
            writer.write(healthy << 1 | (fields.isCanary ? 1 : 0))
            writer.write(fields.healthTime)
            writer.write(fields.healthIndex)
        }
        if flags.contains(.description) { writer.write(text: fields.clientDescription) }
        if flags.contains(.transition) { fields.desiredTransition.write(to: &writer) }
        if let rest = fields.rest { rest.fields.write(to: &writer) }
    }

    private mutating func number(ofNode fields: AllocationFields) -> (number: Int, isNew: Bool) {
        if let known = nodes[fields.nodeID], known.name == fields.nodeName { return (known.number, false) }
        defer { nodeCount += 1 }
        nodes[fields.nodeID] = (nodeCount, fields.nodeName)
        return (nodeCount, true)
    }
}

/// Numbers for objects that are shared, equal ones having one number even if they are several objects.
private struct SharedTable<Object: AnyObject & SharedContent> {
    private var byObject: [ObjectIdentifier: Int] = [:]
    private var byContent: [[UInt8]: Int] = [:]
    private var last: (object: Object, number: Int)?

    mutating func number(_ object: Object) -> (number: Int, isNew: Bool) {
        if let last, last.object === object { return (last.number, false) }
        if let number = byObject[ObjectIdentifier(object)] {
            last = (object, number)
            return (number, false)
        }
        var writer = BinaryWriter()
        object.writeContent(to: &writer)
        let known = byContent[writer.bytes]
        let number = known ?? byContent.count
        if known == nil { byContent[writer.bytes] = number }
        byObject[ObjectIdentifier(object)] = number
        last = (object, number)
        return (number, known == nil)
    }
}

private protocol SharedContent {
    func writeContent(to writer: inout BinaryWriter)
}

extension SharedMetric: SharedContent {
    fileprivate func writeContent(to writer: inout BinaryWriter) { metric.write(to: &writer) }
}

extension SharedResources: SharedContent {
    fileprivate func writeContent(to writer: inout BinaryWriter) { resources.write(to: &writer) }
}

extension DesiredTransition {
    func write(to writer: inout BinaryWriter) {
        for flag in [migrate, reschedule, forceReschedule, noShutdownDelay] { writer.write(flag) }
    }

    init(from reader: inout BinaryReader) throws(BinaryError) {
        migrate = try reader.optional()
        reschedule = try reader.optional()
        forceReschedule = try reader.optional()
        noShutdownDelay = try reader.optional()
    }
}
