/// A place in a text: byte offset from 0, line and column from 1.
///
/// The column counts grapheme clusters (what a reader sees as one character), not bytes.
public struct SourcePosition: Hashable, Sendable, Comparable {
    public var byte: Int
    public var line: Int
    public var column: Int

    public init(byte: Int, line: Int, column: Int) {
        self.byte = byte
        self.line = line
        self.column = column
    }

    public static func < (a: SourcePosition, b: SourcePosition) -> Bool { a.byte < b.byte }
}

/// A stretch of a file, end exclusive.
public struct SourceRange: Hashable, Sendable, CustomStringConvertible {
    /// The name the file was parsed under; shown to users as it is.
    public var file: String
    public var start: SourcePosition
    public var end: SourcePosition

    public init(file: String, start: SourcePosition, end: SourcePosition) {
        self.file = file
        self.start = start
        self.end = end
    }

    /// `file:line,column-column`, or `file:line,column-line,column` over several lines.
    public var description: String {
        if start.line == end.line { return "\(file):\(start.line),\(start.column)-\(end.column)" }
        return "\(file):\(start.line),\(start.column)-\(end.line),\(end.column)"
    }
}

/// Byte offsets in one source; the compact form that the syntax tree keeps.
struct ByteRange: Hashable, Sendable {
    var lower: UInt32
    var upper: UInt32

    init(_ lower: Int, _ upper: Int) {
        self.lower = UInt32(truncatingIfNeeded: lower)
        self.upper = UInt32(truncatingIfNeeded: max(lower, upper))
    }

    var start: Int { Int(lower) }
    var end: Int { Int(upper) }

    func through(_ other: ByteRange) -> ByteRange { ByteRange(start, other.end) }
}
