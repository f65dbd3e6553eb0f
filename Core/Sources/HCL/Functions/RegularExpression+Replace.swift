import Base

extension RegularExpression {
    /// All matches replaced. `$1`, `${1}`, `$name` and `${name}` stand for groups, `$$` for a dollar sign.
    func replacing(
        _ text: String, with replacement: String, _ environment: Function.Environment
    ) throws(FunctionError) -> String {
        let scalars = Array(text.unicodeScalars)
        let pieces = replacementPieces(replacement)
        var out: [UInt8] = []
        var at = 0
        var last = 0
        while at <= scalars.count {
            // Setting up costs the length of the program; every visited state costs several bytes' worth.
            var work = programLength
            let found = match(scalars, from: at, &work)
            try environment.charge(8 * work)
            guard let found else { break }
            let (start, end) = (found[0], found[1])
            let before = out.count
            out += Self.bytes(scalars[last..<start])
            // An empty match directly after a match is part of that one.
            if end > last || start == 0 {
                for piece in pieces { append(piece, found, scalars, &out) }
            }
            try environment.charge(out.count - before)
            guard out.count <= environment.sizeMax else { throw environment.tooLarge }
            last = end
            at = max(at + 1, end)
        }
        out += Self.bytes(scalars[last...])
        return String(decoding: out, as: UTF8.self)
    }

    private static func bytes(_ scalars: ArraySlice<Unicode.Scalar>) -> [UInt8] {
        scalars.flatMap { UTF8.encode($0).map(Array.init) ?? [] }
    }

    private enum Piece { case literal([UInt8]), group(Int) }

    private func append(_ piece: Piece, _ found: Captures, _ scalars: [Unicode.Scalar], _ out: inout [UInt8]) {
        switch piece {
        case .literal(let literal): out += literal
        case .group(let number):
            guard number <= groupCount, found[2 * number] >= 0, found[2 * number + 1] >= 0 else { return }
            out += Self.bytes(scalars[found[2 * number]..<found[2 * number + 1]])
        }
    }

    private func replacementPieces(_ replacement: String) -> [Piece] {
        let scalars = Array(replacement.unicodeScalars)
        var pieces: [Piece] = []
        var literal: [Unicode.Scalar] = []
        var at = 0
        while at < scalars.count {
            guard scalars[at] == "$", at + 1 < scalars.count else {
                literal.append(scalars[at])
                at += 1
                continue
            }
            if scalars[at + 1] == "$" {
                literal.append("$")
                at += 2
                continue
            }
            let isBraced = scalars[at + 1] == "{"
            var end = at + (isBraced ? 2 : 1)
            let start = end
            while end < scalars.count, RegularExpression.isWord(scalars[end]) { end += 1 }
            let isClosed = !isBraced || (end < scalars.count && scalars[end] == "}")
            guard end > start, isClosed else {
                literal.append("$")
                at += 1
                continue
            }
            pieces.append(.literal(Self.bytes(literal[...])))
            literal = []
            let name = String(String.UnicodeScalarView(scalars[start..<end]))
            // An unknown group is the empty text.
            pieces.append(.group(Int(name) ?? groupNames[name] ?? Int.max / 4))
            at = isBraced ? end + 1 : end
        }
        pieces.append(.literal(Self.bytes(literal[...])))
        return pieces
    }
}
