/// A version as constraints compare them: up to any number of dotted numbers, an optional pre-release, build
/// data that does not count.
struct VersionNumber: Hashable {
    var segments: [UInt64]
    /// Dot-separated identifiers of the pre-release; empty for a release.
    var prerelease: [Substring]

    /// Reads `1.2.3-beta.1+build`, with or without a leading `v`. Strict: exactly three numbers without
    /// leading zeros, as Semantic Versioning 2.0 has it. Otherwise one to any number of them, missing ones
    /// being zero.
    init?(_ text: some StringProtocol, strict: Bool) {
        var rest = Substring(text)
        if !strict { rest = rest.drop { $0 == " " } }
        if rest.first == "v" || (!strict && rest.first == "V") { rest = rest.dropFirst() }
        while !strict, rest.last == " " { rest = rest.dropLast() }
        if let plus = rest.firstIndex(of: "+") {
            guard Self.areIdentifiers(rest[rest.index(after: plus)...], strict: strict) else { return nil }
            rest = rest[..<plus]
        }
        prerelease = []
        let numbersEnd = rest.firstIndex { !($0.isASCII && $0.isNumber) && $0 != "." } ?? rest.endIndex
        if numbersEnd < rest.endIndex {
            var tail = rest[numbersEnd...]
            if tail.first == "-" { tail = tail.dropFirst() } else if strict { return nil }
            guard Self.areIdentifiers(tail, strict: strict) else { return nil }
            prerelease = tail.split(separator: ".")
        }
        let parts = rest[..<numbersEnd].split(separator: ".", omittingEmptySubsequences: false)
        segments = []
        for part in parts {
            if strict, part.count > 1, part.first == "0" { return nil }
            guard let number = UInt64(part) else { return nil }
            segments.append(number)
        }
        guard !segments.isEmpty, !strict || segments.count == 3 else { return nil }
    }

    private static func areIdentifiers(_ text: Substring, strict: Bool) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.allSatisfy { part in
            !part.isEmpty
                && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || (!strict && $0 == "~")) }
        }
    }

    /// How many numbers were written.
    var precision: Int { segments.count }

    func segment(_ at: Int) -> UInt64 { at < segments.count ? segments[at] : 0 }

    /// −1, 0 or 1. A pre-release comes before its release; its identifiers compare as numbers where both are.
    func compare(_ other: VersionNumber) -> Int {
        for at in 0..<max(segments.count, other.segments.count) where segment(at) != other.segment(at) {
            return segment(at) < other.segment(at) ? -1 : 1
        }
        if prerelease.isEmpty || other.prerelease.isEmpty {
            return prerelease.isEmpty == other.prerelease.isEmpty ? 0 : prerelease.isEmpty ? 1 : -1
        }
        for (mine, theirs) in zip(prerelease, other.prerelease) where mine != theirs {
            switch (UInt64(mine), UInt64(theirs)) {
            case (let a?, let b?): return a < b ? -1 : 1
            case (_?, nil): return -1
            case (nil, _?): return 1
            case (nil, nil): return mine < theirs ? -1 : 1
            }
        }
        return prerelease.count == other.prerelease.count ? 0 : prerelease.count < other.prerelease.count ? -1 : 1
    }

    func hasSameNumbers(as other: VersionNumber) -> Bool {
        (0..<max(segments.count, other.segments.count)).allSatisfy { segment($0) == other.segment($0) }
    }
}

/// What a `version` or `semver` constraint demands: comparisons that must all hold, such as `>= 1.2, < 2`.
struct VersionRequirement {
    private struct Part {
        var comparison: Substring
        var version: VersionNumber
    }
    private var parts: [Part] = []
    private let strict: Bool

    /// Nil when the text is no requirement.
    /// - Parameter strict: Semantic Versioning: pre-releases are versions like others. Otherwise a pre-release
    ///   only meets a comparison that names a pre-release of the same numbers.
    init?(_ text: String, strict: Bool) {
        self.strict = strict
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let part = piece.drop { $0 == " " }
            let comparison = part.prefix { "=!<>~".contains($0) }
            guard ["", "=", "!=", ">", "<", ">=", "<=", "~>"].contains(comparison), !(strict && comparison == "~>"),
                let version = VersionNumber(Self.trimmed(part.dropFirst(comparison.count)), strict: strict)
            else { return nil }
            parts.append(Part(comparison: comparison, version: version))
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text = text.dropLast() }
        return text
    }

    func isMet(by version: VersionNumber) -> Bool { parts.allSatisfy { isMet(by: version, $0) } }

    private func isMet(by version: VersionNumber, _ part: Part) -> Bool {
        let order = version.compare(part.version)
        switch part.comparison {
        case "", "=": return order == 0
        case "!=": return order != 0
        default: break
        }
        if !strict, !version.prerelease.isEmpty {
            guard !part.version.prerelease.isEmpty, version.hasSameNumbers(as: part.version) else { return false }
        }
        switch part.comparison {
        case ">": return order > 0
        case "<": return order < 0
        case ">=": return order >= 0
        case "<=": return order <= 0
        default: return order >= 0 && staysBelowNext(version, part.version)
        }
    }

    /// `~> 1.2.3` allows 1.2.x, `~> 1.2` allows 1.x: all numbers but the last one written must be equal.
    private func staysBelowNext(_ version: VersionNumber, _ floor: VersionNumber) -> Bool {
        (0..<max(1, floor.precision - 1)).allSatisfy {
            version.segment($0) == floor.segment($0)
                || (floor.precision == 1 && version.segment($0) >= floor.segment($0))
        }
    }
}
