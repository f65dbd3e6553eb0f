import Base
import Testing

@testable import Model

/// Every rule: what is set, and the words of the problem. No words: the job is valid.
struct ValidationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let edits: [(String, JSON)]
        let words: [String]
        var testDescription: String { name }

        init(_ name: String, _ edits: [(String, JSON)], _ words: String...) {
            self.name = name
            self.edits = edits
            self.words = words
        }
    }

    private static let group = "TaskGroups.0."
    private static let task = "TaskGroups.0.Tasks.0."
    private static let second: Int64 = 1_000_000_000

    private static func report(_ edits: [(String, JSON)]) throws -> ValidationReport {
        JobAdmission.admit(try JobAdmission.read(job(edits), AdmissionDefaults())).report
    }

    static let jobRows: [Row] = [
        Row("minimal", []),
        Row("no id", [("ID", "")], "Missing job ID", "Missing job name"),
        Row("blank in id", [("ID", "a b")], "Job ID contains a space"),
        Row("type", [("Type", "daemon")], "Invalid job type: \"daemon\""),
        Row("priority", [("Priority", 101)], "Job priority must be between [1, 100]"),
        Row("datacenters", [("Datacenters", [])], "Missing job datacenters"),
        Row("empty datacenter", [("Datacenters", [""])], "non-empty string"),
        Row("no groups", [("TaskGroups", [])], "Missing job task groups"),
        Row(
            "same group twice", [("TaskGroups.1", ["Name": "g", "Tasks": [["Name": "t", "Driver": "d"]]])],
            "Job task group 2 redefines 'g' from group 1"),
        Row("system count", [("Type", "system"), (group + "Count", 2)], "Count cannot exceed 1"),
        Row(
            "system affinity",
            [("Type", "system"), ("Affinities", [["LTarget": "a", "RTarget": "b", "Operand": "="]])],
            "may not have an affinity"),
        Row(
            "system reschedule", [("Type", "system"), (group + "ReschedulePolicy.Attempts", 1)],
            "should not have a reschedule policy"),
        Row("multiregion", [("Multiregion", ["Regions": []])], "unlicensed"),
        Row("periodic service", [("Periodic.Spec", "@daily")], "Periodic can only be used with"),
        Row(
            "periodic batch",
            [("Type", "batch"), ("Periodic.Spec", "0 3 * * *"), ("Periodic.TimeZone", "Europe/Berlin")]),
        Row("periodic disabled", [("Periodic.Enabled", false), ("Periodic.Spec", "nonsense")]),
        Row("bad cron", [("Type", "batch"), ("Periodic.Specs", ["61 * * * *"])], "Invalid cron spec \"61 * * * *\""),
        Row(
            "cron and crons", [("Type", "batch"), ("Periodic.Spec", "@daily"), ("Periodic.Specs", ["@daily"])],
            "not both"),
        Row("no cron", [("Type", "batch"), ("Periodic.Enabled", true)], "Must specify a spec"),
        Row(
            "time zone", [("Type", "batch"), ("Periodic.Spec", "@daily"), ("Periodic.TimeZone", "Mars/Olympus")],
            "unknown time zone Mars/Olympus"),
        Row(
            "parameterized",
            [
                ("Type", "batch"),
                ("ParameterizedJob", ["Payload": "maybe", "MetaRequired": ["a"], "MetaOptional": ["a"]]),
            ],
            "Unknown payload requirement", "[a]"),
        Row("too many allocations", [(group + "Count", 50_001)], "job_max_count: 50001 > 50000"),
    ]

    static let constraintRows: [Row] = [
        ("=", "${attr.a}", "b", ""), ("=", "${attr.a}", "", "requires an RTarget"),
        ("=", "", "b", "No LTarget provided"),
        ("resembles", "${attr.a}", "b", "Unknown constraint type"),
        ("regexp", "${attr.a}", "[a", "Regular expression failed"),
        ("regexp", "${attr.a}", "^a(b|c)$", ""), ("version", "${attr.a}", ">= 1.2, < 2", ""),
        ("version", "${attr.a}", "~> 1.2.3-beta+meta", ""),
        ("version", "${attr.a}", "newest", "Malformed constraint: newest"),
        ("semver", "${attr.a}", "~> 1.0", "Malformed"), ("is_set", "${meta.a}", "", ""),
        ("is_set", "${meta.a}", "b", "does not support"),
        ("distinct_hosts", "", "", ""), ("distinct_hosts", "", "maybe", "true or false"),
        ("distinct_property", "${meta.a}", "2", ""),
        ("distinct_property", "${meta.a}", "some", "Failed to convert"),
        ("distinct_property", "${meta.a}", "0", "1 or greater"),
        ("distinct_property", "", "2", "No LTarget"), ("set_contains", "${meta.a}", "", "requires an RTarget"),
        ("=", "${node.datacentre}", "b", "not a reference"), ("=", "plain", "b", ""),
        ("=", "${node.class", "b", "not a reference"),
    ].map { operand, left, right, words in
        let edits: [(String, JSON)] = [
            ("Constraints", [["LTarget": .string(left), "RTarget": .string(right), "Operand": .string(operand)]])
        ]
        return words.isEmpty
            ? Row("constraint \(left) \(operand) \(right)", edits)
            : Row("constraint \(left) \(operand) \(right)", edits, words)
    }

    static let groupRows: [Row] = [
        Row("count", [(group + "Count", -1)], "count can't be negative"),
        Row("no tasks", [(group + "Tasks", [])], "Missing tasks for task group"),
        Row(
            "distinct at task", [(task + "Constraints", [["Operand": "distinct_hosts"]])],
            "only possible at job or group level"),
        Row(
            "affinity weight",
            [(group + "Affinities", [["LTarget": "a", "RTarget": "b", "Operand": "=", "Weight": 0]])],
            "weight cannot be zero"),
        Row(
            "spread",
            [
                (
                    group + "Spreads",
                    [
                        [
                            "Attribute": "a", "Weight": 101,
                            "SpreadTarget": [["Value": "x", "Percent": 80], ["Value": "x", "Percent": 30]],
                        ]
                    ]
                )
            ],
            "positive weight", "already defined", "110%"),
        Row(
            "restart", [(group + "RestartPolicy", ["Mode": "x", "Interval": 1])], "Unsupported restart mode",
            "less than 5s"),
        Row(
            "restart room", [(group + "RestartPolicy", ["Attempts": 100, "Interval": .int(60 * second)])],
            "can't restart the TaskGroup 100 times"),
        Row("restart of a task is free", [(task + "RestartPolicy.Mode", "x")]),
        Row(
            "reschedule both", [(group + "ReschedulePolicy.Attempts", 3)], "is ambiguous",
            "Interval must be a non zero value"),
        Row(
            "reschedule room",
            [
                (
                    group + "ReschedulePolicy",
                    [
                        "Attempts": 10, "Unlimited": false, "Interval": .int(60 * second), "DelayFunction": "constant",
                        "Delay": .int(10 * second),
                    ]
                )
            ],
            "set the interval to at least 2m0s"),
        Row("reschedule off", [(group + "ReschedulePolicy", ["Attempts": 0, "Unlimited": false, "Delay": 0])]),
        Row(
            "update", [(group + "Update", ["HealthCheck": "vibes", "Canary": -1, "Stagger": 0])],
            "Invalid health check", "Canary count", "Stagger"),
        Row("promotion without canary", [(group + "Update.AutoPromote", true)], "requires a Canary count"),
        Row(
            "deadlines", [(group + "Update.ProgressDeadline", .int(60 * second))],
            "Healthy deadline must be less than progress deadline"),
        Row("no progress deadline", [(group + "Update.ProgressDeadline", 0)]),
        Row("kill timeout", [(task + "KillTimeout", .int(3600 * second))], "longer than the group's progress deadline"),
        Row(
            "migrate of batch", [("Type", "batch"), (group + "Migrate.MaxParallel", 1)], "does not allow migrate block"),
        Row("disk", [(group + "EphemeralDisk.SizeMB", 9)], "minimum ephemeral_disk size"),
        Row(
            "leaders", [(task + "Leader", true), (group + "Tasks.1", ["Name": "u", "Driver": "d", "Leader": true])],
            "Only one task may be marked as leader"),
        Row("no main task", [(task + "Lifecycle.Hook", "prestart")], "no main task"),
        Row("hook", [(task + "Lifecycle.Hook", "midway")], "invalid hook: midway"),
        Row("run duration", [(group + "MaxRunDuration", 1)], "max_run_duration can only be set for batch"),
        Row(
            "disconnect", [(group + "Disconnect", ["LostAfter": 1, "StopOnClientAfter": 1, "Reconcile": "x"])],
            "both lost_after", "reconcile option"),
        Row(
            "scaling", [(group + "Count", 5), (group + "Scaling", ["Min": 6, "Max": 4])],
            "must not be less than minimum", "must not be greater than maximum"),
    ]

    static let networkRows: [Row] = [
        Row(
            "ports",
            [
                (
                    group + "Networks",
                    [
                        [
                            "ReservedPorts": [
                                ["Label": "a", "Value": 70000], ["Label": "b", "Value": 80],
                                ["Label": "c", "Value": 80],
                            ], "DynamicPorts": [["Label": "a", "To": 66000]],
                        ]
                    ]
                )
            ],
            "Port a (70000) cannot be greater", "Static port 80 already reserved by taskgroup network:b",
            "Port label a already in use", "mapped to a port (66000)"),
        Row(
            "same port on two host networks",
            [
                (
                    group + "Networks",
                    [
                        [
                            "ReservedPorts": [
                                ["Label": "a", "Value": 80], ["Label": "b", "Value": 80, "HostNetwork": "x"],
                            ]
                        ]
                    ]
                )
            ]),
        Row(
            "port in group and task",
            [
                (group + "Networks", [["DynamicPorts": [["Label": "a"]]]]),
                (task + "Resources.Networks", [["DynamicPorts": [["Label": "a"]]]]),
            ], "already in use by taskgroup network"),
        Row("hostname", [(group + "Networks", [["Hostname": "a b"]])], "not a valid DNS name"),
        Row("hostname with a reference", [(group + "Networks", [["Hostname": "x-${NOMAD_ALLOC_INDEX}"]])]),
        Row("volume", [(group + "Volumes", ["v": ["Type": "host"]])], "volume validation for v failed", "empty source"),
        Row("csi", [(group + "Volumes", ["v": ["Type": "csi", "Source": "s"]])], "attachment mode", "access mode"),
        Row(
            "mount",
            [(task + "VolumeMounts", [["Volume": "nope", "Destination": "/x", "PropagationMode": "sideways"]])],
            "undefined volume nope", "invalid propagation mode"),
    ]

    static let taskRows: [Row] = [
        Row("driver", [(task + "Driver", "")], "Missing task driver"),
        Row("slash", [(task + "Name", "a/b")], "cannot include slashes"),
        Row("reserved name", [(task + "Name", "alloc")], "reserved"),
        Row(
            "resources", [(task + "Resources", ["CPU": 0, "MemoryMB": 5])], "minimum CPU value is 1; got 0",
            "minimum MemoryMB value is 10; got 5"),
        Row("cores and cpu", [(task + "Resources", ["CPU": 100, "Cores": 1])], "not both"),
        Row(
            "more than any machine has", [(task + "Resources", ["CPU": .int(1 << 62), "MemoryMB": .int(1 << 62)])],
            "maximum CPU value is 1000000000", "maximum MemoryMB value is 1000000000"),
        Row("as many cores", [(task + "Resources", ["Cores": .int(1 << 62)])], "maximum cores value is 1000000000"),
        Row("as much disk", [("TaskGroups.0.EphemeralDisk", ["SizeMB": .int(1 << 62)])], "maximum ephemeral_disk size"),
        Row(
            "as many devices", [(task + "Resources", ["Devices": [["Name": "gpu", "Count": .int(1 << 62)]]])],
            "device count must be at most 1000000000"),
        Row("as many canaries", [("TaskGroups.0.Update", ["Canary": .int(1 << 40)])], "Canary count must be at most"),
        Row("cores", [(task + "Resources", ["Cores": 1])]),
        Row("memory_max", [(task + "Resources.MemoryMaxMB", 10)], "should be larger"),
        Row(
            "logs", [(task + "LogConfig", ["MaxFiles": 30, "MaxFileSizeMB": 10])], "log storage (300 MB) must be less"),
        Row(
            "device", [(task + "Resources.Devices", [["Name": "a/b/c/d", "Count": 0]])], "vendor/type/model",
            "at least 1"),
        Row("dispatch payload", [(task + "DispatchPayload.File", "../../../x")], "escapes"),
        Row(
            "artifact",
            [
                (
                    task + "Artifacts",
                    [["GetterMode": "folder", "RelativeDest": "../../x", "GetterOptions": ["checksum": "crc:12"]]]
                )
            ], "source must be specified", "invalid artifact mode", "destination escapes",
            "unsupported checksum type: crc"),
        Row(
            "checksum length",
            [(task + "Artifacts", [["GetterSource": "x", "GetterOptions": ["checksum": "md5:12"]]])],
            "32 hexadecimal digits"),
        Row(
            "checksum reference",
            [(task + "Artifacts", [["GetterSource": "x", "GetterOptions": ["checksum": "${meta.sum}"]]])]),
        Row(
            "template", [(task + "Templates", [["ChangeMode": "explode", "Perms": "rw-"]])],
            "source path or have an embedded template", "Must specify a destination", "Invalid change mode", "as octal"),
        Row(
            "template twice",
            [
                (
                    task + "Templates",
                    [["EmbeddedTmpl": "x", "DestPath": "local/x"], ["EmbeddedTmpl": "y", "DestPath": "local/x"]]
                )
            ], "same destination"),
        Row("template shared directory", [(task + "Templates", [["EmbeddedTmpl": "x", "DestPath": "../alloc/x"]])]),
        Row(
            "change script", [(task + "Templates", [["EmbeddedTmpl": "x", "DestPath": "x", "ChangeMode": "script"]])],
            "must specify change script"),
        Row("vault mode", [(task + "Vault", ["Policies": ["p"], "ChangeMode": "x"])], "Unknown change mode"),
        Row("action", [(task + "Actions", [["Name": "a b"]])], "Action name 'a b' is invalid", "has no command"),
        Row(
            "consul partition",
            [(group + "Consul", ["Partition": "a"]), (task + "Consul", ["Partition": "b"])], "must equal the group's"),
        Row("schedule", [(task + "Schedule", ["Cron": ["Start": "x"]])], "Enterprise"),
    ]

    static let serviceRows: [Row] = [
        Row("name", [(group + "Services", [["Name": "under_score"]])], "valid per RFC 1123"),
        Row("name with references", [(group + "Services", [["Name": "svc-${NOMAD_ALLOC_INDEX}-x"]])]),
        Row(
            "address mode", [(group + "Services", [["Name": "a", "AddressMode": "teleport"]])], "address_mode must be"),
        Row(
            "same service twice",
            [(group + "Services", [["Name": "a", "PortLabel": "1"], ["Name": "a", "PortLabel": "1"]])], "is duplicate"),
        Row(
            "providers", [(group + "Services", [["Name": "a"], ["Name": "b", "Provider": "nomad"]])],
            "Multiple service providers"),
        Row(
            "check",
            [(group + "Services", [["Name": "a", "PortLabel": "1", "Checks": [["Type": "ping", "Timeout": 1]]]])],
            "invalid type (\"ping\")", "missing required value interval", "lower than required minimum"),
        Row(
            "http check",
            [
                (
                    group + "Services",
                    [
                        [
                            "Name": "a",
                            "Checks": [
                                [
                                    "Type": "http", "Path": "http://x/", "Interval": .int(second),
                                    "Timeout": .int(second),
                                ]
                            ],
                        ]
                    ]
                )
            ], "relative http path", "requires a port"),
        Row(
            "unknown port of a task's service", [(task + "Services", [["Name": "a", "PortLabel": "http"]])],
            "does not exist"),
        Row("number as port", [(task + "Services", [["Name": "a", "PortLabel": "80", "AddressMode": "driver"]])]),
        Row(
            "sidecar without bridge",
            [
                (group + "Networks", [["Mode": "host"]]),
                (group + "Services", [["Name": "a", "PortLabel": "80", "Connect": ["SidecarService": [:]]]]),
            ], "requires bridge network, found \"host\" in group \"g\""),
        Row(
            "sidecar in upper case",
            [
                (group + "Networks", [["Mode": "bridge"]]),
                (group + "Services", [["Name": "Web", "PortLabel": "80", "Connect": ["SidecarService": [:]]]]),
            ], "service name \"Web\" in group \"g\" must not contain uppercase"),
        Row(
            "transparent proxy",
            [
                (group + "Networks", [["Mode": "bridge", "DNS": ["Servers": ["1.1.1.1"]]]]),
                (
                    group + "Services",
                    [
                        [
                            "Name": "a", "PortLabel": "80",
                            "Connect": ["SidecarService": ["Proxy": ["TransparentProxy": [:]]]],
                        ],
                        ["Name": "b", "PortLabel": "81", "Connect": ["SidecarService": [:]]],
                    ]
                ),
            ], "only one connect block", "network.dns unless no_dns"),
        Row(
            "two kinds of connect",
            [
                (group + "Networks", [["Mode": "bridge"]]),
                (
                    group + "Services",
                    [["Name": "a", "PortLabel": "80", "Connect": ["Native": true, "SidecarService": [:]]]]
                ),
            ], "must be exclusively native"),
        Row(
            "nomad check",
            [
                (
                    group + "Services",
                    [
                        [
                            "Name": "a", "Provider": "nomad", "PortLabel": "80",
                            "Checks": [
                                [
                                    "Type": "grpc", "Interval": .int(second), "Timeout": .int(second),
                                    "SuccessBeforePassing": 2,
                                ]
                            ],
                        ]
                    ]
                )
            ], "invalid type (\"grpc\")", "success_before_passing"),
    ]

    @Test(arguments: jobRows + constraintRows + groupRows + networkRows + taskRows + serviceRows)
    func rule(row: Row) throws {
        let text = try Self.report(row.edits).errors.text
        if row.words.isEmpty { #expect(text == "") }
        for word in row.words { #expect(text.contains(word), "\(text)") }
    }

    @Test func allProblemsAtOnceNested() throws {
        let report = try Self.report([("Priority", 0), ("Type", "daemon"), (Self.task + "Driver", ""), ("Region", "")])
        // A priority of 0 means the default.
        #expect(report.errors.items.count == 2)
        #expect(
            report.errors.text.hasSuffix(
                "\t* Task group g validation failed: 1 error occurred:\n\t* Task t validation failed: 1 error occurred:\n"
                    + "\t* Missing task driver\n\n\n\n\n\n"))
    }

    @Test(
        arguments: [
            ([("TaskGroups.0.Update.MaxParallel", 3)], "max parallel count is greater"),
            ([("TaskGroups.0.Networks", [["MBits": 10]])], "mbits has been deprecated"),
            (
                [("TaskGroups.0.Tasks.0.Resources.Networks", [["MBits": 10]])],
                "task network resources have been deprecated"
            ),
            ([("TaskGroups.0.Tasks.0.Resources.MemoryMaxMB", 999)], "Memory oversubscription is not enabled"),
            ([("TaskGroups.0.Tasks.0.Resources.IOPS", 1)], "IOPS"),
        ] as [([(String, JSON)], String)])
    func warnings(edits: [(String, JSON)], words: String) throws {
        let report = try Self.report(edits)
        #expect(report.errors.text == "")
        #expect(report.warningText.hasPrefix("1 warning(s):\n\n* "))
        #expect(report.warningText.contains(words))
    }

    /// Blocks that nothing acts on yet are named when the job is registered, and don't trouble a validation.
    @Test(
        arguments: [
            ([("TaskGroups.0.Tasks.0.Resources.NUMA", ["Affinity": "require"])], "resources.numa"),
            ([("TaskGroups.0.Tasks.0.Templates", [["EmbeddedTmpl": "x", "DestPath": "local/x"]])], "template"),
            ([("TaskGroups.0.Tasks.0.Artifacts", [["GetterSource": "https://example.com/x"]])], "artifact"),
            ([("TaskGroups.0.Tasks.0.Actions", [["Name": "a", "Command": "b"]])], "action"),
            ([("TaskGroups.0.Tasks.0.Identities", [["Name": "a", "Audience": ["x"]]])], "identity"),
            ([("TaskGroups.0.EphemeralDisk", ["Sticky": true, "Migrate": true])], "ephemeral_disk.migrate"),
            ([("TaskGroups.0.Consul", ["Namespace": "n"])], "consul"),
            ([("TaskGroups.0.Services", [["Name": "s"]])], "registration of services"),
        ] as [([(String, JSON)], String)])
    func namesWhatHasNoEffect(edits: [(String, JSON)], words: String) throws {
        let report = try Self.report(edits)
        #expect(report.warningText == "")
        #expect(report.withoutEffect.count == 1)
        #expect(report.registrationText.contains(words))
        #expect(report.registrationText.contains("no effect yet") || report.registrationText.contains("without effect"))
    }

    @Test func whatActsIsNotNamed() throws {
        #expect(try Self.report([]).withoutEffect == [])
        #expect(try Self.report([("AllAtOnce", true)]).withoutEffect == [])
    }
}
