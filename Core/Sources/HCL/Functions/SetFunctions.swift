/// Functions on sets.
enum SetFunctions {
    static let table: [String: Function] = [
        "setintersection": Function(
            [.init("first_set", .set(.any))], variadic: .init("other_sets", .set(.any)), intersection),
        "setunion": Function([.init("first_set", .set(.any))], variadic: .init("other_sets", .set(.any)), union),
        "setproduct": Function([], variadic: .any("sets"), product),
    ]

    /// All sets in one element type.
    private static func common(_ arguments: [Value]) throws(FunctionError) -> (sets: [[Value]], type: ValueType) {
        let types = arguments.map { if case .set(let type) = $0.type { type } else { ValueType.any } }
        guard let type = ValueType.unified(types) else {
            throw FunctionError("given sets must all have compatible element types")
        }
        var sets: [[Value]] = []
        for argument in arguments {
            do {
                sets.append(try argument.converted(to: .set(type)).elements ?? [])
            } catch {
                throw FunctionError("given sets must all have compatible element types: \(error.message)")
            }
        }
        return (sets, type)
    }

    static func intersection(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let (sets, type) = try common(arguments)
        var kept = sets[0]
        for other in sets.dropFirst() {
            let members = Set(other)
            kept = kept.filter { members.contains($0) }
        }
        return .set(kept, of: type)
    }

    static func union(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let (sets, type) = try common(arguments)
        return .set(sets.flatMap { $0 }, of: type)
    }

    /// Every combination, the last argument turning fastest. Of sets only, a set; otherwise a list.
    static func product(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        guard arguments.count >= 2 else { throw FunctionError("at least two arguments are required") }
        var columns: [[Value]] = []
        var types: [ValueType] = []
        var areSets = true
        var total = 1
        for (at, argument) in arguments.enumerated() {
            guard let elements = argument.elements, let (values, type) = CollectionFunctions.unified(elements) else {
                throw FunctionError("a set or a list of elements of one type is required", argument: at)
            }
            if case .set = argument {} else { areSets = false }
            columns.append(values)
            types.append(type)
            let (product, overflow) = total.multipliedReportingOverflow(by: values.count)
            total = overflow ? .max : product
        }
        let (size, overflow) = total.multipliedReportingOverflow(by: Value.cellSize * (arguments.count + 1))
        try environment.spend(overflow ? .max : size)
        var rows: [[Value]] = [[]]
        for column in columns { rows = rows.flatMap { row in column.map { row + [$0] } } }
        let type = ValueType.tuple(types)
        let tuples = rows.map { Value.tuple($0) }
        return areSets ? .set(tuples, of: type) : .list(tuples, of: type)
    }
}
