import Base

// The fields of the job and of what several levels share, for the wire, in the order of their tables (`JobSchema`).

extension Job: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("ID", &id)
        try visitor.field("Name", &name)
        try visitor.field("Region", &region)
        try visitor.field("Namespace", &namespace)
        try visitor.field("Type", &type)
        try visitor.field("Priority", &priority)
        try visitor.field("AllAtOnce", &allAtOnce)
        try visitor.field("Datacenters", &datacenters)
        try visitor.field("NodePool", &nodePool)
        try visitor.field("Constraints", &constraints)
        try visitor.field("Affinities", &affinities)
        try visitor.field("Spreads", &spreads)
        try visitor.field("TaskGroups", &taskGroups)
        try visitor.field("Update", &update)
        try visitor.field("Periodic", &periodic)
        try visitor.field("ParameterizedJob", &parameterizedJob)
        try visitor.field("Multiregion", &multiregion)
        try visitor.field("Meta", &meta)
        try visitor.field("UI", &ui)
        try visitor.field("ConsulToken", &consulToken)
        try visitor.field("VaultToken", &vaultToken)
        try visitor.field("ConsulNamespace", &consulNamespace)
        try visitor.field("VaultNamespace", &vaultNamespace)
        try visitor.field("NomadTokenID", &nomadTokenID)
        try visitor.field("Stop", &stop)
        try visitor.field("ParentID", &parentID)
        try visitor.field("Dispatched", &dispatched)
        try visitor.field("DispatchIdempotencyToken", &dispatchIdempotencyToken)
        try visitor.field("Payload", &payload)
        try visitor.field("Status", &status)
        try visitor.field("StatusDescription", &statusDescription)
        try visitor.field("Stable", &stable)
        try visitor.field("Version", &version)
        try visitor.field("VersionTag", &versionTag)
        try visitor.field("SubmitTime", &submitTime)
        try visitor.field("CreateIndex", &createIndex)
        try visitor.field("ModifyIndex", &modifyIndex)
        try visitor.field("JobModifyIndex", &jobModifyIndex)
    }
}

extension PeriodicSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Spec", &spec)
        try visitor.field("Specs", &specs)
        try visitor.field("Enabled", &enabled)
        try visitor.field("ProhibitOverlap", &prohibitOverlap)
        try visitor.field("TimeZone", &timeZone)
        try visitor.field("SpecType", &specType)
    }
}

extension ParameterizedSpec: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Payload", &payload)
        try visitor.field("MetaRequired", &metaRequired)
        try visitor.field("MetaOptional", &metaOptional)
    }
}

extension Constraint: WireRecord {
    init() { self.init(lTarget: "") }

    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("LTarget", &lTarget)
        try visitor.field("Operand", &operand)
        try visitor.field("RTarget", &rTarget)
    }
}

extension Affinity: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("LTarget", &lTarget)
        try visitor.field("Operand", &operand)
        try visitor.field("RTarget", &rTarget)
        try visitor.field("Weight", &weight)
    }
}

extension Spread: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Attribute", &attribute)
        try visitor.field("Weight", &weight)
        try visitor.field("SpreadTarget", &spreadTarget)
    }
}

extension SpreadTarget: WireRecord {
    mutating func fields<Visitor: WireVisitor>(_ visitor: inout Visitor) throws(WireError) {
        try visitor.field("Value", &value)
        try visitor.field("Percent", &percent)
    }
}
