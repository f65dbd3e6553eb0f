import Base
import Model

/// What changes from one job to another, as plans and version lists show it.
enum JobDiffWire {
    static func diff(from old: Job?, to new: Job) throws -> JSON { try JobDiff.between(old, new).json }

    /// The same with what the scheduler would do about it.
    static func plan(from old: Job?, to new: Job, annotations: PlanAnnotations) throws -> JSON {
        try JobDiff.plan(from: old, to: new, annotations).json
    }
}
