extension Parser {
    /// A term and what follows it: `.name`, `[index]`, `.0`, `.*`, `[*]`.
    mutating func postfix() -> SyntaxNode? {
        guard let base = term() else { return nil }
        guard token.kind == .dot || token.kind == .openBracket else { return base }
        var steps: [SyntaxNode.Step] = []
        var splats = 0
        var end = base.range.end
        while token.kind == .dot || token.kind == .openBracket {
            let added = token.kind == .dot ? dotStep(&steps) : bracketStep(&steps)
            guard added else { return nil }
            if case .fullSplat = steps.last?.kind { splats += 1 }
            // Splats nest when they are evaluated, so they count as levels.
            guard depth + splats <= limits.nestingMax else {
                depth = limits.nestingMax
                _ = enter()
                return nil
            }
            end = steps.last?.range.end ?? end
        }
        return SyntaxNode(range: ByteRange(base.range.start, end), kind: .postfix(base, steps))
    }

    private mutating func dotStep(_ steps: inout [SyntaxNode.Step]) -> Bool {
        let start = token.start
        advance()
        switch token.kind {
        case .identifier:
            steps.append(step(.attribute(text(token).normalized), start))
            advance()
            return true
        case .number: return legacyIndexes(&steps, start)
        case .binary(.multiply):
            steps.append(step(.attributeSplat(0), start))
            let splat = steps.count - 1
            advance()
            return splatNames(&steps, after: splat)
        default:
            error(
                "Invalid attribute name",
                "An attribute name is required after a dot, not \(shown(token)).", at: token.range)
            return false
        }
    }

    private func step(_ kind: SyntaxNode.Step.Kind, _ start: Int) -> SyntaxNode.Step {
        SyntaxNode.Step(kind: kind, range: ByteRange(start, token.end))
    }

    /// The names that belong to `.*`: everything up to the first step that isn't `.name` or `.0`.
    private mutating func splatNames(_ steps: inout [SyntaxNode.Step], after splat: Int) -> Bool {
        while token.kind == .dot {
            var ahead = lexer
            let following = ahead.next()
            if following.kind == .binary(.multiply) {
                error(
                    "Nested splat expression not allowed",
                    "A splat expression (*) can't be used inside another attribute-only splat expression. "
                        + "Use [*] instead.", at: following.range)
                return false
            }
            guard dotStep(&steps) else { return false }
        }
        steps[splat].kind = .attributeSplat(steps.count - splat - 1)
        return true
    }

    /// `.0`, and `.0.1`, which the lexer takes for one number.
    private mutating func legacyIndexes(_ steps: inout [SyntaxNode.Step], _ start: Int) -> Bool {
        let number = token
        for part in text(number).split(separator: ".", omittingEmptySubsequences: false) {
            guard let index = Int(part) else {
                error("Invalid legacy index", "A number after a dot must be a whole number.", at: number.range)
                return false
            }
            steps.append(SyntaxNode.Step(kind: .legacyIndex(index), range: ByteRange(start, number.end)))
        }
        advance()
        return true
    }

    private mutating func bracketStep(_ steps: inout [SyntaxNode.Step]) -> Bool {
        let start = token.start
        let outer = open()
        var kind = SyntaxNode.Step.Kind.fullSplat
        if token.kind == .binary(.multiply) {
            advance()
        } else {
            guard let index = expression() else { return false }
            kind = .index(index)
        }
        guard token.kind == .closeBracket else {
            error(
                "Missing close bracket on index",
                "A closing bracket is expected here to end the index, not \(shown(token)).", at: token.range)
            return false
        }
        let end = close(restoring: outer)
        steps.append(SyntaxNode.Step(kind: kind, range: ByteRange(start, end)))
        return true
    }
}
