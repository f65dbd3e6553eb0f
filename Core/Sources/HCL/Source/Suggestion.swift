/// Finds the name that somebody probably meant.
public enum Suggestion {
    /// Names longer than this are not compared.
    private static let lengthMax = 64
    /// Of more candidates only the first are looked at.
    private static let candidateMax = 500

    /// The candidate nearest to `name` by edit distance, nil if none is near. Ties go to the first by name.
    public static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        guard name.utf8.count <= lengthMax else { return nil }
        let wanted = Array(name.lowercased())
        var best: (name: String, distance: Int)?
        for candidate in candidates.prefix(candidateMax).sorted()
        where candidate != name && candidate.utf8.count <= lengthMax {
            let found = distance(wanted, Array(candidate.lowercased()))
            if found <= max(1, (wanted.count + 1) / 3), found < (best?.distance ?? .max) {
                best = (candidate, found)
            }
        }
        return best?.name
    }

    /// ` Did you mean "x"?` with its leading blank, or nothing.
    public static func sentence(for name: String, among candidates: some Sequence<String>) -> String {
        nearest(to: name, among: candidates).map { " Did you mean \"\($0)\"?" } ?? ""
    }

    /// Edit distance with swapped neighbours counted as one edit.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            for j in 1...b.count {
                var cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, before[j - 2] + 1) }
                current.append(cost)
            }
            before = previous
            previous = current
        }
        return previous[b.count]
    }
}
