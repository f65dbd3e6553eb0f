/// A value that writes itself in the journal's binary form by hand: no `Codable`, no casts, so that a million of them
/// cost seconds, not minutes. Writer and reader must agree on the order; the form has no names.
public protocol BinaryForm {
    func write(to writer: inout BinaryWriter)
    init(from reader: inout BinaryReader) throws(BinaryError)
}

extension BinaryWriter {
    public mutating func write(_ value: some BinaryForm) { value.write(to: &self) }

    public mutating func write(_ list: [some BinaryForm]) {
        write(UInt64(list.count))
        for element in list { element.write(to: &self) }
    }

    /// Keys ascending, so that equal maps give equal bytes.
    public mutating func write(_ map: [String: some BinaryForm]) {
        write(UInt64(map.count))
        if map.count > 1 {
            for (key, value) in map.sorted(by: { $0.key < $1.key }) {
                write(key)
                value.write(to: &self)
            }
        } else {
            for (key, value) in map {
                write(key)
                value.write(to: &self)
            }
        }
    }

    public mutating func write(_ value: (some BinaryForm)?) {
        write(value != nil)
        if let value { value.write(to: &self) }
    }

    /// A case by its place among all cases: new cases go to the end.
    public mutating func write<Case: CaseIterable & Equatable>(case value: Case) {
        var number: UInt64 = 0
        for one in Case.allCases {
            if one == value { break }
            number += 1
        }
        write(number)
    }
}

extension BinaryReader {
    public mutating func value<Value: BinaryForm>() throws(BinaryError) -> Value { try Value(from: &self) }

    public mutating func list<Element: BinaryForm>() throws(BinaryError) -> [Element] {
        let count = try count()
        var list: [Element] = []
        list.reserveCapacity(min(count, Self.reservedMax))
        for _ in 0..<count { list.append(try Element(from: &self)) }
        return list
    }

    public mutating func map<Value: BinaryForm>() throws(BinaryError) -> [String: Value] {
        var map: [String: Value] = [:]
        for _ in 0..<(try count()) {
            let key = try string()
            map[key] = try Value(from: &self)
        }
        return map
    }

    public mutating func optional<Value: BinaryForm>() throws(BinaryError) -> Value? {
        try bool() ? try Value(from: &self) : nil
    }

    public mutating func enumeration<Case: CaseIterable>() throws(BinaryError) -> Case {
        let number = try uint64()
        var at: UInt64 = 0
        for one in Case.allCases {
            if at == number { return one }
            at += 1
        }
        throw BinaryError(offset: offset, reason: "\(number) is no \(Case.self)")
    }

    /// Room made in advance for a list whose count may be a lie.
    private static var reservedMax: Int { 4096 }
}

extension String: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(self) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self = try reader.string() }
}

extension Bool: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(self) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self = try reader.bool() }
}

extension Int: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(self) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self = try reader.int() }
}

extension UInt64: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(self) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self = try reader.uint64() }
}

extension Double: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(self) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self = try reader.double() }
}

extension ID: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(self) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self = try reader.id() }
}

extension Instant: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(nanoseconds) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self.init(nanoseconds: try reader.int64()) }
}

extension TimeSpan: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(nanoseconds) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self.init(nanoseconds: try reader.int64()) }
}

extension Timestamp: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(instant.nanoseconds) }
    public init(from reader: inout BinaryReader) throws(BinaryError) { self.init(try Instant(from: &reader)) }
}

extension JSON: BinaryForm {
    public func write(to writer: inout BinaryWriter) { writer.write(bytes()) }
    public init(from reader: inout BinaryReader) throws(BinaryError) {
        let start = reader.offset
        do {
            self = try JSON(parsing: try reader.blob())
        } catch {
            throw BinaryError(offset: start, reason: "a JSON value: \(error)")
        }
    }
}
