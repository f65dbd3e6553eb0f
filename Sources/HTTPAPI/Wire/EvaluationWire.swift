import Base
import Model

/// Evaluations and deployments as the API shows them.
enum EvaluationWire {
    /// Fields with zero values are left out.
    static func tree(_ evaluation: Evaluation) throws -> JSON { try WireEncoder().encode(evaluation) }

    /// All fields, zero or not: what filters look at.
    static func whole(_ evaluation: Evaluation) throws -> JSON {
        guard case .object(var object) = try tree(evaluation) else { return .null }
        for (name, zero) in zeros where object[name] == nil { object[name] = zero }
        return .object(object)
    }

    private static let zeros: [(String, JSON)] = [
        ("ID", ""), ("Namespace", ""), ("Priority", 0), ("Type", ""), ("TriggeredBy", ""), ("JobID", ""),
        ("JobModifyIndex", 0), ("NodeID", ""), ("NodeModifyIndex", 0), ("DeploymentID", ""), ("Status", ""),
        ("StatusDescription", ""), ("Wait", 0), ("WaitUntil", nil), ("NextEval", ""), ("PreviousEval", ""),
        ("BlockedEval", ""), ("RelatedEvals", nil), ("FailedTGAllocs", nil), ("PlanAnnotations", nil),
        ("ClassEligibility", nil), ("QuotaLimitReached", ""), ("EscapedComputedClass", false), ("AnnotatePlan", false),
        ("QueuedAllocations", nil), ("SnapshotIndex", 0), ("CreateIndex", 0), ("ModifyIndex", 0), ("CreateTime", 0),
        ("ModifyTime", 0),
    ]

    /// An evaluation as others refer to it.
    static func stub(_ evaluation: Evaluation) -> JSON {
        func id<Kind>(_ id: ID<Kind>) -> JSON { .string(id.isZero ? "" : id.text) }
        return [
            "ID": id(evaluation.id), "Namespace": .string(evaluation.namespace),
            "Priority": .int(Int64(evaluation.priority)), "Type": .string(evaluation.type.rawValue),
            "TriggeredBy": .string(evaluation.triggeredBy.rawValue), "JobID": .string(evaluation.jobID),
            "NodeID": id(evaluation.nodeID), "DeploymentID": id(evaluation.deploymentID),
            "Status": .string(evaluation.status.rawValue),
            "StatusDescription": .string(evaluation.statusDescription),
            "WaitUntil": .string((evaluation.waitUntil ?? .zero).text), "NextEval": id(evaluation.nextEval),
            "PreviousEval": id(evaluation.previousEval), "BlockedEval": id(evaluation.blockedEval),
            "CreateIndex": .int(Int64(clamping: evaluation.createIndex)),
            "ModifyIndex": .int(Int64(clamping: evaluation.modifyIndex)),
            "CreateTime": .int(evaluation.createTime), "ModifyTime": .int(evaluation.modifyTime),
        ]
    }
}

enum DeploymentWire {
    static func tree(_ deployment: Deployment) throws -> JSON { try WireEncoder().encode(deployment) }
}
