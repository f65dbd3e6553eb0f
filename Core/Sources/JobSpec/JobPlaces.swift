public import HCL
public import Model

/// Where the fields of a job are written in its file.
///
/// A problem that validation found names a field of the job in its API form (`FieldPath`); this finds the line. What
/// isn't written itself (it is missing, or follows from something else) has the place of the innermost block around it.
public struct JobPlaces: Hashable, Sendable {
    /// One block as written: its header, its attributes and the blocks in it.
    struct Node: Hashable, Sendable {
        var type: String
        var label: String?
        var header: SourceRange
        /// Values by the names of their attributes.
        var attributes: [String: SourceRange] = [:]
        var blocks: [Node] = []

        init(_ block: Block) {
            type = block.type
            label = block.labels.first?.value
            header = block.headerRange
        }
    }

    /// The type of the identity block that is the task's own; the others are `identity`.
    static let ownIdentity = "own identity"

    let job: Node

    /// The problems as diagnostics, in the order they were found.
    public func diagnostics(_ problems: [Problem]) -> Diagnostics {
        Diagnostics(problems.map { Diagnostic(.error, $0.text, "", at: range($0.path)) })
    }

    /// The place of a field.
    public func range(_ path: FieldPath) -> SourceRange {
        var search = Search(node: job, schema: JobSchema.job)
        var steps = path.steps[...]
        while let step = steps.popFirst() {
            guard case .field(let name) = step else { continue }
            var wanted: FieldPath.Step?
            if let next = steps.first {
                if case .field = next {} else { wanted = steps.removeFirst() }
            }
            if let found = search.enter(name, wanted) { return found }
        }
        return search.node.header
    }

    /// A walk from the job block inwards.
    private struct Search {
        var node: Node
        var schema: BlockSchema
        var outer: [Node] = []

        /// Goes into a block. An answer is the end of the way.
        mutating func enter(_ name: String, _ wanted: FieldPath.Step?) -> SourceRange? {
            // A task outside of groups is the group and its only task.
            if name == "Tasks", node.type == "task" {
                schema = JobSchema.task
                return nil
            }
            guard let field = self.field(name), var type = field.hcl else { return node.header }
            if name == "Identity", schema === JobSchema.task { type = JobPlaces.ownIdentity }
            if field.kind.isAttribute, let range = node.attributes[type] { return range }
            guard field.kind.isBlock else { return node.header }
            guard let block = find(type, wanted) else { return node.header }
            outer.append(node)
            node = block
            guard let inner = field.kind.block else { return node.header }
            schema = inner
            return nil
        }

        private func field(_ name: String) -> FieldSchema? {
            switch name {
            // Ports stand in two lists of the API and have labels that are unique.
            case "Ports": return schema.field(json: "DynamicPorts")
            case "Identity" where schema === JobSchema.task: return schema.field(json: "Identities")
            default: return schema.field(json: name)
            }
        }

        /// The block in this one, or in one around it: updates, for example, are taken over from the job.
        private func find(_ type: String, _ wanted: FieldPath.Step?) -> Node? {
            for place in [node] + outer.reversed() {
                var candidates = place.blocks.filter { $0.type == type }
                if type == "group" { candidates = place.blocks.filter { $0.type == "task" } + candidates }
                if candidates.isEmpty { continue }
                switch wanted {
                case .at(let at): return candidates.indices.contains(at) ? candidates[at] : nil
                case .key(let key): return candidates.first { $0.label == key }
                default: return candidates.first
                }
            }
            return nil
        }
    }
}
