public import Base

/// What happened to a job, group, task, block or field between two versions.
public enum DiffType: String, Hashable, Sendable {
    case none = "None"
    case added = "Added"
    case deleted = "Deleted"
    case edited = "Edited"

    /// The type for something that may be absent on either side.
    init(old: Bool, new: Bool, changed: Bool) {
        switch (old, new) {
        case (false, true): self = .added
        case (true, false): self = .deleted
        default: self = changed ? .edited : .none
        }
    }
}

/// A plain field: its text before and after, "" where it isn't set.
public struct FieldDiff: Hashable, Sendable {
    public var type: DiffType
    public var name: String
    public var old: String
    public var new: String
    /// What the change forces, `forces create`; plans only.
    public var annotations: [String] = []

    /// Nil when both are empty, or equal and not asked for as context.
    init?(_ name: String, _ old: String, _ new: String, withContext: Bool) {
        guard old != new || (withContext && !old.isEmpty) else { return nil }
        type = DiffType(old: !old.isEmpty, new: !new.isEmpty, changed: old != new)
        self.name = name
        self.old = old
        self.new = new
    }
}

/// A block inside a job, group or task.
public struct ObjectDiff: Hashable, Sendable {
    public var type: DiffType
    public var name: String
    public var fields: [FieldDiff] = []
    public var objects: [ObjectDiff] = []
}

public struct TaskDiff: Hashable, Sendable {
    public var type: DiffType
    public var name: String
    public var fields: [FieldDiff] = []
    public var objects: [ObjectDiff] = []
    public var annotations: [String] = []
}

public struct TaskGroupDiff: Hashable, Sendable {
    public var type: DiffType
    public var name: String
    public var fields: [FieldDiff] = []
    public var objects: [ObjectDiff] = []
    public var tasks: [TaskDiff] = []
    /// How many allocations meet which fate, `create: 2`; nil but in plans.
    public var updates: [String: Int]?
}

/// What changes from one version of a job to another; shown by plans and version lists.
public struct JobDiff: Hashable, Sendable {
    public var type: DiffType
    public var id: String
    public var fields: [FieldDiff] = []
    public var objects: [ObjectDiff] = []
    public var taskGroups: [TaskGroupDiff] = []

    /// The change from `old` to `new`; nil for one of them means the job appears or goes.
    /// Throws only what encoding a job throws.
    public static func between(_ old: Job?, _ new: Job?) throws -> JobDiff {
        try DiffWalk().job(old, new)
    }

    /// The change with what a plan would do about it.
    public static func plan(from old: Job?, to new: Job, _ annotations: PlanAnnotations) throws -> JobDiff {
        var diff = try between(old, new)
        DiffAnnotation.annotate(&diff, annotations)
        return diff
    }
}

extension JobDiff {
    /// The form of the API.
    public var json: JSON {
        [
            "Type": .string(type.rawValue), "ID": .string(id), "Fields": list(fields.map(\.json)),
            "Objects": list(objects.map(\.json)), "TaskGroups": list(taskGroups.map(\.json)),
        ]
    }
}

/// An empty list is null in the API.
private func list(_ elements: [JSON]) -> JSON { elements.isEmpty ? .null : .array(elements) }

extension FieldDiff {
    fileprivate var json: JSON {
        [
            "Type": .string(type.rawValue), "Name": .string(name), "Old": .string(old), "New": .string(new),
            "Annotations": list(annotations.map { .string($0) }),
        ]
    }
}

extension ObjectDiff {
    fileprivate var json: JSON {
        [
            "Type": .string(type.rawValue), "Name": .string(name), "Fields": list(fields.map(\.json)),
            "Objects": list(objects.map(\.json)),
        ]
    }
}

extension TaskDiff {
    fileprivate var json: JSON {
        [
            "Type": .string(type.rawValue), "Name": .string(name), "Fields": list(fields.map(\.json)),
            "Objects": list(objects.map(\.json)), "Annotations": list(annotations.map { .string($0) }),
        ]
    }
}

extension TaskGroupDiff {
    fileprivate var json: JSON {
        let updates = self.updates.map { updates in
            JSON.object(JSONObject(updates.sorted { $0.key < $1.key }.map { ($0.key, .int(Int64($0.value))) }))
        }
        return [
            "Type": .string(type.rawValue), "Name": .string(name), "Fields": list(fields.map(\.json)),
            "Objects": list(objects.map(\.json)), "Tasks": list(tasks.map(\.json)), "Updates": updates ?? .null,
        ]
    }
}
