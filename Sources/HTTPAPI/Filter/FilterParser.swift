/// Reads a filter by recursive descent: `or` < `and` < `not` < match.
struct FilterParser {
    private let tokens: [FilterToken]
    private var at = 0
    private var depth = 0

    private init(_ tokens: [FilterToken]) { self.tokens = tokens }

    static func parse(_ text: String) throws(FilterError) -> FilterExpression {
        var parser = FilterParser(try FilterLexer.tokens(text))
        let expression = try parser.or()
        guard parser.current == .end else { throw parser.fault("expected `and`, `or` or the end") }
        return expression
    }

    private var current: FilterToken.Kind { tokens[at].kind }

    private func fault(_ reason: String) -> FilterError {
        let offset = tokens[at].offset
        return FilterError(message: "1:\(offset + 1) (\(offset)): \(reason)")
    }

    private mutating func take(_ kind: FilterToken.Kind) -> Bool {
        guard current == kind else { return false }
        at += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(FilterError) {
        guard take(.sign(sign)) else { throw fault("expected \(sign)") }
    }

    private mutating func or() throws(FilterError) -> FilterExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= FilterLimits.nestingMax else {
            throw fault("nested deeper than \(FilterLimits.nestingMax) levels")
        }
        var left = try and()
        while take(.word("or")) { left = .or(left, try and()) }
        return left
    }

    private mutating func and() throws(FilterError) -> FilterExpression {
        var left = try not()
        while take(.word("and")) { left = .and(left, try not()) }
        return left
    }

    private mutating func not() throws(FilterError) -> FilterExpression {
        var negations = 0
        while take(.word("not")) { negations += 1 }
        let inner = try primary()
        return negations % 2 == 1 ? .not(inner) : inner
    }

    private mutating func primary() throws(FilterError) -> FilterExpression {
        if take(.sign("(")) {
            let inner = try or()
            try expect(")")
            return inner
        }
        for (word, quantifier) in [("any", FilterQuantifier.any), ("all", .all)]
        where current == .word(word) && startsSelector(at + 1) {
            at += 1
            return try each(quantifier)
        }
        return try match()
    }

    /// Whether a selector begins at a token; a field may be called `any`, but then an operator follows.
    private func startsSelector(_ position: Int) -> Bool {
        guard tokens.indices.contains(position) else { return false }
        switch tokens[position].kind {
        case .word(let word): return !["in", "not", "is", "contains", "matches"].contains(word)
        case .string: return true
        default: return false
        }
    }

    private mutating func each(_ quantifier: FilterQuantifier) throws(FilterError) -> FilterExpression {
        let selector = try selector()
        guard take(.word("as")) else { throw fault("expected `as`") }
        var names = [try name()]
        if take(.sign(",")) { names.append(try name()) }
        try expect("{")
        let inner = try or()
        try expect("}")
        return .each(quantifier, selector, names: names, inner)
    }

    private mutating func name() throws(FilterError) -> String {
        guard case .word(let name) = current else { throw fault("expected a name") }
        at += 1
        return name
    }

    private mutating func match() throws(FilterError) -> FilterExpression {
        // `v in Sel` begins with a value, everything else with a selector; the word after it tells.
        let start = at
        if let text = valueIfAny() {
            let negated = current == .word("not") && tokens[at + 1].kind == .word("in")
            if negated { at += 1 }
            if take(.word("in")) {
                return .match(try selector(), negated ? .notContains : .contains, value: text)
            }
        }
        at = start
        let selector = try selector()
        if take(.sign("==")) { return .match(selector, .equal, value: try value()) }
        if take(.sign("!=")) { return .match(selector, .notEqual, value: try value()) }
        if take(.word("is")) {
            let negated = take(.word("not"))
            if take(.word("empty")) { return .match(selector, negated ? .isNotEmpty : .isEmpty, value: "") }
            if take(.word("nil")) { return .match(selector, negated ? .isNotNil : .isNil, value: "") }
            throw fault("expected `empty` or `nil`")
        }
        let negated = take(.word("not"))
        if take(.word("contains")) { return .match(selector, negated ? .notContains : .contains, value: try value()) }
        if take(.word("matches")) { return .match(selector, negated ? .notMatches : .matches, value: try value()) }
        throw fault("expected an operator: ==, !=, in, contains, matches, is empty, is nil")
    }

    private mutating func value() throws(FilterError) -> String {
        guard let text = valueIfAny() else { throw fault("expected a value: a word, a number or a string") }
        return text
    }

    private mutating func valueIfAny() -> String? {
        switch current {
        case .word(let text), .number(let text), .string(let text):
            at += 1
            return text
        default: return nil
        }
    }

    private mutating func selector() throws(FilterError) -> FilterSelector {
        if case .string(let pointer) = current, pointer.hasPrefix("/") {
            at += 1
            let parts = pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            return FilterSelector(
                parts: parts.map { String($0).replacing("~1", with: "/").replacing("~0", with: "~") })
        }
        guard case .word(let first) = current else { throw fault("expected a field") }
        at += 1
        var parts = [first]
        while true {
            if take(.sign(".")) {
                switch current {
                case .word(let part): parts.append(part)
                case .number(let digits): parts += digits.split(separator: ".").map(String.init)
                default: throw fault("expected a field after the point")
                }
                at += 1
            } else if take(.sign("[")) {
                guard case .string(let key) = current else { throw fault("expected a key in double quotes") }
                at += 1
                try expect("]")
                parts.append(key)
            } else {
                return FilterSelector(parts: parts)
            }
        }
    }
}
