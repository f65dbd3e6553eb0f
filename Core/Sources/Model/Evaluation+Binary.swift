public import Base

extension Evaluation: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(id)
        writer.write(namespace)
        writer.write(priority)
        writer.write(case: type)
        writer.write(case: triggeredBy)
        writer.write(jobID)
        writer.write(jobModifyIndex)
        writer.write(present: nodeID)
        writer.write(nodeModifyIndex)
        writer.write(present: deploymentID)
        writer.write(case: status)
        writer.write(statusDescription)
        writer.write(waitUntil)
        writer.write(present: nextEval)
        writer.write(present: previousEval)
        writer.write(present: blockedEval)
        writer.write(failedTGAllocs)
        writer.write(classEligibility)
        writer.write(escapedComputedClass)
        writer.write(quotaLimitReached)
        writer.write(queuedAllocations)
        writer.write(planAnnotations)
        writer.write(snapshotIndex)
        writer.write(createIndex)
        writer.write(modifyIndex)
        writer.write(createTime)
        writer.write(modifyTime)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        id = try reader.id()
        namespace = try reader.string()
        priority = try reader.int()
        type = try reader.enumeration()
        triggeredBy = try reader.enumeration()
        jobID = try reader.string()
        jobModifyIndex = try reader.uint64()
        nodeID = try reader.presentID()
        nodeModifyIndex = try reader.uint64()
        deploymentID = try reader.presentID()
        status = try reader.enumeration()
        statusDescription = try reader.string()
        waitUntil = try reader.optional()
        nextEval = try reader.presentID()
        previousEval = try reader.presentID()
        blockedEval = try reader.presentID()
        failedTGAllocs = try reader.map()
        classEligibility = try reader.map()
        escapedComputedClass = try reader.bool()
        quotaLimitReached = try reader.string()
        queuedAllocations = try reader.map()
        planAnnotations = try reader.optional()
        snapshotIndex = try reader.uint64()
        createIndex = try reader.uint64()
        modifyIndex = try reader.uint64()
        createTime = try reader.int64()
        modifyTime = try reader.int64()
    }
}

extension BinaryWriter {
    /// An id that is often unset: one byte then.
    mutating func write<Kind>(present id: ID<Kind>) {
        write(!id.isZero)
        if !id.isZero { write(id) }
    }
}

extension BinaryReader {
    mutating func presentID<Kind>() throws(BinaryError) -> ID<Kind> { try bool() ? try id() : .zero }
}

extension AllocationMetric: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        for number in [nodesEvaluated, nodesFiltered, nodesInPool, nodesExhausted, coalescedFailures] {
            writer.write(number)
        }
        writer.write(text: nodePool)
        writer.write(known: nodesAvailable)
        writer.write(classFiltered)
        writer.write(constraintFiltered)
        writer.write(classExhausted)
        writer.write(known: dimensionExhausted)
        writer.write(quotaExhausted)
        writer.write(resourcesExhausted)
        writer.write(known: scores)
        writer.write(scoreMetaData)
        writer.write(allocationTime)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        nodesEvaluated = try reader.int()
        nodesFiltered = try reader.int()
        nodesInPool = try reader.int()
        nodesExhausted = try reader.int()
        coalescedFailures = try reader.int()
        nodePool = try reader.text()
        nodesAvailable = try reader.knownMap()
        classFiltered = try reader.map()
        constraintFiltered = try reader.map()
        classExhausted = try reader.map()
        dimensionExhausted = try reader.knownMap()
        quotaExhausted = try reader.list()
        resourcesExhausted = try reader.map()
        scores = try reader.knownMap()
        scoreMetaData = try reader.list()
        allocationTime = try reader.int64()
    }
}

extension NodeScore: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(nodeID)
        writer.write(known: scores)
        writer.write(normScore)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        nodeID = try reader.id()
        scores = try reader.knownMap()
        normScore = try reader.double()
    }
}

extension PlanAnnotations: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(desiredTGUpdates)
        writer.write(preemptedAllocs)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        desiredTGUpdates = try reader.map()
        preemptedAllocs = try reader.list()
    }
}

extension DesiredUpdates: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write([
            ignore, place, migrate, stop, inPlaceUpdate, destructiveUpdate, canary, preemptions, disconnect, reconnect,
            rescheduleNow, rescheduleLater,
        ])
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        let numbers: [Int] = try reader.list()
        guard numbers.count == 12 else {
            throw BinaryError(offset: reader.offset, reason: "\(numbers.count) counts of desired updates, not 12")
        }
        (ignore, place, migrate, stop) = (numbers[0], numbers[1], numbers[2], numbers[3])
        (inPlaceUpdate, destructiveUpdate, canary, preemptions) = (numbers[4], numbers[5], numbers[6], numbers[7])
        (disconnect, reconnect, rescheduleNow, rescheduleLater) = (numbers[8], numbers[9], numbers[10], numbers[11])
    }
}

extension AllocationStub: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(id)
        writer.write(jobID)
        writer.write(namespace)
        writer.write(taskGroup)
        writer.write(jobType)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        id = try reader.id()
        jobID = try reader.string()
        namespace = try reader.string()
        taskGroup = try reader.string()
        jobType = try reader.string()
    }
}
