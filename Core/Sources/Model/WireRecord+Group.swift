import Base

// The fields of the group and its policies, for the wire, in the order of their tables (`JobSchema`).

extension GroupSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Name", &name)
        try visitor.field("Count", &count)
        try visitor.field("Constraints", &constraints)
        try visitor.field("Affinities", &affinities)
        try visitor.field("Spreads", &spreads)
        try visitor.field("Tasks", &tasks)
        try visitor.field("RestartPolicy", &restartPolicy)
        try visitor.field("ReschedulePolicy", &reschedulePolicy)
        try visitor.field("Update", &update)
        try visitor.field("Migrate", &migrate)
        try visitor.field("Disconnect", &disconnect)
        try visitor.field("EphemeralDisk", &ephemeralDisk)
        try visitor.field("Networks", &networks)
        try visitor.field("Services", &services)
        try visitor.field("Volumes", &volumes)
        try visitor.field("Meta", &meta)
        try visitor.field("Scaling", &scaling)
        try visitor.field("Consul", &consul)
        try visitor.field("ShutdownDelay", &shutdownDelay)
        try visitor.field("StopAfterClientDisconnect", &stopAfterClientDisconnect)
        try visitor.field("MaxClientDisconnect", &maxClientDisconnect)
        try visitor.field("MaxRunDuration", &maxRunDuration)
        try visitor.field("PreventRescheduleOnLost", &preventRescheduleOnLost)
    }
}

extension RestartPolicy: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Attempts", &attempts)
        try visitor.field("Interval", &interval)
        try visitor.field("Delay", &delay)
        try visitor.field("Mode", &mode)
        try visitor.field("RenderTemplates", &renderTemplates)
    }
}

extension ReschedulePolicy: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Attempts", &attempts)
        try visitor.field("Interval", &interval)
        try visitor.field("Delay", &delay)
        try visitor.field("DelayFunction", &delayFunction)
        try visitor.field("MaxDelay", &maxDelay)
        try visitor.field("Unlimited", &unlimited)
    }
}

extension UpdatePolicy: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("MaxParallel", &maxParallel)
        try visitor.field("HealthCheck", &healthCheck)
        try visitor.field("MinHealthyTime", &minHealthyTime)
        try visitor.field("HealthyDeadline", &healthyDeadline)
        try visitor.field("ProgressDeadline", &progressDeadline)
        try visitor.field("AutoRevert", &autoRevert)
        try visitor.field("AutoPromote", &autoPromote)
        try visitor.field("Canary", &canary)
        try visitor.field("Stagger", &stagger)
    }
}

extension MigratePolicy: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("MaxParallel", &maxParallel)
        try visitor.field("HealthCheck", &healthCheck)
        try visitor.field("MinHealthyTime", &minHealthyTime)
        try visitor.field("HealthyDeadline", &healthyDeadline)
    }
}

extension DisconnectPolicy: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("LostAfter", &lostAfter)
        try visitor.field("StopOnClientAfter", &stopOnClientAfter)
        try visitor.field("Replace", &replace)
        try visitor.field("Reconcile", &reconcile)
    }
}

extension EphemeralDisk: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("SizeMB", &sizeMB)
        try visitor.field("Sticky", &sticky)
        try visitor.field("Migrate", &migrate)
    }
}

extension VolumeRequest: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Name", &name)
        try visitor.field("Type", &type)
        try visitor.field("Source", &source)
        try visitor.field("ReadOnly", &readOnly)
        try visitor.field("Sticky", &sticky)
        try visitor.field("PerAlloc", &perAlloc)
        try visitor.field("AccessMode", &accessMode)
        try visitor.field("AttachmentMode", &attachmentMode)
        try visitor.field("MountOptions", &mountOptions)
    }
}

extension ScalingSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("ID", &id)
        try visitor.field("Type", &type)
        try visitor.field("Target", &target)
        try visitor.field("Min", &min)
        try visitor.field("Max", &max)
        try visitor.field("Enabled", &enabled)
        try visitor.field("Policy", &policy)
        try visitor.field("CreateIndex", &createIndex)
        try visitor.field("ModifyIndex", &modifyIndex)
    }
}
