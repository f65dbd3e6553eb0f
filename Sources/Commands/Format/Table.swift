/// Columns separated by two blanks, left aligned; an empty cell shows as `<none>`.
struct Table {
    private var rows: [[String]]
    private var empty = "<none>"

    /// A table with its header.
    init(_ header: [String], empty: String = "<none>") {
        rows = [header]
        self.empty = empty
    }

    init(_ header: String...) { self.init(header) }

    mutating func add(_ cells: [String]) { rows.append(cells) }
    mutating func add(_ cells: String...) { rows.append(cells) }

    /// Whether there is nothing but the header.
    var isEmpty: Bool { rows.count <= 1 }

    var lines: [String] {
        let shown = rows.map { $0.map { $0.isEmpty ? empty : $0 } }
        var widths: [Int] = []
        for row in shown {
            for (at, cell) in row.enumerated() {
                if at == widths.count { widths.append(0) }
                widths[at] = max(widths[at], cell.count)
            }
        }
        return shown.map { row in
            var line = ""
            for (at, cell) in row.enumerated() {
                line += cell
                if at < row.count - 1 { line += String(repeating: " ", count: widths[at] - cell.count + 2) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }
}

/// Lines of `Key   = Value`, aligned on `=`; an empty value shows as `<none>`.
struct KeyValues {
    private var pairs: [(key: String, value: String)] = []

    init() {}
    init(_ pairs: [(String, String)]) { self.pairs = pairs.map { (key: $0.0, value: $0.1) } }

    mutating func add(_ key: String, _ value: String) { pairs.append((key: key, value: value)) }
    var isEmpty: Bool { pairs.isEmpty }

    var lines: [String] {
        let width = pairs.map(\.key.count).max() ?? 0
        return pairs.map { pair in
            pair.key + String(repeating: " ", count: width - pair.key.count) + " = "
                + (pair.value.isEmpty ? "<none>" : pair.value)
        }
    }
}
