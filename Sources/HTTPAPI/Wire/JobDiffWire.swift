import Base
import Model

/// What changes from one job to another, as plans and version lists show it.
enum JobDiffWire {
    static func diff(from old: Job?, to new: Job) throws -> JSON { .null }
    static func plan(from old: Job?, to new: Job, annotations: PlanAnnotations) throws -> JSON { .null }
}
