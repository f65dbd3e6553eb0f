import Base

extension FilterExpression {
    /// Whether an object passes. Complexity: linear in the filter, and in the lists that it walks.
    /// - Throws: when a field doesn't exist or can't be compared this way.
    func holds(for object: JSON) throws(FilterError) -> Bool {
        try FilterEvaluator(root: object).holds(self)
    }
}

/// Evaluates a filter over the JSON form of an object.
private struct FilterEvaluator {
    let root: JSON
    var names: [String: JSON] = [:]

    /// Where a selector led.
    private enum Found {
        case value(JSON, isMap: Bool)
        /// A key that a map doesn't have: not an error.
        case missingKey
    }

    /// Fields that hold maps with free keys; all other objects are structures with known fields.
    private static let mapFields: Set<String> = [
        "Meta", "Attributes", "Env", "Config", "Links", "Drivers", "HostVolumes", "HostNetworks", "TaskStates",
        "TaskResources", "TaskLifecycles", "Summary", "FailedTGAllocs", "ClassEligibility", "QueuedAllocations",
        "Details", "NodesAvailable", "ClassFiltered", "ConstraintFiltered", "ClassExhausted", "DimensionExhausted",
        "ResourcesExhausted", "Scores", "Volumes", "CanaryMeta", "TaggedAddresses", "Header", "CSIControllerPlugins",
        "CSINodePlugins", "DesiredTGUpdates", "Target", "Policy", "Options", "Tags",
    ]
    /// Fields that hold lists in one kind of object and maps in another.
    private static let mapOrListFields: Set<String> = ["Tasks", "TaskGroups"]

    func holds(_ expression: FilterExpression) throws(FilterError) -> Bool {
        switch expression {
        case .and(let a, let b): return try holds(a) ? try holds(b) : false
        case .or(let a, let b): return try holds(a) ? true : try holds(b)
        case .not(let inner): return try !holds(inner)
        case .match(let selector, let how, let value): return try match(try find(selector), how, value, selector)
        case .each(let quantifier, let selector, let names, let inner):
            return try each(quantifier, selector, names, inner)
        }
    }

    private func find(_ selector: FilterSelector) throws(FilterError) -> Found {
        var parts = selector.parts[...]
        var current = root
        var isMap = false
        if let first = parts.first, let bound = names[first] {
            current = bound
            parts = parts.dropFirst()
        }
        for (at, part) in parts.enumerated() {
            switch current {
            case .object(let object):
                guard let next = object[part] else {
                    if isMap { return .missingKey }
                    throw FilterError(
                        message:
                            "error finding value in datum: /\(selector.parts.joined(separator: "/")) at part \(at): couldn't find key: struct field with name \"\(part)\""
                    )
                }
                isMap = Self.mapFields.contains(part) || Self.mapOrListFields.contains(part) && next.objectValue != nil
                current = next
            case .array(let elements):
                guard let index = Int(part), elements.indices.contains(index) else {
                    throw FilterError(
                        message: "error finding value in datum: index \(part) of \(selector.text) is not there")
                }
                current = elements[index]
                isMap = false
            case .null where isMap: return .missingKey
            default:
                throw FilterError(
                    message:
                        "error finding value in datum: \(selector.text): \(part) is looked for in a \(current.kind)")
            }
        }
        return .value(current, isMap: isMap)
    }

    private func match(
        _ found: Found, _ how: FilterOperator, _ text: String, _ selector: FilterSelector
    ) throws(FilterError) -> Bool {
        guard case .value(let value, _) = found else {
            switch how {
            case .equal, .contains, .matches, .isNotEmpty, .isNotNil: return false
            case .notEqual, .notContains, .notMatches, .isEmpty, .isNil: return true
            }
        }
        switch how {
        case .equal: return try equal(value, text, selector)
        case .notEqual: return try !equal(value, text, selector)
        case .contains: return try contains(value, text, selector)
        case .notContains: return try !contains(value, text, selector)
        case .matches: return try matches(value, text, selector)
        case .notMatches: return try !matches(value, text, selector)
        case .isEmpty: return try isEmpty(value, selector)
        case .isNotEmpty: return try !isEmpty(value, selector)
        case .isNil: return value.isNull
        case .isNotNil: return !value.isNull
        }
    }

