import Base

/// Writes JSON objects field by field without building a tree: for what lists hold by the hundred thousand.
///
/// Fields must be written in the order of their names' bytes, as all answers have them.
struct ObjectWriter {
    private var out: [UInt8] = []
    private var needsComma = false

    /// What has been written since the last `take`.
    var count: Int { out.count }

    /// Takes what has been written so far and empties the buffer.
    mutating func take() -> [UInt8] {
        let taken = out
        out = []
        // The next piece will be about as long, or a little longer.
        out.reserveCapacity(taken.count + taken.count / 8)
        return taken
    }

    /// Opens an object as an element of a list or as the value of the field just named.
    mutating func open() {
        separate()
        out.append(UInt8(ascii: "{"))
        needsComma = false
    }

    mutating func close() {
        out.append(UInt8(ascii: "}"))
        needsComma = true
    }

    mutating func openList() {
        separate()
        out.append(UInt8(ascii: "["))
        needsComma = false
    }

    mutating func closeList() {
        out.append(UInt8(ascii: "]"))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { out.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func raw(_ text: StaticString) {
        out.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Names the field whose value is written next. The name needs no escapes.
    mutating func name(_ name: StaticString) {
        // One piece instead of four: half of what lists of allocations are made of is names.
        let count = name.utf8CodeUnitCount
        withUnsafeTemporaryAllocation(byteCount: count + 4, alignment: 1) { piece in
            var at = 0
            if needsComma {
                piece[0] = UInt8(ascii: ",")
                at = 1
            }
            piece[at] = UInt8(ascii: "\"")
            UnsafeMutableRawBufferPointer(rebasing: piece[(at + 1)...]).copyMemory(
                from: UnsafeRawBufferPointer(start: name.utf8Start, count: count))
            piece[at + count + 1] = UInt8(ascii: "\"")
            piece[at + count + 2] = UInt8(ascii: ":")
            out.append(contentsOf: piece[..<(at + count + 3)])
        }
        needsComma = false
    }

    /// Fields that are always the same, as they stand in the text, without a comma before or after them.
    mutating func fields(_ text: StaticString) {
        separate()
        raw(text)
        needsComma = true
    }

    /// Names the field whose value is written next, by a name that somebody chose.
    mutating func name(chosen name: String) {
        separate()
        write(name)
        out.append(UInt8(ascii: ":"))
    }

    mutating func null() {
        separate()
        raw("null")
        needsComma = true
    }

    mutating func value(_ text: String) {
        separate()
        write(text)
        needsComma = true
    }

    mutating func value(_ tree: JSON) {
        separate()
        var writer = JSONWriter()
        writer.write(tree)
        out.append(contentsOf: writer.out)
        needsComma = true
    }

    mutating func value<Kind>(_ id: ID<Kind>) {
        separate()
        needsComma = true
        if id.isZero { return raw("\"\"") }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 38) { piece in
            (piece[0], piece[37]) = (UInt8(ascii: "\""), UInt8(ascii: "\""))
            id.write(to: UnsafeMutableBufferPointer(rebasing: piece[1..<37]))
            out.append(contentsOf: piece)
        }
    }

    /// A set time.
    private mutating func value(_ time: Timestamp) {
        separate()
        needsComma = true
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Instant.rfc3339BytesMax + 2) { piece in
            let text = UnsafeMutableBufferPointer(rebasing: piece[1...])
            let end = 1 + time.instant.writeRFC3339(to: text, fraction: true)
            (piece[0], piece[end]) = (UInt8(ascii: "\""), UInt8(ascii: "\""))
            out.append(contentsOf: piece[...end])
        }
    }

    private mutating func value(_ flag: Bool) {
        separate()
        if flag { raw("true") } else { raw("false") }
        needsComma = true
    }

    private mutating func value(_ number: Int64) {
        separate()
        needsComma = true
        if number >= 0, number < 10 { return out.append(48 + UInt8(number)) }
        if number < 0 { out.append(UInt8(ascii: "-")) }
        var (rest, power) = (number.magnitude, UInt64(1))
        while power <= rest / 10 { power *= 10 }
        while power > 0 {
            out.append(48 + UInt8(truncatingIfNeeded: rest / power))
            (rest, power) = (rest % power, power / 10)
        }
    }

    mutating func field(_ name: StaticString, _ text: String) {
        self.name(name)
        value(text)
    }

    mutating func field(chosen name: String, _ text: String) {
        self.name(chosen: name)
        value(text)
    }

    mutating func field(_ name: StaticString, _ flag: Bool) {
        self.name(name)
        value(flag)
    }

    mutating func field(_ name: StaticString, _ flag: Bool?) {
        self.name(name)
        if let flag { value(flag) } else { null() }
    }

    mutating func field(_ name: StaticString, _ number: some FixedWidthInteger) {
        self.name(name)
        value(Int64(clamping: number))
    }

    mutating func field<Kind>(_ name: StaticString, _ id: ID<Kind>) {
        self.name(name)
        value(id)
    }

    mutating func field(_ name: StaticString, _ tree: JSON) {
        self.name(name)
        value(tree)
    }

    /// A time; nil and unset ones are null.
    mutating func field(_ name: StaticString, _ time: Timestamp?) {
        self.name(name)
        if let time, time != .zero { value(time) } else { null() }
    }

    /// A text with its quotes and escapes.
    private mutating func write(_ text: String) {
        var text = text
        out.append(UInt8(ascii: "\""))
        let plain = text.withUTF8 { bytes -> Bool in
            for byte in bytes where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                return false
            }
            out.append(contentsOf: bytes)
            return true
        }
        if plain { return out.append(UInt8(ascii: "\"")) }
        out.removeLast()
        var writer = JSONWriter()
        writer.write(text)
        out.append(contentsOf: writer.out)
    }
}
