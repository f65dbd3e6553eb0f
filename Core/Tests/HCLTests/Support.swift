import Base

@testable import HCL

/// Evaluates one expression with a few variables; the value as JSON text, or the first problem.
func outcome(_ text: String, unknownRoot: EvaluationContext.UnknownRoot = .error) -> String {
    var context = EvaluationContext(functions: .standard, unknownRoot: unknownRoot)
    context.variables["v"] = Value([
        "name": "web", "count": 3, "list": ["a", "b", "c"], "none": nil, "flag": true,
        "map": ["x": 1, "y-z": 2],
        "nodes": [["id": "n1", "disks": [["d": 1], ["d": 2]]], ["id": "n2", "disks": [["d": 3]]]],
    ])
    var diagnostics = Diagnostics()
    let expression = Expression.parse(text, name: "t", &diagnostics)
    if let value = expression?.evaluate(in: context, &diagnostics) { return value.json.text }
    return diagnostics.first.map { "\($0)" } ?? "no value and no problem"
}
