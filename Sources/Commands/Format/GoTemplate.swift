import Base

/// Why a template can't be used.
struct GoTemplateError: Error, Hashable {
    var message: String
}

/// The part of Go's template language that `-t` needs: fields, `if`, `range`, `with`, variables, pipelines and the
/// common functions, over an API object. Trim markers `{{-` and `-}}` work.
struct GoTemplate: Sendable {
    indirect enum Node: Sendable {
        case text(String)
        case pipeline(Pipeline)
        case branch(kind: BranchKind, test: Pipeline, body: [Node], otherwise: [Node])
    }
    enum BranchKind: String, Sendable { case `if`, range, with }

    /// Commands connected by `|`, and the variables that take the result.
    struct Pipeline: Sendable {
        var variables: [String] = []
        var commands: [[Term]] = []
    }
    indirect enum Term: Sendable {
        case dot
        case field([String])
        case variable(String, [String])
        case value(JSON)
        case function(String)
        case group(Pipeline)
    }

    private let nodes: [Node]

    init(_ text: String) throws(GoTemplateError) {
        var parser = GoTemplateParser(text)
        nodes = try parser.parse()
    }

    func render(_ value: JSON) throws(GoTemplateError) -> String {
        var evaluator = GoTemplateEvaluator(root: value)
        try evaluator.run(nodes, dot: value)
        return evaluator.out
    }
}

struct GoTemplateEvaluator {
    var out = ""
    private var variables: [(name: String, value: JSON)] = []
    private static let rounds = 1_000_000
    private var count = 0

    init(root: JSON) { variables = [("$", root)] }

    mutating func run(_ nodes: [GoTemplate.Node], dot: JSON) throws(GoTemplateError) {
        let depth = variables.count
        for node in nodes {
            switch node {
            case .text(let text): out += text
            case .pipeline(let pipeline):
                let value = try evaluate(pipeline, dot: dot)
                if pipeline.variables.isEmpty { out += Self.text(value) }
            case .branch(let kind, let test, let body, let otherwise):
                try branch(kind, test, body, otherwise, dot: dot)
            }
        }
        variables.removeSubrange(min(depth, variables.count)...)
    }

    private mutating func branch(
        _ kind: GoTemplate.BranchKind, _ test: GoTemplate.Pipeline, _ body: [GoTemplate.Node],
        _ otherwise: [GoTemplate.Node], dot: JSON
    ) throws(GoTemplateError) {
        let depth = variables.count
        defer { variables.removeSubrange(min(depth, variables.count)...) }
        var pipeline = test
        if kind == .range { pipeline.variables = [] }
        let value = try evaluate(pipeline, dot: dot)
        switch kind {
        case .if: try run(Self.isTrue(value) ? body : otherwise, dot: dot)
        case .with: try run(Self.isTrue(value) ? body : otherwise, dot: Self.isTrue(value) ? value : dot)
        case .range:
            let elements = Self.elements(value)
            if elements.isEmpty { return try run(otherwise, dot: dot) }
            for element in elements {
                count += 1
                if count > Self.rounds { throw GoTemplateError(message: "template: more than \(Self.rounds) rounds") }
                let inner = variables.count
                if let last = test.variables.last { variables.append((last, element.value)) }
                if test.variables.count == 2 { variables.append((test.variables[0], element.key)) }
                try run(body, dot: element.value)
                variables.removeSubrange(inner...)
            }
        }
    }

    private static func elements(_ value: JSON) -> [(key: JSON, value: JSON)] {
        switch value {
        case .array(let elements): elements.enumerated().map { (.int(Int64($0.offset)), $0.element) }
        case .object(let object): object.sorted.map { (.string($0.name), $0.value) }
        default: []
        }
    }

    private mutating func evaluate(_ pipeline: GoTemplate.Pipeline, dot: JSON) throws(GoTemplateError) -> JSON {
        var last: JSON?
        for command in pipeline.commands { last = try call(command, piped: last, dot: dot) }
        let value = last ?? .null
        if let name = pipeline.variables.last { variables.append((name, value)) }
        return value
    }

    private mutating func call(
        _ command: [GoTemplate.Term], piped: JSON?, dot: JSON
    ) throws(GoTemplateError) -> JSON {
        guard let head = command.first else { throw GoTemplateError(message: "template: missing value for command") }
        guard case .function(let name) = head else {
            if command.count > 1 { throw GoTemplateError(message: "template: can't give argument to non-function") }
            return try value(head, dot: dot)
        }
        var arguments: [JSON] = []
        for term in command.dropFirst() { arguments.append(try value(term, dot: dot)) }
        if let piped { arguments.append(piped) }
        return try GoTemplateFunctions.call(name, arguments)
    }

    private mutating func value(_ term: GoTemplate.Term, dot: JSON) throws(GoTemplateError) -> JSON {
        switch term {
        case .dot: return dot
        case .field(let path): return try Self.member(dot, path)
        case .variable(let name, let path):
            guard let found = variables.last(where: { $0.name == name }) else {
                throw GoTemplateError(message: "template: undefined variable \"\(name)\"")
            }
            return try Self.member(found.value, path)
        case .value(let value): return value
        case .function(let name): return try GoTemplateFunctions.call(name, [])
        case .group(let pipeline): return try evaluate(pipeline, dot: dot)
        }
    }

    private static func member(_ value: JSON, _ path: [String]) throws(GoTemplateError) -> JSON {
        var value = value
        for name in path {
            switch value {
            case .object(let object): value = object[name] ?? .null
            case .null: return .null
            default: throw GoTemplateError(message: "template: can't evaluate field \(name) in a \(value.kind)")
            }
        }
        return value
    }

    static func isTrue(_ value: JSON) -> Bool {
        switch value {
        case .null: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let object): !object.isEmpty
        }
    }

    /// As Go prints values with `%v`.
    static func text(_ value: JSON) -> String {
        switch value {
        case .null: "<no value>"
        case .bool(let flag): flag ? "true" : "false"
        case .int(let number): String(number)
        case .double(let number): Int64(exactly: number).map { String($0) } ?? "\(number)"
        case .string(let text): text
        case .array(let elements): "[" + elements.map(text).joined(separator: " ") + "]"
        case .object(let object):
            "map[" + object.sorted.map { "\($0.name):\(text($0.value))" }.joined(separator: " ") + "]"
        }
    }
}
