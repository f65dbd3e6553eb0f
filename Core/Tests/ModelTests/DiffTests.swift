import Base
import Testing

@testable import Model

struct DiffTests {
    private static func stored(_ edits: [(String, JSON)]) throws -> Job {
        JobAdmission.admit(try JobAdmission.read(job(edits), AdmissionDefaults())).job
    }

    /// A check is known by its name, so that a change of one shows in its place.
    @Test func checksAreComparedByName() throws {
        func service(_ path: String, _ name: String) -> [(String, JSON)] {
            [
                (
                    "TaskGroups.0.Services",
                    [
                        [
                            "Name": "s", "PortLabel": "80",
                            "Checks": [
                                [
                                    "Name": .string(name), "Type": "http", "Path": .string(path), "Interval": "1s",
                                    "Timeout": "1s",
                                ]
                            ],
                        ]
                    ]
                )
            ]
        }
        let old = try Self.stored(service("/", "up"))
        let edited = try JobDiff.between(old, try Self.stored(service("/x", "up")))
        #expect(Self.lines(edited) == ["g/Service/Check/Path /=>/x"])
        let renamed = try JobDiff.between(old, try Self.stored(service("/", "down")))
        #expect(renamed.taskGroups.first?.objects.first?.objects.map(\.type) == [.added, .deleted])
    }

    /// The changed fields of a diff as `place: name old => new`, unchanged ones left out.
    private static func lines(_ diff: JobDiff) -> [String] {
        var lines = changed("", diff.fields, diff.objects)
        for group in diff.taskGroups {
            lines += changed("g/", group.fields, group.objects)
            for task in group.tasks { lines += changed("t/", task.fields, task.objects) }
        }
        return lines
    }

    private static func changed(_ place: String, _ fields: [FieldDiff], _ objects: [ObjectDiff]) -> [String] {
        fields.filter { $0.type != .none }.map { "\(place)\($0.name) \($0.old)=>\($0.new)" }
            + objects.flatMap { changed(place + $0.name + "/", $0.fields, $0.objects) }
    }

    @Test(
        arguments: [
            ([], []),
            ([("Priority", 60)], ["Priority 50=>60"]),
            ([("Meta", ["a": "b"])], ["Meta[a] =>b"]),
            ([("Datacenters", ["dc1", "dc2"])], ["Datacenters/Datacenters =>dc2"]),
            ([("TaskGroups.0.Count", 4)], ["g/Count 1=>4"]),
            ([("TaskGroups.0.Update.Canary", 1)], ["g/Update/Canary 0=>1"]),
            ([("TaskGroups.0.Tasks.0.Env", ["A": "1"])], ["t/Env[A] =>1"]),
            (
                [("TaskGroups.0.Tasks.0.Config", ["image": "x", "args": ["y"]])],
                ["t/Config/args[0] =>y", "t/Config/image busybox=>x"]
            ),
            ([("TaskGroups.0.Tasks.0.Resources.CPU", 200)], ["t/Resources/CPU 100=>200"]),
            ([("TaskGroups.0.Tasks.0.RestartPolicy.Attempts", 7)], ["t/RestartPolicy/Attempts 2=>7"]),
            ([("TaskGroups.0.RestartPolicy.Attempts", 7)], ["g/RestartPolicy/Attempts 2=>7"]),
            (
                [("Constraints", [["LTarget": "a", "RTarget": "b", "Operand": "="]])],
                ["Constraint/LTarget =>a", "Constraint/Operand =>=", "Constraint/RTarget =>b"]
            ),
            (
                [("TaskGroups.0.Networks", [["Mode": "host", "DynamicPorts": [["Label": "http", "To": 80]]]])],
                [
                    "g/Network/MBits =>0", "g/Network/Mode =>host", "g/Network/Dynamic Port/HostNetwork =>default",
                    "g/Network/Dynamic Port/Label =>http", "g/Network/Dynamic Port/To =>80",
                    "g/Network/Dynamic Port/Value =>0",
                ]
            ),
        ] as [([(String, JSON)], [String])])
    func changes(edits: [(String, JSON)], expected: [String]) throws {
        let diff = try JobDiff.between(try Self.stored([]), try Self.stored(edits))
        #expect(Self.lines(diff) == expected)
        #expect(diff.type == (edits.isEmpty ? .none : .edited))
    }

    @Test func serverFieldsAreNoChange() throws {
        let old = try Self.stored([])
        var new = old
        new.version = 3
        new.status = "running"
        new.modifyIndex = 9
        new.submitTime = 5
        let diff = try JobDiff.between(old, new)
        #expect(diff.type == .none)
        #expect(Self.lines(diff).isEmpty)
        #expect(diff.taskGroups.map(\.name) == ["g"])
    }

    @Test func blocksShowTheirOtherFields() throws {
        let diff = try JobDiff.between(try Self.stored([]), try Self.stored([("TaskGroups.0.Update.Canary", 1)]))
        let update = try #require(diff.taskGroups.first?.objects.first)
        #expect(update.fields.map(\.name).contains("MaxParallel"))
        #expect(!update.fields.map(\.name).contains("Stagger"))
    }

    @Test func appearingAndGoing() throws {
        let job = try Self.stored([])
        let added = try JobDiff.between(nil, job)
        #expect(added.type == .added)
        #expect(added.taskGroups.first?.tasks.first?.type == .added)
        #expect(Set(added.fields.map(\.type)) == [.added])
        #expect(try JobDiff.between(job, nil).type == .deleted)
        #expect(added.json["TaskGroups"]?[0]?["Updates"] == .null)
    }

    @Test(
        arguments: [
            ([("TaskGroups.0.Count", 4)], ["forces create"], []),
            ([("TaskGroups.0.Count", 0)], ["forces destroy"], []),
            ([("TaskGroups.0.Tasks.0.Driver", "exec")], [], ["forces create/destroy update"]),
            ([("TaskGroups.0.Tasks.0.KillTimeout", 9)], [], ["forces in-place update"]),
            ([("TaskGroups.0.Tasks.0.LogConfig.MaxFiles", 2)], [], ["forces in-place update"]),
            ([("TaskGroups.0.Tasks.0.RestartPolicy.Attempts", 7)], [], ["forces in-place update"]),
            ([("TaskGroups.0.Tasks.0.RestartPolicy.RenderTemplates", true)], [], ["forces create/destroy update"]),
            ([("TaskGroups.0.Tasks.0.LogConfig.Disabled", true)], [], ["forces create/destroy update"]),
            ([("Priority", 70)], [], []),
        ] as [([(String, JSON)], [String], [String])])
    func annotations(edits: [(String, JSON)], count: [String], task: [String]) throws {
        var annotations = PlanAnnotations()
        var updates = DesiredUpdates()
        updates.ignore = 1
        updates.inPlaceUpdate = 2
        annotations.desiredTGUpdates["g"] = updates
        let diff = try JobDiff.plan(from: try Self.stored([]), to: try Self.stored(edits), annotations)
        let group = try #require(diff.taskGroups.first)
        #expect(group.updates == ["ignore": 1, "in-place update": 2])
        #expect(group.fields.filter { $0.name == "Count" }.flatMap(\.annotations) == count)
        #expect(group.tasks.flatMap(\.annotations) == task)
        #expect(diff.json["TaskGroups"]?[0]?["Updates"] == ["ignore": 1, "in-place update": 2])
    }
}
