import Base

// The fields of networks and services, for the wire, in the order of their tables (`JobSchema`).

extension NetworkSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Mode", &mode)
        try visitor.field("Device", &device)
        try visitor.field("CIDR", &cidr)
        try visitor.field("IP", &ip)
        try visitor.field("Hostname", &hostname)
        try visitor.field("MBits", &mBits)
        try visitor.field("DNS", &dns)
        try visitor.field("CNI", &cni)
        try visitor.field("DynamicPorts", &dynamicPorts)
        try visitor.field("ReservedPorts", &reservedPorts)
    }
}

extension DNSSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Servers", &servers)
        try visitor.field("Searches", &searches)
        try visitor.field("Options", &options)
    }
}

extension PortSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Label", &label)
        try visitor.field("Value", &value)
        try visitor.field("To", &to)
        try visitor.field("HostNetwork", &hostNetwork)
        try visitor.field("IgnoreCollision", &ignoreCollision)
    }
}

extension ServiceSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Name", &name)
        try visitor.field("Provider", &provider)
        try visitor.field("PortLabel", &portLabel)
        try visitor.field("AddressMode", &addressMode)
        try visitor.field("Address", &address)
        try visitor.field("Tags", &tags)
        try visitor.field("CanaryTags", &canaryTags)
        try visitor.field("EnableTagOverride", &enableTagOverride)
        try visitor.field("Meta", &meta)
        try visitor.field("CanaryMeta", &canaryMeta)
        try visitor.field("TaggedAddresses", &taggedAddresses)
        try visitor.field("TaskName", &taskName)
        try visitor.field("OnUpdate", &onUpdate)
        try visitor.field("Checks", &checks)
        try visitor.field("Connect", &connect)
        try visitor.field("Weights", &weights)
        try visitor.field("Identity", &identity)
        try visitor.field("Cluster", &cluster)
        try visitor.field("Kind", &kind)
        try visitor.field("Namespace", &namespace)
    }
}

extension CheckSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Name", &name)
        try visitor.field("Type", &type)
        try visitor.field("Command", &command)
        try visitor.field("Args", &args)
        try visitor.field("Path", &path)
        try visitor.field("Protocol", &`protocol`)
        try visitor.field("PortLabel", &portLabel)
        try visitor.field("Expose", &expose)
        try visitor.field("AddressMode", &addressMode)
        try visitor.field("Interval", &interval)
        try visitor.field("Timeout", &timeout)
        try visitor.field("InitialStatus", &initialStatus)
        try visitor.field("Notes", &notes)
        try visitor.field("TLSServerName", &tlsServerName)
        try visitor.field("TLSSkipVerify", &tlsSkipVerify)
        try visitor.field("Header", &header)
        try visitor.field("Method", &method)
        try visitor.field("Body", &body)
        try visitor.field("CheckRestart", &checkRestart)
        try visitor.field("GRPCService", &grpcService)
        try visitor.field("GRPCUseTLS", &grpcUseTLS)
        try visitor.field("TaskName", &taskName)
        try visitor.field("SuccessBeforePassing", &successBeforePassing)
        try visitor.field("FailuresBeforeCritical", &failuresBeforeCritical)
        try visitor.field("FailuresBeforeWarning", &failuresBeforeWarning)
        try visitor.field("OnUpdate", &onUpdate)
    }
}

extension CheckRestart: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Limit", &limit)
        try visitor.field("Grace", &grace)
        try visitor.field("IgnoreWarnings", &ignoreWarnings)
    }
}
