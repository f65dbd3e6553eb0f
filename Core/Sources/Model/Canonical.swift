public import Base

/// The canonical form: a complete job tree with every default filled in, job level merged into groups and groups
/// into tasks. Pure and idempotent: the canonical form of a canonical tree is itself.
public enum Canonical {
    /// The canonical form of a complete tree (`JobWire.complete`, or what reading a job file gives).
    public static func job(_ tree: JSONObject) -> JSONObject {
        var job = filled(tree, JobSchema.job)
        let heritage = head(&job)
        job.mapObjects("TaskGroups") { group(&$0, heritage) }
        return job
    }

    /// The job's own level, whose blocks are filled already; answers what its groups inherit.
    static func head(_ job: inout JSONObject) -> Heritage {
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
            multiregion["Strategy"] = .object(JobSchema.multiregionStrategy.filled)
            job["Multiregion"] = .object(multiregion)
        }
        return Heritage(
            jobName: job.text("ID"), type: type, update: update, reschedule: job.object("Reschedule"),
            migrate: job.object("Migrate"))
    }

    /// Whether an update block says nothing: the job of a batch group shows zeros there, which are no policy.
    private static func saysNothing(_ update: JSONObject) -> Bool {
        update.members.allSatisfy { $0.value.isNull || $0.value == 0 || $0.value == "" || $0.value == false }
    }

    /// What a job hands down to its groups. The policies are the ones of the job's type with what the job says on top.
    struct Heritage {
        let jobName: String
        let type: JobType?
        let restart: JSONObject
        let update: JSONObject
        let reschedule: JSONObject
        let migrate: JSONObject
        /// Whether groups have the policy although they say nothing.
        let givesUpdate: Bool
        let givesReschedule: Bool
        let givesMigrate: Bool

        init(jobName: String, type: String, update: JSONObject?, reschedule: JSONObject?, migrate: JSONObject?) {
            self.jobName = jobName
            let kind = JobType(rawValue: type)
            self.type = kind
            restart = CanonicalPolicy.restart(type: type)
            self.update = CanonicalPolicy.update.overlaid(by: update)
            // Jobs bound to nodes are not rescheduled; a policy of theirs stays as it is, for validation to refuse.
            let isPerNode = kind?.isPerNode == true
            let standard = isPerNode ? CanonicalPolicy.noReschedule : CanonicalPolicy.reschedule(type: type)
            self.reschedule = standard.overlaid(by: reschedule)
            self.migrate = CanonicalPolicy.migrate.overlaid(by: migrate)
            givesUpdate = update != nil
            givesReschedule = !isPerNode || reschedule != nil
            givesMigrate = kind == .service || migrate != nil
        }
    }

    /// Fills the defaults that don't depend on what stands around them, in a block and all blocks within.
    static func filled(_ tree: JSONObject, _ schema: BlockSchema) -> JSONObject {
        var result = schema.unset
        // Complete trees have the schema's order: then places spare looking names up.
        let isInOrder = tree.count == result.count
        for (number, field) in schema.fields.enumerated() {
            guard let name = field.json, let place = schema.places[number] else { continue }
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

    static func group(_ group: inout JSONObject, _ heritage: Heritage) {
        if group.isNull("Name") { group["Name"] = "" }
        scale(&group)
        policies(&group, heritage)
        if group.isNull("EphemeralDisk") { group["EphemeralDisk"] = .object(JobSchema.ephemeralDisk.filled) }
        if group.isNull("Consul") { group["Consul"] = .object(JobSchema.consul.unset) }
        let base = heritage.jobName + "-" + group.text("Name")
        group.mapObjects("Services") { service(&$0, name: base) }
        let restart = group.object("RestartPolicy") ?? heritage.restart
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
        func inherit(_ name: String, _ policy: JSONObject, isGiven: Bool) {
            let own = group.object(name)
            if isGiven || !group.isNull(name) { group[name] = .object(policy.overlaid(by: own)) }
        }
        inherit("RestartPolicy", heritage.restart, isGiven: true)
        inherit("Update", heritage.update, isGiven: heritage.givesUpdate)
        inherit("ReschedulePolicy", heritage.reschedule, isGiven: heritage.givesReschedule)
        inherit("Migrate", heritage.migrate, isGiven: heritage.givesMigrate)
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
        if task.isNull("LogConfig") { task["LogConfig"] = .object(JobSchema.logs.filled) }
        if task.isNull("Resources") { task["Resources"] = .object(JobSchema.resources.filled) }
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
