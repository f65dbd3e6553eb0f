import Base

// The tables of the job block and of the blocks that several levels share.
// Order: as the reference lists them. `option` fields are null when unset, `value` fields are zero.

extension JobSchema {
    /// What may stand at the top level of a job file.
    public static let fileBlocks = ["job", "variable", "variables", "locals"]

    public static let job = BlockSchema(
        "job", label: BlockLabel("name", json: "ID"),
        [
            .option("id", "ID", .text, ""),
            .option("name", "Name", .text),
            .option("region", "Region", .text, "global"),
            .option("namespace", "Namespace", .text, "default"),
            .option("type", "Type", .text, "service"),
            .option("priority", "Priority", .integer, 50),
            .option("all_at_once", "AllAtOnce", .flag, false),
            .value("datacenters", "Datacenters", .texts),
            .option("node_pool", "NodePool", .text, "default"),
            .value("constraint", "Constraints", .blocks(constraint)),
            .value("affinity", "Affinities", .blocks(affinity)),
            .value("spread", "Spreads", .blocks(spread)),
            .value("group", "TaskGroups", .blocks(group)),
            .option("update", "Update", .block(update)),
            .option("reschedule", "Reschedule", .block(reschedule)),
            .option("migrate", "Migrate", .block(migrate)),
            .option("periodic", "Periodic", .block(periodic)),
            .option("parameterized", "ParameterizedJob", .block(parameterized)),
            .option("multiregion", "Multiregion", .block(multiregion)),
            .value("meta", "Meta", .openTextMap),
            .option("ui", "UI", .block(ui)),
            .value("task", nil, .blocks(task)),
            .value("vault", nil, .block(vault)),
            .value("secret", nil, .blocks(secret)),
            .option("consul_token", "ConsulToken", .text, ""),
            .option("vault_token", "VaultToken", .text, ""),
            .option(nil, "ConsulNamespace", .text, ""),
            .option(nil, "VaultNamespace", .text, ""),
            .option(nil, "NomadTokenID", .text, ""),
            .option(nil, "Stop", .flag, false),
            .option(nil, "ParentID", .text, ""),
            .value(nil, "Dispatched", .flag),
            .option(nil, "DispatchIdempotencyToken", .text, ""),
            .value(nil, "Payload", .any),
            .option(nil, "Status", .text, ""),
            .option(nil, "StatusDescription", .text, ""),
            .option(nil, "Stable", .flag, false),
            .option(nil, "Version", .integer, 0),
            .value(nil, "VersionTag", .any),
            .option(nil, "SubmitTime", .integer),
            .option(nil, "CreateIndex", .integer, 0),
            .option(nil, "ModifyIndex", .integer, 0),
            .option(nil, "JobModifyIndex", .integer, 0),
        ])

    /// Operators that may stand as attributes: `version = "> 3"` is `operator = "version"`, `value = "> 3"`.
    public static let constraintShorthands = ["version", "semver", "regexp", "set_contains"]
    /// Names that a constraint block takes and passes over, as clients expect; `operator` has an effect.
    public static let constraintIgnored = ["set_contains_all", "set_contains_any", "is_set", "is_not_set"]
    /// The same for `affinity`, where more of them have an effect.
    public static let affinityShorthands = [
        "version", "semver", "regexp", "set_contains", "set_contains_all", "set_contains_any",
    ]

    public static let constraint = BlockSchema(
        "constraint",
        [
            .value("attribute", "LTarget", .text),
            .value("operator", "Operand", .text),
            .value("value", "RTarget", .text),
            .value("distinct_property", nil, .text),
            .value("distinct_hosts", nil, .flag),
        ] + (constraintShorthands + constraintIgnored).map { .value($0, nil, .text) })

    public static let affinity = BlockSchema(
        "affinity",
        [
            .value("attribute", "LTarget", .text),
            .value("operator", "Operand", .text),
            .value("value", "RTarget", .text),
            .option("weight", "Weight", .bounded(-128...127), 50),
        ] + affinityShorthands.map { .value($0, nil, .text) })

