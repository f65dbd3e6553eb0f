/// Why a value can't be converted to a type.
public struct ConversionError: Error, Hashable, Sendable {
    /// "a number is required", with the place inside the value before it where that helps.
    public var message: String

    init(_ message: String) { self.message = message }

    func inside(_ place: String) -> ConversionError {
        ConversionError(
            message.hasPrefix("element ") || message.hasPrefix("attribute ")
                ? "\(place), \(message)" : "\(place): \(message)")
    }
}

extension Value {
    /// The value as a type constraint wants it, by the conversions of the language: numbers and bools to strings and
    /// back, tuples to lists and sets, objects to maps, maps to objects; null is of every type.
    public func converted(to type: ValueType) throws(ConversionError) -> Value {
        switch (self, type) {
        case (_, .any), (.null, _), (.bool, .bool), (.number, .number), (.string, .string): return self
        case (_, .bool): return .bool(try toBool())
        case (_, .number): return .number(try toNumber())
        case (_, .string): return .string(try toText())
        case (_, .list(let element)):
            guard let elements else { throw ConversionError("\(type.requirement) required") }
            if case .list(let list) = self, list.elementType == element, element.isExact { return self }
            let (converted, common) = try Value.convert(elements, to: element)
            return .list(converted, of: common)
        case (_, .set(let element)):
            guard let elements else { throw ConversionError("\(type.requirement) required") }
            let (converted, common) = try Value.convert(elements, to: element)
            return .set(converted, of: common)
        case (_, .map(let element)): return try toMap(element, type)
        case (_, .tuple(let types)):
            guard let elements else { throw ConversionError("tuple required") }
            guard elements.count == types.count else {
                throw ConversionError("a tuple of \(types.count) elements is required, not of \(elements.count)")
            }
            var converted: [Value] = []
            for (at, (element, type)) in zip(elements, types).enumerated() {
                do { converted.append(try element.converted(to: type)) } catch { throw error.inside("element \(at)") }
            }
            return .tuple(converted)
        case (_, .object(let attributes)): return try toObject(attributes)
        }
    }

    private func toBool() throws(ConversionError) -> Bool {
        guard case .string(let text) = self else { throw ConversionError("a bool is required") }
        switch text {
        case "true", "1": return true
        case "false", "0": return false
        default:
            switch text.lowercased() {
            case "true": throw ConversionError("a bool is required; to convert from string, use lowercase \"true\"")
            case "false": throw ConversionError("a bool is required; to convert from string, use lowercase \"false\"")
            default: throw ConversionError("a bool is required")
            }
        }
    }

    private func toNumber() throws(ConversionError) -> Number {
        guard case .string(let text) = self, let number = Number(parsing: text) else {
            throw ConversionError("a number is required")
        }
        return number
    }

    private func toText() throws(ConversionError) -> String {
        switch self {
        case .bool(let flag): return flag ? "true" : "false"
        case .number(let number): return number.description
        default: throw ConversionError("string required")
        }
    }

    private func toMap(_ element: ValueType, _ type: ValueType) throws(ConversionError) -> Value {
        guard let members else { throw ConversionError("\(type.requirement) required") }
        if case .map(let map) = self, map.elementType == element, element.isExact { return self }
        var common = element
        if !element.isExact {
            guard let unified = ValueType.unified(members.map(\.value.type)) else {
                throw ConversionError("all map elements must have the same type")
            }
            common = element == .any ? unified : element
        }
        var converted: [Members.Member] = []
        for member in members {
            do {
                converted.append(Members.Member(key: member.key, value: try member.value.converted(to: common)))
            } catch { throw error.inside("element \"\(member.key)\"") }
        }
        if !common.isExact, let first = converted.first { common = first.value.type }
        return .map(Members(converted, of: common))
    }

