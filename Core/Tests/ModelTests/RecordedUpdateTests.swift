import Base
import Testing

@testable import Model

/// Every row of the recorded table, through reading, comparing and the plan's difference.
@Suite struct RecordedUpdateTests {
    private func job(_ edits: [JSON]) throws -> Job {
        var tree = try JSON(parsing: RecordedUpdates.base)
        for at in stride(from: 0, to: edits.count, by: 2) {
            tree[path: edits[at].stringValue ?? ""] = edits[at + 1]
        }
        return JobAdmission.admit(try JobAdmission.read(tree, AdmissionDefaults())).job
    }

    @Test(arguments: RecordedUpdates.rows.indices)
    func row(_ number: Int) throws {
        let row = RecordedUpdates.rows[number]
        let old = try job([])
        var new = try job(try JSON(parsing: row.edits).arrayValue ?? [])
        new.version = 1
        new.jobModifyIndex = 9
        switch row.fate {
        case "destructive": #expect(GroupChange.kind(old: old, new: new, group: "g") == .destructive, "\(row.change)")
        case "in-place": #expect(GroupChange.kind(old: old, new: new, group: "g") == .inPlace, "\(row.change)")
        default: break
        }
        let diff = try JobDiff.plan(from: old, to: new, PlanAnnotations())
        var words: Set<String> = []
        for group in diff.taskGroups {
            words.formUnion(group.fields.flatMap(\.annotations))
            words.formUnion(group.tasks.flatMap(\.annotations))
        }
        #expect(words.sorted() == row.words.sorted(), "\(row.change)")
    }
}
