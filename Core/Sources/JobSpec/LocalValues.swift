import Base
import HCL

/// The `locals` of a job file: names for expressions, in any order, each evaluated after those it refers to.
struct LocalValues {
    private var attributes: [String: Attribute] = [:]
    private var order: [String] = []

    init(_ content: BodyContent, _ diagnostics: inout Diagnostics) {
        for block in content.blocks("locals") {
            for attribute in block.body.attributes(&diagnostics) {
                if let other = attributes[attribute.name] {
                    diagnostics.error(
                        "Duplicate value in locals",
                        "Duplicate \(attribute.name) definition found; the first one is at \(other.nameRange).",
                        at: attribute.nameRange)
                    continue
                }
                attributes[attribute.name] = attribute
                order.append(attribute.name)
            }
        }
    }

    /// What `local` stands for. A circle is reported with its path.
    func evaluate(_ context: EvaluationContext, _ diagnostics: inout Diagnostics) -> Value {
        var evaluation = Evaluation(locals: self, context: context, diagnostics: diagnostics)
        for name in order { evaluation.visit(name) }
        diagnostics = evaluation.diagnostics
        return .object(evaluation.values)
    }

    private struct Evaluation {
        let locals: LocalValues
        let context: EvaluationContext
        var diagnostics: Diagnostics
        var values: [String: Value] = [:]
        var done: Set<String> = []
        /// Those without a value: what refers to them has no problem of its own.
        var failed: Set<String> = []
        var path: [String] = []

        mutating func visit(_ name: String) {
            guard let attribute = locals.attributes[name], !done.contains(name) else { return }
            if let start = path.firstIndex(of: name) {
                let circle = (path[start...] + [name]).map { "local.\($0)" }.joined(separator: " → ")
                diagnostics.error(
                    "Circular reference in locals", "These locals refer to one another: \(circle).",
                    at: attribute.nameRange)
                done.formUnion(path[start...])
                failed.formUnion(path[start...])
                return
            }
            path.append(name)
            let dependencies = dependencies(of: attribute)
            for dependency in dependencies { visit(dependency) }
            path.removeLast()
            // A part of a circle has been reported and has no value.
            if done.contains(name) { return }
            done.insert(name)
            guard failed.isDisjoint(with: dependencies) else {
                failed.insert(name)
                return
            }
            let scope = context.adding(["local": .object(values)])
            if let value = attribute.expression.evaluate(in: scope, &diagnostics) {
                values[name] = value
            } else {
                failed.insert(name)
            }
        }

        /// Names of other locals; a bare `local` means all of them.
        private func dependencies(of attribute: Attribute) -> [String] {
            attribute.expression.references.filter { $0.path.first == "local" }.flatMap { reference -> [String] in
                reference.path.count > 1 ? [reference.path[1]] : locals.order.filter { $0 != attribute.name }
            }
        }
    }
}