    private static func convert(
        _ elements: [Value], to type: ValueType
    ) throws(ConversionError) -> ([Value], ValueType) {
        var common = type
        if type == .any {
            guard let unified = ValueType.unified(elements.map(\.type)) else {
                throw ConversionError("all list elements must have the same type")
            }
            common = unified
        }
        var converted: [Value] = []
        converted.reserveCapacity(elements.count)
        for (at, element) in elements.enumerated() {
            do { converted.append(try element.converted(to: common)) } catch { throw error.inside("element \(at)") }
        }
        if !common.isExact, let exact = ValueType.unified(converted.map(\.type)) { common = exact }
        return (converted, common)
    }

    private func toObject(_ attributes: [ValueType.Attribute]) throws(ConversionError) -> Value {
        guard let members else { throw ConversionError("object required") }
        let given = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        var converted: [Members.Member] = []
        var missing: [String] = []
        for attribute in attributes {
            var value = given[attribute.name] ?? .null
            if given[attribute.name] == nil, !attribute.isOptional {
                missing.append("\"\(attribute.name)\"")
                continue
            }
            if value.isNull, let filled = attribute.defaultValue, attribute.isOptional { value = filled }
            do {
                converted.append(
                    Members.Member(key: attribute.name, value: try value.converted(to: attribute.type)))
            } catch { throw error.inside("attribute \"\(attribute.name)\"") }
        }
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            throw ConversionError(
                missing.count == 1 ? "attribute \(names) is required" : "attributes \(names) are required")
        }
        return .object(Members(converted))
    }
}

extension ValueType {
    /// "list of string" and its kin; "list" for a list of anything.
    fileprivate var requirement: String {
        switch self {
        case .list(.any): "list"
        case .set(.any): "set"
        case .map(.any): "map"
        default: friendlyName
        }
    }

    /// The type that values of all these types convert to without loss; nil if there is none.
    static func unified(_ types: [ValueType]) -> ValueType? {
        let known = types.filter { $0 != .any }
        guard let first = known.first else { return .any }
        if known.allSatisfy({ $0 == first }) { return first }
        if known.allSatisfy(\.isPrimitive) { return known.contains(.string) ? .string : nil }
        if let unified = unifiedSequence(known) ?? unifiedMembers(known) { return unified }
        return nil
    }

    private static func unifiedSequence(_ types: [ValueType]) -> ValueType? {
        var elements: [ValueType] = []
        var isTuple = true
        var isSet = true
        var lengths: Set<Int> = []
        for type in types {
            switch type {
            case .list(let element):
                elements.append(element)
                (isTuple, isSet) = (false, false)
            case .set(let element):
                elements.append(element)
                isTuple = false
            case .tuple(let inner):
                elements += inner
                lengths.insert(inner.count)
                isSet = false
            default: return nil
            }
        }
        if isTuple, lengths.count == 1, let count = lengths.first {
            var columns: [ValueType] = []
            for at in 0..<count {
                let column = types.map { type in if case .tuple(let inner) = type { inner[at] } else { ValueType.any } }
                guard let unified = unified(column) else { return nil }
                columns.append(unified)
            }
            return .tuple(columns)
        }
        guard let element = unified(elements) else { return nil }
        return isSet ? .set(element) : .list(element)
    }

    private static func unifiedMembers(_ types: [ValueType]) -> ValueType? {
        var elements: [ValueType] = []
        var names: Set<[String]> = []
        var isObject = true
        for type in types {
            switch type {
            case .map(let element):
                elements.append(element)
                isObject = false
            case .object(let attributes):
                elements += attributes.map(\.type)
                names.insert(attributes.map(\.name))
            default: return nil
            }
        }
        if isObject, names.count == 1, let names = names.first {
            var attributes: [Attribute] = []
            for (at, name) in names.enumerated() {
                let column = types.map { type in
                    if case .object(let inner) = type { inner[at].type } else { ValueType.any }
                }
                guard let unified = unified(column) else { return nil }
                attributes.append(Attribute(name, unified))
            }
            return .object(attributes)
        }
        return unified(elements).map { .map($0) }
    }
}
