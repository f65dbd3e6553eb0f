/// Marks a diff with what the scheduler makes of it.
enum DiffAnnotation {
    static func annotate(_ diff: inout JobDiff, _ annotations: PlanAnnotations) {
        for at in diff.taskGroups.indices {
            let name = diff.taskGroups[at].name
            diff.taskGroups[at].updates = annotations.desiredTGUpdates[name].map(phrases)
            annotate(&diff.taskGroups[at])
        }
    }

    /// The words for the fates of allocations; zeros are left out.
    private static func phrases(_ updates: DesiredUpdates) -> [String: Int] {
        let all = [
            "ignore": updates.ignore, "create": updates.place, "destroy": updates.stop, "migrate": updates.migrate,
            "canary": updates.canary, "in-place update": updates.inPlaceUpdate,
            "create/destroy update": updates.destructiveUpdate, "preemptions": updates.preemptions,
        ]
        return all.filter { $0.value != 0 }
    }

    private static func annotate(_ group: inout TaskGroupDiff) {
        for at in group.fields.indices where group.fields[at].name == "Count" {
            let counts = (Int(group.fields[at].old) ?? 0, Int(group.fields[at].new) ?? 0)
            if counts.0 != counts.1 {
                group.fields[at].annotations = [counts.0 < counts.1 ? "forces create" : "forces destroy"]
            }
        }
        for at in group.tasks.indices {
            group.tasks[at].annotations =
                switch group.type {
                case .added: ["forces create"]
                case .deleted: ["forces destroy"]
                case .none, .edited: annotation(group.tasks[at])
                }
        }
    }

    /// Blocks of a task that can change under it while it runs.
    private static let inPlaceBlocks: Set<String> = [
        "LogConfig", "Service", "Constraint", "VolumeMount", "Lifecycle", "ScalingPolicy", "Action",
        "RestartPolicy",
    ]

    /// Fields of those blocks that a running task can't follow.
    private static let destructiveFields: Set<String> = ["RenderTemplates", "Disabled"]

    private static func isDestructive(_ object: ObjectDiff) -> Bool {
        guard object.type != .none else { return false }
        return !inPlaceBlocks.contains(object.name)
            || object.fields.contains { $0.type != .none && destructiveFields.contains($0.name) }
    }

    private static func annotation(_ task: TaskDiff) -> [String] {
        switch task.type {
        case .none: return []
        case .added, .deleted: return ["forces create/destroy update"]
        case .edited: break
        }
        let isDestructive =
            task.fields.contains { $0.type != .none && $0.name != "KillTimeout" }
            || task.objects.contains(where: isDestructive)
        return [isDestructive ? "forces create/destroy update" : "forces in-place update"]
    }
}
