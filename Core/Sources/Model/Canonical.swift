public import Base

/// The canonical form: a complete job tree with every default filled in, job level merged into groups and groups
/// into tasks. Pure and idempotent: the canonical form of a canonical tree is itself.
public enum Canonical {
    /// The canonical form of a complete tree (`JobWire.complete`, or what reading a job file gives).
    public static func job(_ tree: JSONObject) -> JSONObject {
        var job = filled(tree, JobSchema.job)
        if job.text("Name").isEmpty { job["Name"] = job["ID"] ?? "" }
        let type = job.text("Type")
        var update = job.object("Update")
        if type == JobType.service.rawValue {
            update = CanonicalPolicy.update.overlaid(by: update)
        } else {
            update = update.flatMap { saysNothing($0) ? nil : CanonicalPolicy.update.overlaid(by: $0) }
        }
        if let update { job["Update"] = .object(update) }
        if var parameterized = job.object("ParameterizedJob"), parameterized.text("Payload").isEmpty {
            parameterized["Payload"] = "optional"
            job["ParameterizedJob"] = .object(parameterized)
        }
        if var multiregion = job.object("Multiregion"), multiregion.isNull("Strategy") {
            let strategy = JobSchema.multiregionStrategy
            multiregion["Strategy"] = .object(filled(strategy.unset, strategy))
            job["Multiregion"] = .object(multiregion)
        }
        // Copies of what the groups inherit: the job itself is being rebuilt.
        let heritage = Heritage(
            jobName: job.text("ID"), type: type, update: update, reschedule: job.object("Reschedule"),
            migrate: job.object("Migrate"))
        job.mapObjects("TaskGroups") { group(&$0, heritage) }
        return job
    }

    /// Whether an update block says nothing: the job of a batch group shows zeros there, which are no policy.
    private static func saysNothing(_ update: JSONObject) -> Bool {
        update.members.allSatisfy { $0.value.isNull || $0.value == 0 || $0.value == "" || $0.value == false }
    }

    /// What a job hands down to its groups.
    struct Heritage {
        let jobName: String
        let type: String
        let update: JSONObject?
        let reschedule: JSONObject?
        let migrate: JSONObject?
    }

    /// Fills the defaults that don't depend on what stands around them, in a block and all blocks within.
    static func filled(_ tree: JSONObject, _ schema: BlockSchema) -> JSONObject {
        var result = schema.unset
        // Complete trees have the schema's order: then places spare looking names up.
        let isInOrder = tree.count == result.count
        var next = 0
        for (number, field) in schema.fields.enumerated() {
            // Of fields with one name the first counts; places rise but for repeated names.
            guard let name = field.json, let place = schema.places[number], place == next else { continue }
            next += 1
            let known = isInOrder && tree.members[place].name == name ? tree.members[place].value : tree[name]
            let value = known ?? field.unset
            let isUnset = value.isNull || (!field.unset.isNull && value == field.unset)
            result.set(isUnset ? field.canonical ?? value : filledBlocks(value, field), at: place)
        }
        return result
    }

    private static func filledBlocks(_ value: JSON, _ field: FieldSchema) -> JSON {
        switch (field.kind, value) {
        case (.block(let schema), .object(let object)): .object(filled(object, schema))
        case (.blocks(let schema), .array(let elements)):
            .array(elements.map { element in element.objectValue.map { .object(filled($0, schema)) } ?? element })
        case (.labelled(let schema), .object(let object)):
            .object(
                JSONObject(
                    object.members.map { name, element in
                        (name, element.objectValue.map { .object(filled($0, schema)) } ?? element)
                    }))
        default: value
        }
    }

    private static func group(_ group: inout JSONObject, _ heritage: Heritage) {
        if group.isNull("Name") { group["Name"] = "" }
        scale(&group)
        policies(&group, heritage)
        if group.isNull("EphemeralDisk") {
            group["EphemeralDisk"] = .object(filled(JobSchema.ephemeralDisk.unset, JobSchema.ephemeralDisk))
        }
        if group.isNull("Consul") { group["Consul"] = .object(JobSchema.consul.unset) }
        let base = heritage.jobName + "-" + group.text("Name")
        group.mapObjects("Services") { service(&$0, name: base) }
        let restart = group.object("RestartPolicy") ?? CanonicalPolicy.restart(type: heritage.type)
        group.mapObjects("Tasks") { task(&$0, base: base, restart: restart) }
    }

    /// The count follows the lower bound of scaling, and the other way round.
    private static func scale(_ group: inout JSONObject) {
        var scaling = group.object("Scaling")
        if group.isNull("Count") { group["Count"] = .int(scaling?["Min"]?.intValue ?? 1) }
        guard scaling != nil else { return }
        if scaling?.isNull("Min") == true { scaling?["Min"] = group["Count"] }
        if scaling?.isNull("Enabled") == true { scaling?["Enabled"] = true }
        if scaling?.text("Type") == "" { scaling?["Type"] = "horizontal" }
        group["Scaling"] = scaling.map { .object($0) }
    }

