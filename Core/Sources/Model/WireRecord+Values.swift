import Base

// The values that properties of records have. Zero for null, as everywhere on the wire.

extension String: WireValue {
    init(wire tree: JSON) throws(WireError) {
        switch tree {
        case .string(let text): self = text
        case .null: self = ""
        default: throw WireError(expecting: "a string", tree)
        }
    }
    var wire: JSON { .string(self) }
}

extension Bool: WireValue {
    init(wire tree: JSON) throws(WireError) {
        switch tree {
        case .bool(let flag): self = flag
        case .null: self = false
        default: throw WireError(expecting: "a bool", tree)
        }
    }
    var wire: JSON { .bool(self) }
}

extension WireValue where Self: FixedWidthInteger {
    init(wire tree: JSON) throws(WireError) {
        switch tree {
        case .int(let number):
            if let fitting = Self(exactly: number) {
                self = fitting
                return
            }
        case .null:
            self = 0
            return
        case .double:
            if let fitting = tree.intValue.flatMap({ Self(exactly: $0) }) {
                self = fitting
                return
            }
        default: throw WireError(expecting: "a whole number", tree)
        }
        throw WireError(path: "", reason: "\(tree.text) is not a whole number of \(Self.bitWidth) bits")
    }
    var wire: JSON { .int(Int64(clamping: self)) }
}

extension Int: WireValue {}
extension Int64: WireValue {}
extension UInt64: WireValue {}

extension TimeSpan: WireValue {
    init(wire tree: JSON) throws(WireError) { self.init(nanoseconds: try Int64(wire: tree)) }
    var wire: JSON { .int(nanoseconds) }
}

extension JSON: WireValue {
    init(wire tree: JSON) throws(WireError) { self = tree }
    var wire: JSON { self }
}

extension Optional: WireValue where Wrapped: WireValue {
    init(wire tree: JSON) throws(WireError) {
        if case .null = tree { self = nil } else { self = try Wrapped(wire: tree) }
    }
    var wire: JSON { self?.wire ?? .null }
}

extension Array: WireValue where Element: WireValue {
    init(wire tree: JSON) throws(WireError) {
        switch tree {
        case .array(let elements):
            self.init()
            reserveCapacity(elements.count)
            for (at, element) in elements.enumerated() {
                do throws(WireError) { append(try Element(wire: element)) } catch { throw error.within("[\(at)]") }
            }
        case .null: self.init()
        default: throw WireError(expecting: "an array", tree)
        }
    }
    var wire: JSON { .array(map(\.wire)) }
    var wireMember: JSON { isEmpty ? .null : wire }
}

extension Dictionary: WireValue where Key == String, Value: WireValue {
    init(wire tree: JSON) throws(WireError) {
        switch tree {
        case .object(let object):
            self.init(minimumCapacity: object.count)
            for (name, value) in object.members {
                do throws(WireError) { self[name] = try Value(wire: value) } catch { throw error.within(name) }
            }
        case .null: self.init()
        default: throw WireError(expecting: "an object", tree)
        }
    }
    var wire: JSON { .object(JSONObject(unique: sorted { $0.key < $1.key }.map { ($0.key, $0.value.wire) })) }
    var wireMember: JSON { isEmpty ? .null : wire }
}
