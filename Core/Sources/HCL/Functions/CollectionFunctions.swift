/// Functions on lists, maps and their kin.
enum CollectionFunctions {
    static let table: [String: Function] = [
        "chunklist": Function([.list("list"), .number("size")], chunk),
        "coalesce": Function([], variadic: .nullable("vals"), coalesce),
        "coalescelist": Function([], variadic: .nullable("vals"), coalesceList),
        "compact": Function([.init("list", .list(.string))], compact),
        "concat": Function([], variadic: .any("seqs"), concat),
        "contains": Function([.any("list"), .nullable("value")], contains),
        "distinct": Function([.list("list")], distinct),
        "element": Function([.any("list"), .number("index")], element),
        "flatten": Function([.any("list")], flatten),
        "index": Function([.any("collection"), .any("key")], index),
        "keys": Function([.any("inputMap")], keys),
        "length": Function([.any("collection")], length),
        "lookup": Function([.any("inputMap"), .string("key"), .nullable("default")], lookup),
        "merge": Function([], variadic: .nullable("maps"), merge),
        "range": Function([.number("start")], variadic: .number("params"), range),
        "slice": Function([.any("list"), .number("start_index"), .number("end_index")], slice),
        "sort": Function([.init("list", .list(.string))], sort),
        "values": Function([.any("mapping")], values),
        "zipmap": Function([.init("keys", .list(.string)), .any("values")], zipMap),
    ]

    private static func sequence(_ arguments: [Value], _ at: Int) throws(FunctionError) -> [Value] {
        guard let elements = arguments[at].elements else {
            throw FunctionError("a list, set or tuple is required, not \(arguments[at].kind)", argument: at)
        }
        return elements
    }

    private static func members(_ arguments: [Value], _ at: Int) throws(FunctionError) -> [Value.Members.Member] {
        guard let members = arguments[at].members else {
            throw FunctionError("a map or object is required, not \(arguments[at].kind)", argument: at)
        }
        return members
    }

    /// The values in a type that they all have; nil if there is none.
    static func unified(_ values: [Value]) -> (values: [Value], type: ValueType)? {
        guard let type = ValueType.unified(values.map(\.type)) else { return nil }
        var converted: [Value] = []
        for value in values {
            guard let one = try? value.converted(to: type) else { return nil }
            converted.append(one)
        }
        return (converted, type)
    }

    static func chunk(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let elements = arguments.elements(0)
        let size = try arguments.integer(1)
        guard size >= 0 else { throw FunctionError("the size argument must be positive", argument: 1) }
        guard case .list(let type) = arguments[0].type else { return arguments[0] }
        if elements.isEmpty { return .list([], of: .list(type)) }
        let step = size == 0 ? elements.count : size
        let chunks = stride(from: 0, to: elements.count, by: step).map {
            Value.list(Array(elements[$0..<min($0 + step, elements.count)]), of: type)
        }
        return .list(chunks, of: .list(type))
    }

    static func coalesce(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard let first = arguments.first(where: { !$0.isNull }) else {
            throw FunctionError("no non-null arguments")
        }
        guard let type = ValueType.unified(arguments.map(\.type)), let value = try? first.converted(to: type) else {
            throw FunctionError("all arguments must have the same type")
        }
        return value
    }

    static func coalesceList(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        for at in arguments.indices where !arguments[at].isNull {
            if try !sequence(arguments, at).isEmpty { return arguments[at] }
        }
        throw FunctionError("no non-null arguments that have elements")
    }

    static func compact(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        .list(arguments.elements(0).filter { !($0.stringValue ?? "").isEmpty }, of: .string)
    }

    static func concat(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard !arguments.isEmpty else { throw FunctionError("at least one argument is required") }
        var elements: [Value] = []
        var areLists = true
        for at in arguments.indices {
            elements += try sequence(arguments, at)
            if case .list = arguments[at] {} else { areLists = false }
        }
        if areLists {
            let types = arguments.compactMap { if case .list(let element) = $0.type { element } else { nil } }
            if let type = ValueType.unified(types), let found = try? Value.tuple(elements).converted(to: .list(type)) {
                return found
            }
        }
        return .tuple(elements)
    }

    static func contains(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let elements = try sequence(arguments, 0)
        try environment.charge(elements.count + min(arguments[0].size, arguments[1].size))
        // Like `==`: a number is never equal to a text.
        return .bool(elements.contains(arguments[1]))
    }

    static func distinct(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard case .list(let type) = arguments[0].type else { return arguments[0] }
        var seen: Set<Value> = []
        return .list(arguments.elements(0).filter { seen.insert($0).inserted }, of: type)
    }

    /// Positions beyond the end go round.
    static func element(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let elements = try sequence(arguments, 0)
        let index = try arguments.integer(1)
        guard index >= 0 else { throw FunctionError("cannot use element function with a negative index", argument: 1) }
        guard !elements.isEmpty else {
            throw FunctionError("cannot use element function with an empty list", argument: 0)
        }
        return elements[index % elements.count]
    }

