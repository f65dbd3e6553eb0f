/// Names with `*` for any run of characters.
enum Glob {
    /// Whether a name fits a pattern.
    static func matches(_ pattern: String, _ name: String) -> Bool {
        let (pattern, name) = (Array(pattern.utf8), Array(name.utf8))
        let star = UInt8(ascii: "*")
        var (p, n) = (0, 0)
        // Where the last `*` stood and how much of the name it has taken so far.
        var (starAt, taken) = (-1, 0)
        while n < name.count {
            if p < pattern.count, pattern[p] == star {
                (starAt, taken) = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                p += 1
                n += 1
            } else if starAt >= 0 {
                taken += 1
                (p, n) = (starAt + 1, taken)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == star }
    }

    /// The rule that counts for a name: its own, or else that of the closest pattern.
    ///
    /// Closest is the pattern that leaves the fewest characters to its stars; of equal ones the first by name.
    static func closest<Rule>(_ rules: [String: Rule], _ name: String) -> Rule? {
        if let exact = rules[name] { return exact }
        let fitting = rules.keys.filter { $0.contains("*") && matches($0, name) }
        func distance(_ pattern: String) -> Int {
            name.utf8.count - pattern.utf8.count + pattern.utf8.count { $0 == UInt8(ascii: "*") }
        }
        let best = fitting.min { a, b in
            let (x, y) = (distance(a), distance(b))
            return x != y ? x < y : a < b
        }
        return best.flatMap { rules[$0] }
    }
}
