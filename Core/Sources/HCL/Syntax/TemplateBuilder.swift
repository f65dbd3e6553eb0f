/// Nests the directives of a template.
struct TemplateBuilder {
    struct Problem {
        var summary: String
        var detail: String
        var range: ByteRange?
    }

    private let items: [TemplateItems.Item]
    private let depthMax: Int
    private var at = 0
    private var depth = 0
    private(set) var problem: Problem?

    private enum End { case endOfTemplate, elseMark, endIf, endFor }

    init(items: [TemplateItems.Item], depthMax: Int) {
        self.items = items
        self.depthMax = depthMax
    }

    mutating func whole() -> [TemplatePart] {
        let (parts, end) = sequence()
        if end != .endOfTemplate, problem == nil {
            problem = Problem(
                summary: "Unexpected template directive",
                detail: "This directive ends something that was not begun: "
                    + "\"else\" and \"endif\" belong to an \"if\", \"endfor\" to a \"for\".", range: range(at - 1))
        }
        return parts
    }

    private func range(_ position: Int) -> ByteRange? {
        guard items.indices.contains(position) else { return nil }
        return switch items[position] {
        case .ifStart(_, let range), .elseMark(let range), .endIf(let range), .forStart(_, let range),
            .endFor(let range):
            range
        case .literal, .interpolation: nil
        }
    }

    /// Parts up to a directive that ends them, which is passed over.
    private mutating func sequence() -> ([TemplatePart], End) {
        var parts: [TemplatePart] = []
        var literal = ""
        func flush(_ parts: inout [TemplatePart]) {
            if !literal.isEmpty { parts.append(.literal(literal.normalized)) }
            literal = ""
        }
        while at < items.count, problem == nil {
            let item = items[at]
            at += 1
            if case .literal(let text) = item {
                literal += text
                continue
            }
            flush(&parts)
            switch item {
            case .literal: break
            case .interpolation(let node, let between): parts.append(.interpolation(node, between: between))
            case .ifStart(let condition, let range): parts.append(conditional(condition, range))
            case .forStart(let clause, let range): parts.append(loop(clause, range))
            case .elseMark: return (parts, .elseMark)
            case .endIf: return (parts, .endIf)
            case .endFor: return (parts, .endFor)
            }
        }
        flush(&parts)
        return (parts, .endOfTemplate)
    }

    private mutating func nested() -> ([TemplatePart], End) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= depthMax else {
            problem = Problem(
                summary: "Nested too deeply", detail: "Too many template directives inside each other.",
                range: range(at - 1))
            return ([], .endOfTemplate)
        }
        return sequence()
    }

    private mutating func conditional(_ condition: SyntaxNode, _ range: ByteRange) -> TemplatePart {
        let (then, end) = nested()
        var otherwise: [TemplatePart] = []
        var last = end
        if end == .elseMark { (otherwise, last) = nested() }
        if last != .endIf, problem == nil {
            problem = Problem(
                summary: "Unclosed \"if\" directive",
                detail: "This \"if\" has no \"endif\" in the same template.", range: range)
        }
        return .conditional(condition, then: then, otherwise: otherwise, range: range)
    }

    private mutating func loop(_ clause: SyntaxNode.ForClause, _ range: ByteRange) -> TemplatePart {
        let (body, end) = nested()
        if end != .endFor, problem == nil {
            problem = Problem(
                summary: "Unclosed \"for\" directive",
                detail: "This \"for\" has no \"endfor\" in the same template.", range: range)
        }
        return .loop(clause, body, range: range)
    }
}

extension SyntaxNode {
    /// Whether it is a variable with literal steps: what may be a runtime reference.
    var isReference: Bool {
        switch kind {
        case .variable: true
        case .postfix(let base, _):
            if case .variable = base.kind { true } else { false }
        default: false
        }
    }
}
