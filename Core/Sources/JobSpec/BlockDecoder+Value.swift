import Base
import HCL
import Model

extension BlockDecoder {
    /// The value of an attribute in its JSON form; nil when it didn't fit and was reported.
    mutating func value(_ attribute: Attribute, _ field: FieldSchema) -> JSON? {
        let expression = attribute.expression
        guard let value = expression.evaluate(in: context, &diagnostics) else { return nil }
        if value.isNull {
            // A field that may be null in the API may be null in the file: not set.
            if field.unset.isNull { return .null }
            return unsuitable("null value is not allowed", expression)
        }
        switch field.kind {
        case .text: return converted(value, .string, expression)?.json
        case .flag: return converted(value, .bool, expression)?.json
        case .integer: return converted(value, .number, expression).flatMap { whole($0, expression) }
        case .bounded(let range): return converted(value, .number, expression).flatMap { whole($0, expression, range) }
        case .duration: return duration(value, expression)
        case .texts: return converted(value, .list(.string), expression).flatMap { noNull($0, expression) }
        case .textMap, .openTextMap:
            return converted(value, .map(.string), expression).flatMap { noNull($0, expression) }
        case .textListMap: return converted(value, .map(.list(.string)), expression)?.json
        default: return value.json
        }
    }

    private mutating func unsuitable(_ reason: String, _ expression: Expression) -> JSON? {
        diagnostics.error("Unsuitable value type", "Unsuitable value: \(reason)", at: expression.range)
        return nil
    }

    private mutating func converted(_ value: Value, _ type: ValueType, _ expression: Expression) -> Value? {
        do {
            return try value.converted(to: type)
        } catch {
            _ = unsuitable(error.message, expression)
            return nil
        }
    }

    private mutating func whole(
        _ value: Value, _ expression: Expression, _ range: ClosedRange<Int64> = .min ... .max
    ) -> JSON? {
        if let number = value.numberValue?.int64, range.contains(number) { return .int(number) }
        let shown = value.numberValue.map { ", not \($0)" } ?? ""
        let bounds =
            range == .min ... .max ? "of at most 64 bits" : "between \(range.lowerBound) and \(range.upperBound)"
        return unsuitable("the value must be a whole number \(bounds)\(shown)", expression)
    }

    /// A text with units, or a bare number of nanoseconds.
    private mutating func duration(_ value: Value, _ expression: Expression) -> JSON? {
        if value.numberValue != nil { return whole(value, expression) }
        guard let text = value.stringValue else {
            return unsuitable("a duration such as \"30s\" is required, not \(value.kind)", expression)
        }
        guard let span = TimeSpan(text: text) else {
            diagnostics.error(
                "Unsuitable value type",
                "Unsuitable duration value: \"\(text)\" is not a duration. Write a number with a unit (ns, us, ms, s, m, h), "
                    + "such as \"30s\" or \"1h30m\".", at: expression.range)
            return nil
        }
        return .int(span.nanoseconds)
    }

    private mutating func noNull(_ value: Value, _ expression: Expression) -> JSON? {
        let parts = value.elements ?? value.members?.map(\.value) ?? []
        if parts.contains(where: \.isNull) { return unsuitable("null is not allowed in it", expression) }
        return value.json
    }

    /// `meta { … }` and its kin: attributes whose values become texts.
    mutating func textMap(_ body: Body) -> JSONObject {
        var result = JSONObject()
        for attribute in body.attributes(&diagnostics) {
            guard let value = attribute.expression.evaluate(in: context, &diagnostics) else { continue }
            if value.isNull {
                _ = unsuitable("null value is not allowed", attribute.expression)
            } else if let text = converted(value, .string, attribute.expression) {
                result[attribute.name] = text.json
            }
        }
        return result
    }

    /// `header { … }`: attributes that are lists of texts; a single text is a list of one.
    mutating func textListMap(_ body: Body) -> JSONObject {
        var result = JSONObject()
        for attribute in body.attributes(&diagnostics) {
            guard let value = attribute.expression.evaluate(in: context, &diagnostics) else { continue }
            let list = value.elements == nil && !value.isNull ? Value.tuple([value]) : value
            if let texts = converted(list, .list(.string), attribute.expression) { result[attribute.name] = texts.json }
        }
        return result
    }

    /// A free-form block: nested blocks become lists of objects, labels become names around them.
    mutating func freeForm(_ body: Body) -> JSONObject {
        let content = body.freeForm(in: context, &diagnostics)
        var result = JSONObject()
        for attribute in content.attributes {
            guard let value = freeForm(attribute.expression) else { continue }
            // Null is the same as not written: drivers see their default.
            if !value.isNull { result[attribute.name] = value }
        }
        for block in content.blocks {
            var value = JSON.object(freeForm(block.body))
            for label in block.labels.reversed() { value = [(label.value, .array([value]))].object }
            result.append(value, to: block.type)
        }
        return result
    }

    /// An object that is written out counts as a block and so becomes a list of one; computed ones stay objects.
    private mutating func freeForm(_ expression: Expression) -> JSON? {
        guard let value = expression.evaluate(in: context, &diagnostics)?.json else { return nil }
        return expression.isObjectConstructor && !isJSON ? .array([value]) : value
    }
}

extension [(String, JSON)] {
    fileprivate var object: JSON { .object(JSONObject(self)) }
}