    public static let spread = BlockSchema(
        "spread",
        [
            .value("attribute", "Attribute", .text),
            .option("weight", "Weight", .bounded(-128...127), 50),
            .value("target", "SpreadTarget", .blocks(spreadTarget)),
        ])

    static let spreadTarget = BlockSchema(
        "target", label: BlockLabel("value", json: "Value"),
        [
            .value("value", "Value", .text),
            .value("percent", "Percent", .bounded(0...255)),
        ])

    public static let update = BlockSchema(
        "update",
        [
            .option("max_parallel", "MaxParallel", .integer),
            .option("health_check", "HealthCheck", .text),
            .option("min_healthy_time", "MinHealthyTime", .duration),
            .option("healthy_deadline", "HealthyDeadline", .duration),
            .option("progress_deadline", "ProgressDeadline", .duration),
            .option("auto_revert", "AutoRevert", .flag),
            .option("auto_promote", "AutoPromote", .flag),
            .option("canary", "Canary", .integer),
            .option("stagger", "Stagger", .duration),
        ])

    public static let reschedule = BlockSchema(
        "reschedule",
        [
            .option("attempts", "Attempts", .integer),
            .option("interval", "Interval", .duration),
            .option("delay", "Delay", .duration),
            .option("delay_function", "DelayFunction", .text),
            .option("max_delay", "MaxDelay", .duration),
            .option("unlimited", "Unlimited", .flag),
        ])

    public static let migrate = BlockSchema(
        "migrate",
        [
            .option("max_parallel", "MaxParallel", .integer),
            .option("health_check", "HealthCheck", .text),
            .option("min_healthy_time", "MinHealthyTime", .duration),
            .option("healthy_deadline", "HealthyDeadline", .duration),
        ])

    public static let restart = BlockSchema(
        "restart",
        [
            .option("attempts", "Attempts", .integer),
            .option("interval", "Interval", .duration),
            .option("delay", "Delay", .duration),
            .option("mode", "Mode", .text),
            .option("render_templates", "RenderTemplates", .flag),
        ])

    public static let periodic = BlockSchema(
        "periodic",
        [
            .option("cron", "Spec", .text, ""),
            .value("crons", "Specs", .texts),
            .option("enabled", "Enabled", .flag, true),
            .option("prohibit_overlap", "ProhibitOverlap", .flag, false),
            .option("time_zone", "TimeZone", .text, "UTC"),
            .option(nil, "SpecType", .text, "cron", parsed: "cron"),
        ])

    public static let parameterized = BlockSchema(
        "parameterized",
        [
            .value("payload", "Payload", .text),
            .value("meta_required", "MetaRequired", .texts),
            .value("meta_optional", "MetaOptional", .texts),
        ])

    public static let multiregion = BlockSchema(
        "multiregion",
        [
            .option("strategy", "Strategy", .block(multiregionStrategy)),
            .value("region", "Regions", .blocks(multiregionRegion)),
        ])

    static let multiregionStrategy = BlockSchema(
        "strategy",
        [
            .option("max_parallel", "MaxParallel", .integer, 0),
            .option("on_failure", "OnFailure", .text, ""),
        ])

    static let multiregionRegion = BlockSchema(
        "region", label: BlockLabel("name", json: "Name"),
        [
            .value("name", "Name", .text),
            .option("count", "Count", .integer, 1),
            .value("datacenters", "Datacenters", .texts, canonical: []),
            .option("node_pool", "NodePool", .text, ""),
            .value("meta", "Meta", .textMap, canonical: [:]),
        ])

    public static let ui = BlockSchema(
        "ui",
        [
            .value("description", "Description", .text),
            .value("link", "Links", .blocks(uiLink)),
        ])

    static let uiLink = BlockSchema(
        "link",
        [
            .value("label", "Label", .text),
            .value("url", "URL", .text),
        ])
}
