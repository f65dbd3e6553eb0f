import Base

/// Writes JSON objects field by field without building a tree: for what lists hold by the hundred thousand.
///
/// Fields must be written in the order of their names' bytes, as all answers have them.
struct ObjectWriter {
    private var writer = JSONWriter()
    private var needsComma = false

    /// What has been written since the last `take`.
    var count: Int { writer.out.count }

    mutating func take() -> [UInt8] { writer.take() }

    /// Opens an object as an element of a list or as the value of the field just named.
    mutating func open() {
        separate()
        writer.raw("{")
        needsComma = false
    }

    mutating func close() {
        writer.raw("}")
        needsComma = true
    }

    mutating func openList() {
        separate()
        writer.raw("[")
        needsComma = false
    }

    mutating func closeList() {
        writer.raw("]")
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { writer.raw(",") }
        needsComma = false
    }

    /// Names the field whose value is written next.
    mutating func name(_ name: String) {
        separate()
        writer.write(name)
        writer.raw(":")
    }

    mutating func null() {
        separate()
        writer.raw("null")
        needsComma = true
    }

    mutating func value(_ text: String) {
        separate()
        writer.write(text)
        needsComma = true
    }

    mutating func value(_ tree: JSON) {
        separate()
        writer.write(tree)
        needsComma = true
    }

    mutating func field(_ name: String, _ text: String) {
        self.name(name)
        value(text)
    }

    mutating func field(_ name: String, _ flag: Bool) {
        self.name(name)
        value(JSON.bool(flag))
    }

    mutating func field(_ name: String, _ flag: Bool?) {
        self.name(name)
        value(flag.map { JSON.bool($0) } ?? .null)
    }

    mutating func field(_ name: String, _ number: some FixedWidthInteger) {
        self.name(name)
        value(JSON.int(Int64(clamping: number)))
    }

    mutating func field<Kind>(_ name: String, _ id: ID<Kind>) {
        self.name(name)
        value(id.isZero ? "" : id.text)
    }

    mutating func field(_ name: String, _ tree: JSON) {
        self.name(name)
        value(tree)
    }

    /// A time; nil and unset ones are null.
    mutating func field(_ name: String, _ time: Timestamp?) {
        self.name(name)
        if let time, time != .zero { value(time.text) } else { null() }
    }
}
