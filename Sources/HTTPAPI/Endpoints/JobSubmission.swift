import Base
import ControlPlane
import Model
import State

/// The texts that job versions came from.
enum JobSubmission {
    static func find(_ key: JobKey, version: UInt64, in state: State) -> JSON? {
        let name = RecordTable.submissionKey(namespace: key.namespace, job: key.id, version: version)
        guard let stored = state.record(table: RecordTable.submissions, key: name)?.objectValue else { return nil }
        return [
            "Source": stored.caseInsensitive("Source") ?? "", "Format": stored.caseInsensitive("Format") ?? "hcl2",
            "VariableFlags": stored.caseInsensitive("VariableFlags") ?? .null,
            "Variables": stored.caseInsensitive("Variables") ?? "", "Namespace": .string(key.namespace),
            "JobID": .string(key.id), "Version": .int(Int64(clamping: version)),
            "JobModifyIndex": state.version(version, of: key).map { .int(Int64(clamping: $0.job.jobModifyIndex)) } ?? 0,
        ]
    }
}
