import Base

// The fields of the task and its parts, for the wire, in the order of their tables (`JobSchema`).

extension TaskSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Name", &name)
        try visitor.field("Driver", &driver)
        try visitor.field("User", &user)
        try visitor.field("Config", &config)
        try visitor.field("Env", &env)
        try visitor.field("Meta", &meta)
        try visitor.field("Resources", &resources)
        try visitor.field("KillTimeout", &killTimeout)
        try visitor.field("KillSignal", &killSignal)
        try visitor.field("ShutdownDelay", &shutdownDelay)
        try visitor.field("Leader", &leader)
        try visitor.field("Lifecycle", &lifecycle)
        try visitor.field("LogConfig", &logConfig)
        try visitor.field("RestartPolicy", &restartPolicy)
        try visitor.field("Constraints", &constraints)
        try visitor.field("Affinities", &affinities)
        try visitor.field("Services", &services)
        try visitor.field("Artifacts", &artifacts)
        try visitor.field("Templates", &templates)
        try visitor.field("VolumeMounts", &volumeMounts)
        try visitor.field("DispatchPayload", &dispatchPayload)
        try visitor.field("CSIPluginConfig", &csiPluginConfig)
        try visitor.field("Vault", &vault)
        try visitor.field("Consul", &consul)
        try visitor.field("Identities", &identities)
        try visitor.field("Identity", &identity)
        try visitor.field("Actions", &actions)
        try visitor.field("Secrets", &secrets)
        try visitor.field("Schedule", &schedule)
        try visitor.field("ScalingPolicies", &scalingPolicies)
        try visitor.field("Kind", &kind)
    }
}

extension LifecycleSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Hook", &hook)
        try visitor.field("Sidecar", &sidecar)
    }
}

extension LogSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("MaxFiles", &maxFiles)
        try visitor.field("MaxFileSizeMB", &maxFileSizeMB)
        try visitor.field("Disabled", &disabled)
    }
}

extension VolumeMount: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Volume", &volume)
        try visitor.field("Destination", &destination)
        try visitor.field("ReadOnly", &readOnly)
        try visitor.field("PropagationMode", &propagationMode)
        try visitor.field("SELinuxLabel", &seLinuxLabel)
    }
}

extension ResourceSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("CPU", &cpu)
        try visitor.field("Cores", &cores)
        try visitor.field("MemoryMB", &memoryMB)
        try visitor.field("MemoryMaxMB", &memoryMaxMB)
        try visitor.field("DiskMB", &diskMB)
        try visitor.field("IOPS", &iops)
        try visitor.field("SecretsMB", &secretsMB)
        try visitor.field("Networks", &networks)
        try visitor.field("Devices", &devices)
        try visitor.field("NUMA", &numa)
    }
}

extension DeviceRequest: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Name", &name)
        try visitor.field("Count", &count)
        try visitor.field("Constraints", &constraints)
        try visitor.field("Affinities", &affinities)
    }
}
