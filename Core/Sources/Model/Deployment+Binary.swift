public import Base

extension Deployment: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(id)
        writer.write(namespace)
        writer.write(jobID)
        writer.write(jobVersion)
        writer.write(jobModifyIndex)
        writer.write(jobSpecModifyIndex)
        writer.write(jobCreateIndex)
        writer.write(isMultiregion)
        writer.write(taskGroups)
        writer.write(case: status)
        writer.write(statusDescription)
        writer.write(evalPriority)
        writer.write(createIndex)
        writer.write(modifyIndex)
        writer.write(createTime)
        writer.write(modifyTime)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        id = try reader.id()
        namespace = try reader.string()
        jobID = try reader.string()
        jobVersion = try reader.uint64()
        jobModifyIndex = try reader.uint64()
        jobSpecModifyIndex = try reader.uint64()
        jobCreateIndex = try reader.uint64()
        isMultiregion = try reader.bool()
        taskGroups = try reader.map()
        status = try reader.enumeration()
        statusDescription = try reader.string()
        evalPriority = try reader.int()
        createIndex = try reader.uint64()
        modifyIndex = try reader.uint64()
        createTime = try reader.int64()
        modifyTime = try reader.int64()
    }
}

extension DeploymentState: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(autoRevert)
        writer.write(autoPromote)
        writer.write(progressDeadline)
        writer.write(requireProgressBy)
        writer.write(promoted)
        writer.write(placedCanaries)
        for number in [desiredCanaries, desiredTotal, placedAllocs, healthyAllocs, unhealthyAllocs] {
            writer.write(number)
        }
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        autoRevert = try reader.bool()
        autoPromote = try reader.bool()
        progressDeadline = try reader.value()
        requireProgressBy = try reader.value()
        promoted = try reader.bool()
        placedCanaries = try reader.list()
        desiredCanaries = try reader.int()
        desiredTotal = try reader.int()
        placedAllocs = try reader.int()
        healthyAllocs = try reader.int()
        unhealthyAllocs = try reader.int()
    }
}
