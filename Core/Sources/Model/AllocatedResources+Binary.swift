public import Base

extension AllocatedResources: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(known: tasks)
        writer.write(diskMB)
        writer.write(networks)
        writer.write(ports)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        tasks = try reader.knownMap()
        diskMB = try reader.int()
        networks = try reader.list()
        ports = try reader.list()
    }
}

extension AllocatedTask: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(cpuShares)
        writer.write(memoryMB)
        writer.write(memoryMaxMB)
        writer.write(reservedCores)
        writer.write(networks)
        writer.write(devices)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        cpuShares = try reader.int()
        memoryMB = try reader.int()
        memoryMaxMB = try reader.int()
        reservedCores = try reader.list()
        networks = try reader.list()
        devices = try reader.list()
    }
}

extension AllocatedDevice: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(vendor)
        writer.write(type)
        writer.write(name)
        writer.write(deviceIDs)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        vendor = try reader.string()
        type = try reader.string()
        name = try reader.string()
        deviceIDs = try reader.list()
    }
}

extension AllocatedPort: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(text: label)
        writer.write(value)
        writer.write(to)
        writer.write(hostIP)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        label = try reader.text()
        value = try reader.int()
        to = try reader.int()
        hostIP = try reader.string()
    }
}

extension NetworkSpec: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(mode)
        writer.write(device)
        writer.write(cidr)
        writer.write(ip)
        writer.write(hostname)
        writer.write(mBits)
        writer.write(dns)
        writer.write(cni)
        writer.write(reservedPorts)
        writer.write(dynamicPorts)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        mode = try reader.string()
        device = try reader.string()
        cidr = try reader.string()
        ip = try reader.string()
        hostname = try reader.string()
        mBits = try reader.int()
        dns = try reader.optional()
        cni = try reader.optional()
        reservedPorts = try reader.list()
        dynamicPorts = try reader.list()
    }
}

extension DNSSpec: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(servers)
        writer.write(searches)
        writer.write(options)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        servers = try reader.list()
        searches = try reader.list()
        options = try reader.list()
    }
}

extension PortSpec: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(text: label)
        writer.write(value)
        writer.write(to)
        writer.write(text: hostNetwork)
        writer.write(ignoreCollision)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        label = try reader.text()
        value = try reader.int()
        to = try reader.int()
        hostNetwork = try reader.text()
        ignoreCollision = try reader.bool()
    }
}

extension ResourceSpec: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        for number in [cpu, cores, memoryMB, memoryMaxMB, diskMB, iops, secretsMB] { writer.write(number) }
        writer.write(networks)
        writer.write(devices)
        writer.write(numa)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        cpu = try reader.int()
        cores = try reader.int()
        memoryMB = try reader.int()
        memoryMaxMB = try reader.int()
        diskMB = try reader.int()
        iops = try reader.int()
        secretsMB = try reader.int()
        networks = try reader.list()
        devices = try reader.list()
        numa = try reader.optional()
    }
}

extension DeviceRequest: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(name)
        writer.write(count)
        writer.write(constraints)
        writer.write(affinities)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        name = try reader.string()
        count = try reader.int()
        constraints = try reader.list()
        affinities = try reader.list()
    }
}

extension Constraint: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(lTarget)
        writer.write(rTarget)
        writer.write(operand)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        lTarget = try reader.string()
        rTarget = try reader.string()
        operand = try reader.string()
    }
}

extension Affinity: BinaryForm {
    public func write(to writer: inout BinaryWriter) {
        writer.write(lTarget)
        writer.write(rTarget)
        writer.write(operand)
        writer.write(weight)
    }

    public init(from reader: inout BinaryReader) throws(BinaryError) {
        lTarget = try reader.string()
        rTarget = try reader.string()
        operand = try reader.string()
        weight = try reader.int()
    }
}
