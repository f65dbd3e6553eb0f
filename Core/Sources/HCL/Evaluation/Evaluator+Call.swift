extension Evaluator {
    mutating func call(_ call: SyntaxNode.Call, _ range: ByteRange) -> Value? {
        guard let function = context.functions[call.name] else {
            let near = near(call.name) { context.functions.names }
            fail(
                "Call to unknown function", "There is no function named \"\(call.name)\".\(near)", call.nameRange)
            return nil
        }
        if case .values(let implementation) = function.body {
            guard let arguments = arguments(call), hasFitting(arguments.count, function, call),
                let converted = convert(arguments, function, call)
            else { return nil }
            return self.result(implementation, converted, call, range)
        }
        guard hasFitting(call.arguments.count, function, call) else { return nil }
        return lazy(function.body, call)
    }

    /// Values of the arguments, with the last one taken apart if it is followed by `...`.
    private mutating func arguments(_ call: SyntaxNode.Call) -> [(value: Value, range: ByteRange)]? {
        var arguments: [(Value, ByteRange)] = []
        var isWhole = true
        for (at, node) in call.arguments.enumerated() {
            guard let value = evaluate(node) else {
                isWhole = false
                continue
            }
            guard call.expandsLast, at == call.arguments.count - 1 else {
                arguments.append((value, node.range))
                continue
            }
            guard let elements = value.elements else {
                fail(
                    "Invalid expanding argument value",
                    "The expanding argument (indicated by ...) must be of a tuple, list, or set type, "
                        + "not \(value.kind).", node.range)
                return nil
            }
            arguments += elements.map { ($0, node.range) }
        }
        return isWhole ? arguments : nil
    }

    private mutating func hasFitting(_ count: Int, _ function: Function, _ call: SyntaxNode.Call) -> Bool {
        let least = function.parameters.count
        if count < least {
            let atLeast = function.variadic == nil ? "" : "at least "
            fail(
                "Not enough function arguments",
                "Function \"\(call.name)\" expects \(atLeast)\(least) argument(s). "
                    + "Missing value for \"\(function.parameters[count].name)\".", call.closing)
            return false
        }
        if count > least, function.variadic == nil {
            let range = call.arguments.indices.contains(least) ? call.arguments[least].range : call.closing
            fail(
                "Too many function arguments",
                "Function \"\(call.name)\" expects only \(least) argument(s), but \(count) are given.", range)
            return false
        }
        return true
    }

    private mutating func convert(
        _ arguments: [(value: Value, range: ByteRange)], _ function: Function, _ call: SyntaxNode.Call
    ) -> [Value]? {
        var values: [Value] = []
        for (at, argument) in arguments.enumerated() {
            guard let parameter = at < function.parameters.count ? function.parameters[at] : function.variadic
            else { return nil }
            if argument.value.isNull, !parameter.allowsNull {
                fail(
                    "Invalid function argument",
                    "Invalid value for \"\(parameter.name)\" parameter: argument must not be null.", argument.range)
                return nil
            }
            guard spend(parameter.type == .any ? 1 : argument.value.size, argument.range) else { return nil }
            do {
                values.append(try argument.value.converted(to: parameter.type))
            } catch {
                fail(
                    "Invalid function argument",
                    "Invalid value for \"\(parameter.name)\" parameter: \(error.message).", argument.range)
                return nil
            }
        }
        return values
    }

    private mutating func result(
        _ implementation: Function.Implementation, _ arguments: [Value], _ call: SyntaxNode.Call, _ range: ByteRange
    ) -> Value? {
        do {
            return charged(try implementation(arguments, Function.Environment(context: context)), range)
        } catch {
            guard spend(1, range) else { return nil }
            let place = error.argument.flatMap { call.arguments.indices.contains($0) ? call.arguments[$0].range : nil }
            fail(
                "Error in function call", "Call to function \"\(call.name)\" failed: \(error.message).",
                place ?? range)
            return nil
        }
    }

    /// `try`, `can` and `convert` see expressions, not values.
    private mutating func lazy(_ body: Function.Body, _ call: SyntaxNode.Call) -> Value? {
        switch body {
        case .values: return nil
        case .can:
            let value = attempt(call.arguments[0])
            return context.budget.isExhausted ? nil : .bool(value != nil)
        case .try:
            for node in call.arguments {
                if let value = attempt(node) { return value }
                if context.budget.isExhausted { return nil }
            }
            if isTrying { return nil }
            let reasons = call.arguments.map { "- \(reason($0))" }
            fail(
                "Error in function call",
                "Call to function \"try\" failed: no expression succeeded:\n\(reasons.joined(separator: "\n"))\n"
                    + "At least one expression must produce a successful result.", call.nameRange)
            return nil
        case .convert:
            let type = Expression(source: source, node: call.arguments[1], scope: nil).valueType(&diagnostics)
            guard let value = evaluate(call.arguments[0]), let type, spend(value.size, call.nameRange) else {
                return nil
            }
            do {
                return try value.converted(to: type)
            } catch {
                fail(
                    "Error in function call",
                    "Call to function \"convert\" failed: \(error.message).", call.arguments[0].range)
                return nil
            }
        }
    }

    /// Why an expression that failed failed.
    private mutating func reason(_ node: SyntaxNode) -> String {
        let before = diagnostics
        defer { diagnostics = before }
        diagnostics = Diagnostics()
        _ = evaluate(node)
        return diagnostics.first.map(\.description) ?? ""
    }
}
