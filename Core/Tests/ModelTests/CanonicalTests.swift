import Base
import Testing

@testable import Model

struct CanonicalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let edits: [(String, JSON)]
        /// Path and what the canonical form shows there.
        let expected: [(String, JSON)]
        var testDescription: String { name }

        init(_ name: String, _ edits: [(String, JSON)], _ expected: [(String, JSON)]) {
            self.name = name
            self.edits = edits
            self.expected = expected
        }
    }

    private static let second: Int64 = 1_000_000_000
    private static let group = "TaskGroups.0."
    private static let task = "TaskGroups.0.Tasks.0."

    static let rows: [Row] = [
        Row(
            "defaults of a service", [],
            [
                ("Name", "web"), ("Type", "service"), ("Priority", 50), ("Region", "global"), ("Namespace", "default"),
                ("Update.MaxParallel", 1), ("Update.Stagger", .int(30 * second)), ("Constraints", .null),
                (group + "Count", 1), (group + "Update.HealthCheck", "checks"), (group + "RestartPolicy.Attempts", 2),
                (group + "ReschedulePolicy.Unlimited", true), (group + "ReschedulePolicy.DelayFunction", "exponential"),
                (group + "Migrate.MaxParallel", 1), (group + "EphemeralDisk.SizeMB", 300),
                (group + "Consul.Namespace", ""), (task + "Resources.CPU", 100), (task + "Resources.MemoryMB", 300),
                (task + "KillTimeout", .int(5 * second)), (task + "LogConfig.MaxFiles", 10),
                (task + "RestartPolicy.Mode", "fail"),
            ]),
        Row(
            "defaults of a batch job", [("Type", "batch")],
            [
                ("Update", .null), (group + "Update", .null), (group + "Migrate", .null),
                (group + "RestartPolicy.Attempts", 3), (group + "RestartPolicy.Interval", .int(86400 * second)),
                (group + "ReschedulePolicy.Attempts", 1), (group + "ReschedulePolicy.DelayFunction", "constant"),
            ]),
        Row(
            "defaults of a system job", [("Type", "system")],
            [("Update", .null), (group + "ReschedulePolicy", .null), (group + "Migrate", .null)]),
        Row(
            "update is merged field by field, the group wins",
            [("Update.MaxParallel", 3), ("Update.Canary", 1), (group + "Update.Canary", 2)],
            [(group + "Update.MaxParallel", 3), (group + "Update.Canary", 2), (group + "Update.AutoRevert", false)]),
        Row(
            "an update block of zeros is no policy for batch groups",
            [("Type", "batch"), ("Update.MaxParallel", 0)], [(group + "Update", .null)]),
        Row(
            "reschedule and migrate of the job go to the groups",
            [("Reschedule.Delay", .int(7 * second)), ("Migrate.MaxParallel", 4), (group + "Migrate.MaxParallel", 2)],
            [
                (group + "ReschedulePolicy.Delay", .int(7 * second)), (group + "Migrate.MaxParallel", 2),
                ("Migrate.MaxParallel", 4),
            ]),
        Row(
            "restart of the group goes to the task",
            [(group + "RestartPolicy.Attempts", 9), (task + "RestartPolicy.Mode", "delay")],
            [(task + "RestartPolicy.Attempts", 9), (task + "RestartPolicy.Mode", "delay")]),
        Row(
            "the count follows scaling", [(group + "Scaling.Min", 4), (group + "Scaling.Max", 8)],
            [(group + "Count", 4), (group + "Scaling.Enabled", true)]),
        Row(
            "scaling follows the count", [(group + "Count", 3), (group + "Scaling.Max", 8)],
            [(group + "Scaling.Min", 3)]),
        Row("cores replace MHz", [(task + "Resources.Cores", 2)], [(task + "Resources.CPU", 0)]),
        Row(
            "services are named after their place",
            [(group + "Services", [["PortLabel": "x"]]), (task + "Services", [["PortLabel": "x"]])],
            [
                (group + "Services.0.Name", "web-g"), (task + "Services.0.Name", "web-g-t"),
                (group + "Services.0.AddressMode", "auto"), (group + "Services.0.OnUpdate", "require_healthy"),
            ]),
        Row(
            "checks inherit from their service",
            [
                (
                    group + "Services",
                    [
                        [
                            "OnUpdate": "ignore", "CheckRestart": ["Limit": 3, "Grace": 9],
                            "Checks": [
                                ["Type": "tcp"],
                                ["Type": "tcp", "OnUpdate": "ignore_warnings", "CheckRestart": ["Limit": 1]],
                            ],
                        ]
                    ]
                )
            ],
            [
                (group + "Services.0.Checks.0.OnUpdate", "ignore"),
                (group + "Services.0.Checks.0.CheckRestart.Limit", 3),
                (group + "Services.0.Checks.1.OnUpdate", "ignore_warnings"),
                (group + "Services.0.Checks.1.CheckRestart.Limit", 1),
                (group + "Services.0.Checks.1.CheckRestart.Grace", 9),
            ]),
        Row(
            "templates", [(task + "Templates", [["ChangeMode": "signal", "ChangeSignal": "sighup"], [:]])],
            [
                (task + "Templates.0.ChangeSignal", "SIGHUP"), (task + "Templates.1.ChangeMode", "restart"),
                (task + "Templates.1.Perms", "0644"), (task + "Templates.1.LeftDelim", "{{"),
            ]),
        Row(
            "artifacts",
            [
                (
                    task + "Artifacts",
                    [["GetterSource": "https://x/a/b.zip?c=d", "GetterMode": "file"], ["GetterSource": "x"]]
                )
            ],
            [(task + "Artifacts.0.RelativeDest", "local/b.zip"), (task + "Artifacts.1.RelativeDest", "local/")]),
        Row("a lifecycle without hook is none", [(task + "Lifecycle.Sidecar", true)], [(task + "Lifecycle", .null)]),
        Row(
            "names in any case, durations as text", [("priority", 70), ("taskgroups.0.tasks.0.killtimeout", "1m")],
            [("Priority", 70)]),
    ]

    @Test(arguments: rows) func canonical(row: Row) throws {
        let complete = try JobWire.complete(job(row.edits))
        let canonical = Canonical.job(complete)
        for (path, value) in row.expected { #expect(JSON.object(canonical)[path: path] == value, "\(path)") }
        #expect(Canonical.job(canonical) == canonical, "canonical form of canonical form")
    }

    @Test func everyFieldIsPresent() throws {
        let complete = try JobWire.complete(minimalJob)
        for field in JobSchema.job.fields { if let name = field.json { #expect(complete[name] != nil, "\(name)") } }
        #expect(JSON.object(complete)[path: "TaskGroups.0.Tasks.0.Leader"] == false)
        #expect(complete["Priority"] == .null)
    }

    @Test(
        arguments: [
            ("Priority", "high", "Priority: must be a whole number, not a string"),
            ("Priority", 1.5, "Priority: must be a whole number, not a fraction (1.5)"),
            ("Datacenters", "dc1", "Datacenters: must be a list of strings, not a string"),
            ("Datacenters", [1], "Datacenters[0]: must be a string, not a number"),
            ("TaskGroups.0.Count", "3", "TaskGroups[0].Count: must be a whole number, not a string"),
            ("TaskGroups.0.Tasks.0.Env", ["A": 1], "TaskGroups[0].Tasks[0].Env.A: must be a string, not a number"),
            (
                "TaskGroups.0.ShutdownDelay", "soon",
                "TaskGroups[0].ShutdownDelay: \"soon\" is not a duration; write for example \"30s\" or \"1h30m\""
            ),
        ] as [(String, JSON, String)])
    func wrongKinds(path: String, value: JSON, message: String) {
        let error = #expect(throws: WireError.self) { try JobWire.complete(job([(path, value)])) }
        #expect(error.map { "\($0)" } == message)
    }
}
