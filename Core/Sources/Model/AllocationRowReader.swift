import Base

/// Reads what `AllocationRows` wrote.
struct AllocationRowReader {
    private var jobs: [JobVersionName] = []
    private var nodes: [(id: NodeID, name: String)] = []
    private var metrics: [SharedMetric] = []
    private var resources: [SharedResources] = []
    private var context = AllocationRowContext()

    mutating func read(
        _ reader: inout BinaryReader, _ job: (JobVersionName, AllocationID) -> SharedJob?
    ) throws(BinaryError) -> [Allocation] {
        let total = try reader.count()
        var list: [Allocation] = []
        list.reserveCapacity(total)
        while list.count < total {
            let count = try reader.count()
            guard count > 0, count <= total - list.count else {
                throw BinaryError(offset: reader.offset, reason: "a run of \(count) allocations where none fits")
            }
            try readRun(count, &reader, job, &list)
        }
        return list
    }

    private mutating func readRun(
        _ count: Int, _ reader: inout BinaryReader, _ job: (JobVersionName, AllocationID) -> SharedJob?,
        _ list: inout [Allocation]
    ) throws(BinaryError) {
        let number = try reader.uint64()
        if number == UInt64(jobs.count) { jobs.append(try reader.value()) }
        guard number < UInt64(jobs.count) else { throw unknown("job", number, reader) }
        let name = jobs[Int(number)]
        let group = try reader.text()
        let evaluation: EvaluationID = try reader.presentID()
        let deployment: DeploymentID = try reader.presentID()
        context.index = -1
        var shared: SharedJob?
        for _ in 0..<count {
            let flags = AllocationRowFlags(rawValue: try reader.uint64())
            let id: AllocationID = try reader.id()
            guard let job = shared ?? job(name, id) else {
                throw BinaryError(
                    offset: reader.offset,
                    reason:
                        "allocation \(id) runs version \(name.version) of job \"\(name.key.id)\", which is not known")
            }
            shared = job
            var fields = AllocationFields(job: job)
            (fields.id, fields.evalID, fields.deploymentID, fields.taskGroup) = (id, evaluation, deployment, group)
            try readRow(flags, &reader, &fields)
            list.append(Allocation(fields: fields))
        }
    }

    private mutating func readRow(
        _ flags: AllocationRowFlags, _ reader: inout BinaryReader, _ fields: inout AllocationFields
    ) throws(BinaryError) {
        if flags.contains(.node) {
            let number = try reader.uint64()
            if number == UInt64(nodes.count) { nodes.append((try reader.id(), try reader.string())) }
            guard number < UInt64(nodes.count) else { throw unknown("node", number, reader) }
            context.node = Int(number)
        }
        guard context.node >= 0 else { throw unknown("node", 0, reader) }
        (fields.nodeID, fields.nodeName) = nodes[context.node]
        context.index = flags.contains(.index) ? try reader.int() : context.index &+ 1
        fields.index = context.index
        if flags.contains(.metrics) {
            let number = try reader.uint64()
            if number == UInt64(metrics.count) + 1 { metrics.append(SharedMetric(try reader.value())) }
            guard number <= UInt64(metrics.count) else { throw unknown("explanation", number, reader) }
            context.metrics = Int(number) - 1
        }
        if context.metrics >= 0 { fields.metrics = metrics[context.metrics] }
        if flags.contains(.resources) {
            let number = try reader.uint64()
            if number == UInt64(resources.count) { resources.append(SharedResources(try reader.value())) }
            guard number < UInt64(resources.count) else { throw unknown("set of resources", number, reader) }
            context.resources = Int(number)
        }
        guard context.resources >= 0 else { throw unknown("set of resources", 0, reader) }
        fields.resources = resources[context.resources]
        if flags.contains(.states) { fields.states = try reader.value() }
        if flags.contains(.statuses) {
            let both = try reader.uint64()
            guard both < 1 << 5 else { throw unknown("pair of statuses", both, reader) }
            fields.desiredStatus = try DesiredStatus(number: UInt8(both >> 3), reader)
            fields.clientStatus = try ClientStatus(number: UInt8(both & 7), reader)
        }
        if flags.contains(.stamps) { try readStamps(&reader, &fields) }
        try readRare(flags, &reader, &fields)
    }

    private mutating func readStamps(
        _ reader: inout BinaryReader, _ fields: inout AllocationFields
    ) throws(BinaryError) {
        context.createIndex &+= UInt64(bitPattern: try reader.int64())
        context.modifyIndex &+= UInt64(bitPattern: try reader.int64())
        context.allocModifyIndex &+= UInt64(bitPattern: try reader.int64())
        context.createTime &+= try reader.int64()
        context.modifyTime &+= try reader.int64()
        (fields.createIndex, fields.modifyIndex) = (context.createIndex, context.modifyIndex)
        fields.allocModifyIndex = context.allocModifyIndex
        (fields.createTime, fields.modifyTime) = (context.createTime, context.modifyTime)
    }

    private func readRare(
        _ flags: AllocationRowFlags, _ reader: inout BinaryReader, _ fields: inout AllocationFields
    ) throws(BinaryError) {
        if flags.contains(.health) {
            let health = try reader.uint64()
            guard health < 6 else { throw unknown("health", health, reader) }
            fields.hasHealth = true
            fields.healthy = health >> 1 == 0 ? nil : health >> 1 == 2
            fields.isCanary = health & 1 == 1
            fields.healthTime = try reader.value()
            fields.healthIndex = try reader.uint64()
        }
        if flags.contains(.description) { fields.clientDescription = try reader.text() }
        if flags.contains(.transition) { fields.desiredTransition = try DesiredTransition(from: &reader) }
        if flags.contains(.rest) { fields.rest = AllocationRest(try AllocationRest.Fields(from: &reader)) }
    }

    private func unknown(_ what: String, _ number: UInt64, _ reader: BinaryReader) -> BinaryError {
        BinaryError(offset: reader.offset, reason: "the unknown \(what) \(number)")
    }
}