    /// The text is read as what the field is.
    private func equal(_ value: JSON, _ text: String, _ selector: FilterSelector) throws(FilterError) -> Bool {
        switch value {
        case .null: return false
        case .string(let field): return field == text
        case .bool(let field):
            switch text {
            case "true", "1", "t", "T", "TRUE", "True": return field
            case "false", "0", "f", "F", "FALSE", "False": return !field
            default: throw FilterError(message: "\(selector.text) is a bool; \"\(text)\" is none")
            }
        case .int(let field):
            guard let number = Int64(text) else {
                throw FilterError(message: "\(selector.text) is a whole number; \"\(text)\" is none")
            }
            return field == number
        case .double(let field):
            guard let number = Double(text) else {
                throw FilterError(message: "\(selector.text) is a number; \"\(text)\" is none")
            }
            return field == number
        case .array, .object:
            throw FilterError(message: "\(selector.text) is an \(value.kind) and can't be compared with ==")
        }
    }

    private func contains(_ value: JSON, _ text: String, _ selector: FilterSelector) throws(FilterError) -> Bool {
        switch value {
        case .null: return false
        case .string(let field): return text.isEmpty || field.contains(text)
        case .object(let object): return object[text] != nil
        case .array(let elements):
            for element in elements where try equal(element, text, selector) { return true }
            return false
        default: throw FilterError(message: "\(selector.text) is a \(value.kind) and contains nothing")
        }
    }

    private func matches(_ value: JSON, _ text: String, _ selector: FilterSelector) throws(FilterError) -> Bool {
        guard case .string(let field) = value else {
            if value.isNull { return false }
            throw FilterError(message: "\(selector.text) is not a string and can't be matched")
        }
        return try FilterPattern.find(text, in: field)
    }

    private func isEmpty(_ value: JSON, _ selector: FilterSelector) throws(FilterError) -> Bool {
        switch value {
        case .null: return true
        case .string(let field): return field.isEmpty
        case .array(let elements): return elements.isEmpty
        case .object(let object): return object.isEmpty
        default: throw FilterError(message: "\(selector.text) is a \(value.kind) and is never empty")
        }
    }

    private func each(
        _ quantifier: FilterQuantifier, _ selector: FilterSelector, _ names: [String], _ inner: FilterExpression
    ) throws(FilterError) -> Bool {
        var rounds: [(first: JSON, second: JSON)] = []
        switch try find(selector) {
        case .missingKey, .value(.null, _): break
        case .value(.array(let elements), _):
            rounds = elements.enumerated().map { (.int(Int64($0.offset)), $0.element) }
        case .value(.object(let object), isMap: true):
            rounds = object.sorted.map { (.string($0.name), $0.value) }
        case .value(let other, _):
            throw FilterError(message: "\(selector.text) is a \(other.kind): any and all need a list or a map")
        }
        let isMap: Bool = if case .value(.object, _) = try find(selector) { true } else { false }
        for round in rounds {
            var inside = self
            if names.count == 2 {
                if names[0] != "_" { inside.names[names[0]] = round.first }
                if names[1] != "_" { inside.names[names[1]] = round.second }
            } else if names[0] != "_" {
                // One name is the element of a list, but the key of a map.
                inside.names[names[0]] = isMap ? round.first : round.second
            }
            if try inside.holds(inner) != (quantifier == .all) { return quantifier == .any }
        }
        return quantifier == .all
    }
}

/// Regular expressions of filters: unanchored, found anywhere in the text.
enum FilterPattern {
    static func find(_ pattern: String, in text: String) throws(FilterError) -> Bool {
        guard pattern.utf8.count <= FilterLimits.patternBytesMax else {
            throw FilterError(message: "the regular expression is longer than \(FilterLimits.patternBytesMax) bytes")
        }
        do {
            return try RegularExpression(pattern).isFound(in: text)
        } catch {
            throw FilterError(message: "failed to compile regular expression \"\(pattern)\": \(error)")
        }
    }
}
