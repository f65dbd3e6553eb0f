public import Base

extension AllocationRest.Fields {
    func write(to writer: inout BinaryWriter) {
        writer.write(text: desiredDescription)
        writer.write(present: previousAllocation)
        writer.write(present: nextAllocation)
        writer.write(rescheduleTracker)
        writer.write(present: followupEvalID)
        writer.write(preemptedAllocations)
        writer.write(present: preemptedByAllocation)
        writer.write(networkStatus)
        writer.write(allocStates)
    }

    init(from reader: inout BinaryReader) throws(BinaryError) {
        desiredDescription = try reader.text()
        previousAllocation = try reader.presentID()
        nextAllocation = try reader.presentID()
        rescheduleTracker = try reader.optional()
        followupEvalID = try reader.presentID()
        preemptedAllocations = try reader.list()
        preemptedByAllocation = try reader.presentID()
        networkStatus = try reader.optional()
        allocStates = try reader.list()
    }
}

extension RescheduleTracker: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(events)
        writer.write(lastReschedule)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        events = try reader.list()
        lastReschedule = try reader.string()
    }
}

extension RescheduleEvent: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(rescheduleTime)
        writer.write(prevAllocID)
        writer.write(prevNodeID)
        writer.write(delay)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        rescheduleTime = try reader.int64()
        prevAllocID = try reader.id()
        prevNodeID = try reader.id()
        delay = try reader.value()
    }
}

extension NetworkStatus: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(interfaceName)
        writer.write(address)
        writer.write(addressIPv6)
        writer.write(dns)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        interfaceName = try reader.string()
        address = try reader.string()
        addressIPv6 = try reader.string()
        dns = try reader.optional()
    }
}

extension AllocationStateChange: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(field)
        writer.write(value)
        writer.write(time)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        field = try reader.string()
        value = try reader.string()
        time = try reader.value()
    }
}