    private static func policies(_ group: inout JSONObject, _ heritage: Heritage) {
        let type = JobType(rawValue: heritage.type)
        group["RestartPolicy"] = .object(
            CanonicalPolicy.restart(type: heritage.type).overlaid(by: group.object("RestartPolicy")))
        if heritage.update != nil || !group.isNull("Update") {
            group["Update"] = .object(
                CanonicalPolicy.update.overlaid(by: heritage.update).overlaid(by: group.object("Update")))
        }
        // Jobs bound to nodes are not rescheduled; a policy of theirs stays as it is, for validation to refuse.
        if type?.isPerNode != true {
            group["ReschedulePolicy"] = .object(
                CanonicalPolicy.reschedule(type: heritage.type)
                    .overlaid(by: heritage.reschedule).overlaid(by: group.object("ReschedulePolicy")))
        } else if heritage.reschedule != nil || !group.isNull("ReschedulePolicy") {
            group["ReschedulePolicy"] = .object(
                CanonicalPolicy.noReschedule
                    .overlaid(by: heritage.reschedule).overlaid(by: group.object("ReschedulePolicy")))
        }
        if type == .service || heritage.migrate != nil || !group.isNull("Migrate") {
            group["Migrate"] = .object(
                CanonicalPolicy.migrate.overlaid(by: heritage.migrate).overlaid(by: group.object("Migrate")))
        }
    }

    /// Names a service after its place and hands its rules down to its checks.
    private static func service(_ service: inout JSONObject, name: String) {
        if service.text("Name").isEmpty { service["Name"] = .string(name) }
        service.mapObject("Weights") { weights in
            for name in ["Passing", "Warning"] where (weights[name]?.intValue ?? 0) <= 0 { weights[name] = 1 }
        }
        let onUpdate = service["OnUpdate"] ?? "require_healthy"
        let rule = service.object("CheckRestart")
        service.mapObjects("Checks") { check in
            if check.text("OnUpdate").isEmpty { check["OnUpdate"] = onUpdate }
            guard let rule else { return }
            var merged = rule
            if let own = check.object("CheckRestart") {
                for (name, value) in own.members where !value.isNull && value != 0 && value != false {
                    merged[name] = value
                }
            }
            check["CheckRestart"] = .object(merged)
        }
        service.mapObject("Connect") { connect in
            connect.mapObject("SidecarTask") { task in
                task.mapObject("Resources") { if $0.isNull("CPU") { $0["CPU"] = 100 } }
            }
        }
    }

    private static func task(_ task: inout JSONObject, base: String, restart: JSONObject) {
        // A lifecycle without a hook is none.
        if task.object("Lifecycle")?.text("Hook").isEmpty == true { task["Lifecycle"] = .null }
        if task["KillTimeout"] == 0 { task["KillTimeout"] = .int(TimeSpan.seconds(5).nanoseconds) }
        if task.isNull("LogConfig") { task["LogConfig"] = .object(filled(JobSchema.logs.unset, JobSchema.logs)) }
        if task.isNull("Resources") {
            task["Resources"] = .object(filled(JobSchema.resources.unset, JobSchema.resources))
        }
        task.mapObject("Resources") { resources in
            guard resources.isNull("CPU") else { return }
            resources["CPU"] = (resources["Cores"]?.intValue ?? 0) > 0 ? 0 : 100
        }
        task["RestartPolicy"] = .object(restart.overlaid(by: task.object("RestartPolicy")))
        let name = base + "-" + task.text("Name")
        task.mapObjects("Services") { service(&$0, name: name) }
        task.mapObjects("Templates") { template in
            let isSignal = template.text("ChangeMode") == "signal"
            let signal = template.text("ChangeSignal").uppercased()
            template["ChangeSignal"] = .string(signal.isEmpty && isSignal ? "SIGHUP" : signal)
        }
        task.mapObjects("Artifacts") { artifact in
            if artifact.object("GetterOptions")?.isEmpty == true { artifact["GetterOptions"] = .null }
            if artifact.object("GetterHeaders")?.isEmpty == true { artifact["GetterHeaders"] = .null }
            guard artifact.isNull("RelativeDest") else { return }
            let isFile = artifact.text("GetterMode") == "file"
            artifact["RelativeDest"] = .string(isFile ? "local/" + baseName(artifact.text("GetterSource")) : "local/")
        }
    }

    /// The last part of a URL's path.
    private static func baseName(_ source: String) -> String {
        let path = source.prefix { $0 != "?" && $0 != "#" }
        return path.split(separator: "/").last.map(String.init) ?? ""
    }
}
