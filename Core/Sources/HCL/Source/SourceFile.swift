/// A text under the name it is known by. Immutable; the syntax tree and diagnostics refer to it.
///
/// A string inside a JSON document that holds escapes is a source of its own, `anchored` at its place in
/// the document: every range in it is reported as the whole string.
public final class SourceFile: Sendable {
    /// Shown in diagnostics.
    public let name: String
    /// UTF-8 text, without a byte order mark.
    public let bytes: [UInt8]
    private let lineStarts: [UInt32]
    private let anchor: SourceRange?

    public convenience init(name: String, bytes: [UInt8]) {
        self.init(name: name, bytes: bytes, anchor: nil)
    }

    init(name: String, bytes: [UInt8], anchor: SourceRange?) {
        self.name = name
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
        self.anchor = anchor
        var starts: [UInt32] = [0]
        if anchor == nil {
            for (at, byte) in self.bytes.enumerated() where byte == UInt8(ascii: "\n") {
                starts.append(UInt32(truncatingIfNeeded: at + 1))
            }
        }
        lineStarts = starts
    }

    /// Columns beyond this many bytes count bytes, so that a file of one endless line costs no more than others.
    static let graphemeColumnMax = 4096

    /// The place of a byte offset. O(log lines + length of the line).
    public func position(_ byte: Int) -> SourcePosition {
        if let anchor { return anchor.start }
        let offset = min(max(byte, 0), bytes.count)
        let line = lineIndex(offset)
        let start = Int(lineStarts[line])
        let column =
            offset - start > Self.graphemeColumnMax
            ? offset - start + 1 : String(decoding: bytes[start..<offset], as: UTF8.self).count + 1
        return SourcePosition(byte: offset, line: line + 1, column: column)
    }

    func range(_ range: ByteRange) -> SourceRange {
        anchor ?? SourceRange(file: name, start: position(range.start), end: position(range.end))
    }

    func range(_ start: Int, _ end: Int) -> SourceRange { range(ByteRange(start, end)) }

    /// The text of a line (from 1), without its line ending.
    public func line(_ number: Int) -> String {
        guard lineStarts.indices.contains(number - 1) else { return "" }
        let start = Int(lineStarts[number - 1])
        var end = number < lineStarts.count ? Int(lineStarts[number]) - 1 : bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    func text(_ range: ByteRange) -> String {
        String(decoding: bytes[range.start..<min(range.end, bytes.count)], as: UTF8.self)
    }

    private func lineIndex(_ byte: Int) -> Int {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if Int(lineStarts[middle]) <= byte { low = middle } else { high = middle }
        }
        return low
    }
}
