import Base
import HCL
import Model

/// What blocks mean beyond their table: short forms, copies to inner levels, names from labels.
enum BlockRules {
    static func apply(
        _ fields: inout BlockDecoder.Fields, _ block: Block, _ schema: BlockSchema, _ diagnostics: inout Diagnostics
    ) {
        if schema === JobSchema.job {
            job(&fields, block)
        } else if schema === JobSchema.group {
            group(&fields)
        } else if schema === JobSchema.task {
            task(&fields, &diagnostics)
        } else if schema === JobSchema.constraint {
            constraint(&fields, JobSchema.constraintShorthands)
        } else if schema === JobSchema.affinity {
            constraint(&fields, JobSchema.affinityShorthands)
        } else if schema === JobSchema.network {
            network(&fields, block, &diagnostics)
        } else if schema === JobSchema.scaling {
            scaling(&fields, block, &diagnostics)
        } else if schema === JobSchema.taskScaling {
            taskScaling(&fields, block, &diagnostics)
        }
    }

    /// The label names the job; tasks outside groups get groups of their own, before the others.
    private static func job(_ fields: inout BlockDecoder.Fields, _ block: Block) {
        let label = JSON.string(block.labels.first?.value ?? "")
        if fields.object["Name"]?.isNull ?? true { fields.object["Name"] = label }
        let loose = (fields.others["task"]?.arrayValue ?? []).map { task -> JSON in
            var group = JobSchema.group.unset
            group["Name"] = task["Name"]
            group["Tasks"] = [task]
            return .object(group)
        }
        let written = fields.object["TaskGroups"]?.arrayValue ?? []
        if !loose.isEmpty || !written.isEmpty { fields.object["TaskGroups"] = .array(loose + written) }
        let vault = fields.others["vault"]
        let secrets = fields.others["secret"]?.arrayValue ?? []
        fields.object.mapObjects("TaskGroups") { group in
            group.mapObjects("Tasks") { task in
                if let vault, task["Vault"]?.isNull ?? true { task["Vault"] = vault }
                if !secrets.isEmpty { task["Secrets"] = .array((task["Secrets"]?.arrayValue ?? []) + secrets) }
            }
        }
    }

    private static func group(_ fields: inout BlockDecoder.Fields) {
        let vault = fields.others["vault"]
        let secrets = fields.others["secret"]
        fields.object.mapObjects("Tasks") { task in
            if let vault, task["Vault"]?.isNull ?? true { task["Vault"] = vault }
            if let secrets, task["Secrets"]?.arrayValue?.isEmpty ?? true { task["Secrets"] = secrets }
        }
    }

    /// The unnamed identity, or the one named "default", is the task's own; others are further ones.
    private static func task(_ fields: inout BlockDecoder.Fields, _ diagnostics: inout Diagnostics) {
        let identities = fields.object["Identities"]?.arrayValue ?? []
        let named = identities.filter { !isOwnIdentity($0) }
        if let own = identities.first(where: isOwnIdentity) { fields.object["Identity"] = own }
        fields.object["Identities"] = named.isEmpty ? .null : .array(named)
    }

    static func isOwnIdentity(_ identity: JSON) -> Bool {
        ["", "default"].contains(identity["Name"]?.stringValue ?? "")
    }

    /// `version = "> 3"` stands for operator and value, `distinct_property = "x"` for operator and attribute.
    private static func constraint(_ fields: inout BlockDecoder.Fields, _ shorthands: [String]) {
        for name in shorthands {
            guard let value = fields.others[name] else { continue }
            fields.object["Operand"] = .string(name)
            fields.object["RTarget"] = value
        }
        if let attribute = fields.others["distinct_property"] {
            fields.object["Operand"] = "distinct_property"
            fields.object["LTarget"] = attribute
        }
        if fields.others["distinct_hosts"] == true {
            fields.object["Operand"] = "distinct_hosts"
        } else if fields.others["distinct_hosts"] == false, fields.object["LTarget"] == "" {
            // Off has to be said; beside an attribute it only means that the constraint is another one.
            fields.object["Operand"] = "distinct_hosts"
            fields.object["RTarget"] = "false"
        }
        if fields.object["Operand"] == "" { fields.object["Operand"] = "=" }
    }

    /// Ports with a number are reserved, the others are picked by the scheduler.
    private static func network(_ fields: inout BlockDecoder.Fields, _ block: Block, _ diagnostics: inout Diagnostics) {
        let written = fields.object["DynamicPorts"]?.arrayValue ?? []
        let reserved = written.filter { ($0["Value"]?.intValue ?? 0) > 0 }
        let dynamic = written.filter { ($0["Value"]?.intValue ?? 0) <= 0 }
        if !(fields.object["ReservedPorts"]?.isNull ?? true) {
            diagnostics.warning(
                "Block without effect",
                "reserved_ports blocks are passed over; write port \"label\" { static = … } to reserve a port.",
                at: block.typeRange)
        }
        fields.object["DynamicPorts"] = dynamic.isEmpty ? .null : .array(dynamic)
        fields.object["ReservedPorts"] = reserved.isEmpty ? .null : .array(reserved)
    }

    private static func scaling(
        _ fields: inout BlockDecoder.Fields, _ block: Block, _ diagnostics: inout Diagnostics
    ) {
        if fields.object["Type"] == "" { fields.object["Type"] = "horizontal" }
        if fields.object["Type"] != "horizontal" {
            diagnostics.error(
                "Invalid group scaling type", "Task group scaling policy type must be \"horizontal\".",
                at: block.typeRange)
        }
    }

    private static func taskScaling(
        _ fields: inout BlockDecoder.Fields, _ block: Block, _ diagnostics: inout Diagnostics
    ) {
        let types = ["cpu": "vertical_cpu", "mem": "vertical_mem"]
        guard let label = block.labels.first, let type = types[label.value] else {
            diagnostics.error(
                "Invalid scaling policy name", "scaling policy name must be \"cpu\" or \"mem\"",
                at: block.labels.first?.range ?? block.typeRange)
            return
        }
        fields.object["Type"] = .string(type)
    }
}
