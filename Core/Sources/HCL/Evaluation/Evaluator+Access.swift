extension Evaluator {
    /// Follows attributes, indexes and splats.
    mutating func apply(_ steps: ArraySlice<SyntaxNode.Step>, to value: Value) -> Value? {
        var value = value
        var at = steps.startIndex
        while at < steps.endIndex {
            let step = steps[at]
            guard spend(1, step.range) else { return nil }
            at += 1
            let next: Value?
            switch step.kind {
            case .attribute(let name): next = attribute(name, of: value, step.range)
            case .legacyIndex(let index): next = element(Value(index), of: value, step.range)
            case .index(let node):
                guard let key = evaluate(node) else { return nil }
                next = element(key, of: value, step.range)
            case .attributeSplat(let count):
                next = splat(steps[at..<(at + count)], over: value, step.range)
                at += count
            case .fullSplat: return splat(steps[at...], over: value, step.range)
            }
            guard let next else { return nil }
            value = next
        }
        return value
    }

    private mutating func splat(
        _ steps: ArraySlice<SyntaxNode.Step>, over value: Value, _ range: ByteRange
    ) -> Value? {
        if value.isNull { return .tuple([]) }
        var results: [Value] = []
        for element in value.elements ?? [value] {
            guard let result = apply(steps, to: element) else { return nil }
            results.append(result)
        }
        switch value {
        case .list, .set:
            if let type = results.first?.type, type.isExact, results.allSatisfy({ $0.type == type }) {
                return charged(.list(results, of: type), range)
            }
        default: break
        }
        return charged(.tuple(results), range)
    }

    private mutating func attribute(_ name: String, of value: Value, _ range: ByteRange) -> Value? {
        switch value {
        case .object(let members):
            if let found = members[name] { return found }
            fail(
                "Unsupported attribute",
                "This object does not have an attribute named \"\(name)\".\(near(name) { members.keys })",
                range)
        case .map(let members):
            if let found = members[name] { return found }
            fail(
                "Missing map element",
                "This map does not have an element with the key \"\(name)\".\(near(name) { members.keys })",
                range)
        case .null:
            fail(
                "Attempt to get attribute from null value",
                "This value is null, so it does not have any attributes.", range)
        case .list, .set, .tuple:
            fail(
                "Unsupported attribute",
                "This value is a \(value.kind), which has no attributes. Give the index of an element, as in "
                    + "[0].\(name), or [*].\(name) for all elements.", range)
        case .bool, .number, .string:
            fail("Unsupported attribute", "This value is a \(value.kind), which has no attributes.", range)
        }
        return nil
    }

    /// The element under a key or at a position.
    mutating func element(_ key: Value, of value: Value, _ range: ByteRange) -> Value? {
        if key.isNull {
            fail("Invalid index", "Can't use a null value as an indexing key.", range)
            return nil
        }
        switch value {
        case .list(let collection), .tuple(let collection):
            guard case .number(let number)? = try? key.converted(to: .number) else {
                fail("Invalid index", "The key for a \(value.kind) must be a number, not a \(key.kind).", range)
                return nil
            }
            guard let index = number.int, collection.elements.indices.contains(index) else {
                let count = collection.elements.count
                fail(
                    "Invalid index",
                    "The given key \(number) does not identify an element in this collection value, which has "
                        + (count == 0
                            ? "no elements."
                            : count == 1 ? "one element (index 0)." : "the indexes 0 to \(count - 1)."),
                    range)
                return nil
            }
            return collection.elements[index]
        case .map(let members), .object(let members):
            guard case .string(let name)? = try? key.converted(to: .string) else {
                fail("Invalid index", "The key for a \(value.kind) must be a string, not a \(key.kind).", range)
                return nil
            }
            if let found = members[name] { return found }
            fail(
                "Invalid index",
                "The given key \"\(name)\" does not identify an element in this collection value."
                    + near(name) { members.keys },
                range)
        case .set:
            fail("Invalid index", "Elements of a set have no index and no key: convert it to a list first.", range)
        case .null:
            fail("Attempt to index null value", "This value is null, so it does not have any indices.", range)
        case .bool, .number, .string:
            fail("Invalid index", "This value is a \(value.kind), which has no indices.", range)
        }
        return nil
    }
}