    static func flatten(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        var out: [Value] = []
        // Iterative, because values may be nested deeper than expressions.
        var stack = [(try sequence(arguments, 0), 0)]
        while let (elements, at) = stack.popLast() {
            guard at < elements.count else { continue }
            stack.append((elements, at + 1))
            if let inner = elements[at].elements { stack.append((inner, 0)) } else { out.append(elements[at]) }
        }
        try environment.spend(out.count)
        return .tuple(out)
    }

    /// The element under a key: the same as `collection[key]`.
    static func index(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let source = SourceFile(name: "", bytes: [])
        var evaluator = Evaluator(context: environment.context, source: source, scope: nil)
        if let found = evaluator.element(arguments[1], of: arguments[0], ByteRange(0, 0)) { return found }
        throw FunctionError(evaluator.diagnostics.first?.detail ?? "invalid index", argument: 1)
    }

    static func keys(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let keys = try members(arguments, 0).map { Value.string($0.key) }
        if case .map = arguments[0] { return .list(keys, of: .string) }
        return .tuple(keys)
    }

    static func values(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let values = try members(arguments, 0).map(\.value)
        if case .map(let type) = arguments[0].type { return .list(values, of: type) }
        return .tuple(values)
    }

    static func length(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        if let elements = arguments[0].elements { return Value(elements.count) }
        if let members = arguments[0].members { return Value(members.count) }
        throw FunctionError(
            "collection must be a list, a map or a tuple, not \(arguments[0].kind); strlen counts characters",
            argument: 0)
    }

    static func lookup(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        _ = try members(arguments, 0)
        if let found = arguments[0][arguments.text(1)] { return found }
        if case .map(let type) = arguments[0].type, type.isExact {
            do { return try arguments[2].converted(to: type) } catch {
                throw FunctionError(
                    "the default value must have the type of the map's elements: \(error.message)", argument: 2)
            }
        }
        return arguments[2]
    }

    static func merge(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var merged: [String: Value] = [:]
        var types: Set<ValueType> = []
        var areMaps = true
        for at in arguments.indices where !arguments[at].isNull {
            for member in try members(arguments, at) { merged[member.key] = member.value }
            if case .map(let type) = arguments[at].type { types.insert(type) } else { areMaps = false }
        }
        if areMaps, types.count == 1, let type = types.first { return .map(merged, of: type) }
        return .object(merged)
    }

    static let rangeMax = 1024

    static func range(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        guard arguments.count <= 3 else { throw FunctionError("must have one, two, or three arguments") }
        let numbers = arguments.compactMap(\.numberValue)
        let start = numbers.count == 1 ? Number(0) : numbers[0]
        let end = numbers.count == 1 ? numbers[0] : numbers[1]
        let step = numbers.count == 3 ? numbers[2] : Number(end < start ? -1 : 1)
        guard !step.isZero else { throw FunctionError("step must not be zero", argument: 2) }
        if step.isNegative, end > start { throw FunctionError("end must be less than start when step is negative") }
        if !step.isNegative, end < start { throw FunctionError("end must be greater than start when step is positive") }
        var values: [Value] = []
        var at = start
        while step.isNegative ? at > end : at < end {
            guard values.count < rangeMax else {
                throw FunctionError(
                    "more than \(rangeMax) values were generated; either decrease the difference between start and end "
                        + "or use a larger step")
            }
            values.append(.number(at))
            guard let next = Number.add(at, step) else { break }
            at = next
        }
        return .list(values, of: .number)
    }

    static func slice(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        if case .set = arguments[0] {
            throw FunctionError("cannot slice a set, because its elements do not have indices", argument: 0)
        }
        let elements = try sequence(arguments, 0)
        let (start, end) = (try arguments.integer(1), try arguments.integer(2))
        guard start >= 0 else { throw FunctionError("start index must not be less than zero", argument: 1) }
        guard end <= elements.count else {
            throw FunctionError(
                "end index must not be greater than the length of the list (\(elements.count))", argument: 2)
        }
        guard start <= end else { throw FunctionError("start index must not be greater than end index", argument: 1) }
        let part = Array(elements[start..<end])
        if case .list(let type) = arguments[0].type { return .list(part, of: type) }
        return .tuple(part)
    }

    static func sort(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let elements = arguments.elements(0)
        if let at = elements.firstIndex(where: \.isNull) {
            throw FunctionError("given list element \(at) is null; a null string cannot be sorted", argument: 0)
        }
        return .list(elements.sorted(by: Value.precedes), of: .string)
    }

    static func zipMap(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let (keys, values) = (arguments.elements(0), try sequence(arguments, 1))
        guard keys.count == values.count else {
            throw FunctionError(
                "number of keys (\(keys.count)) does not match number of values (\(values.count))", argument: 1)
        }
        var members: [String: Value] = [:]
        for (at, key) in keys.enumerated() {
            guard case .string(let name) = key else { throw FunctionError("a key is null", argument: 0) }
            members[name] = values[at]
        }
        if case .list(let type) = arguments[1].type { return .map(members, of: type) }
        return .object(members)
    }
}
