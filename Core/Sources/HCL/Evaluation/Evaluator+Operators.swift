extension Evaluator {
    mutating func unary(_ symbol: UnaryOperator, _ operand: SyntaxNode, _ range: ByteRange) -> Value? {
        guard let value = evaluate(operand) else { return nil }
        switch symbol {
        case .not: return bool(value, "Unsuitable value for unary operand", operand.range).map { .bool(!$0) }
        case .negate:
            guard let number = number(value, "Unsuitable value for unary operand", operand.range) else { return nil }
            return result(number.negated, range)
        }
    }

    private mutating func bool(_ value: Value, _ what: String, _ range: ByteRange) -> Bool? {
        operand(value, .bool, what, range)?.boolValue
    }

    private mutating func number(_ value: Value, _ what: String, _ range: ByteRange) -> Number? {
        operand(value, .number, what, range)?.numberValue
    }

    private mutating func operand(_ value: Value, _ type: ValueType, _ what: String, _ range: ByteRange) -> Value? {
        if value.isNull {
            fail("Invalid operand", "\(what): the value is null.", range)
            return nil
        }
        do {
            return try value.converted(to: type)
        } catch {
            fail("Invalid operand", "\(what): \(error.message).", range)
            return nil
        }
    }

    private mutating func result(_ number: Number?, _ range: ByteRange) -> Value? {
        if let number { return .number(number) }
        fail("Operation failed", "The result is out of the range of numbers.", range)
        return nil
    }

    /// Operators of one level, from the left.
    mutating func binary(_ first: SyntaxNode, _ operations: [SyntaxNode.Operation]) -> Value? {
        guard var left = evaluate(first) else { return nil }
        var range = first.range
        for operation in operations {
            let whole = range.through(operation.operand.range)
            let next: Value?
            switch operation.symbol {
            case .and, .or: next = logical(operation, left, range)
            case .equal, .notEqual:
                guard let right = evaluate(operation.operand),
                    spend(min(left.size, right.size), whole)
                else { return nil }
                next = .bool((left == right) == (operation.symbol == .equal))
            default: next = arithmetic(operation, left, range, whole)
            }
            guard let next else { return nil }
            left = next
            range = whole
        }
        return left
    }

    /// The right side isn't evaluated when the left side decides.
    private mutating func logical(
        _ operation: SyntaxNode.Operation, _ value: Value, _ range: ByteRange
    ) -> Value? {
        guard let left = bool(value, "Unsuitable value for left operand", range) else { return nil }
        if left == (operation.symbol == .or) { return .bool(left) }
        guard let right = evaluate(operation.operand) else { return nil }
        return bool(right, "Unsuitable value for right operand", operation.operand.range).map { .bool($0) }
    }

    private mutating func arithmetic(
        _ operation: SyntaxNode.Operation, _ value: Value, _ range: ByteRange, _ whole: ByteRange
    ) -> Value? {
        let right = evaluate(operation.operand)
        guard let left = number(value, "Unsuitable value for left operand", range), let right,
            let right = number(right, "Unsuitable value for right operand", operation.operand.range)
        else { return nil }
        switch operation.symbol {
        case .less: return .bool(left < right)
        case .lessOrEqual: return .bool(left <= right)
        case .greater: return .bool(left > right)
        case .greaterOrEqual: return .bool(left >= right)
        case .add: return result(Number.add(left, right), whole)
        case .subtract: return result(Number.subtract(left, right), whole)
        case .multiply: return result(Number.multiply(left, right), whole)
        case .divide, .remainder:
            if right.isZero {
                fail("Division by zero", "The right operand is zero.", operation.operand.range)
                return nil
            }
            return result(
                operation.symbol == .divide ? Number.divide(left, right) : Number.remainder(left, right), whole)
        case .or, .and, .equal, .notEqual: return nil
        }
    }

    /// Both results get the same type, as far as there is one; problems of the result not chosen don't count.
    mutating func conditional(
        _ condition: SyntaxNode, _ positive: SyntaxNode, _ negative: SyntaxNode, _ range: ByteRange
    ) -> Value? {
        guard let value = evaluate(condition) else { return nil }
        guard !value.isNull else {
            fail(
                "Null condition", "The condition value is null. Conditions must either be true or false.",
                condition.range)
            return nil
        }
        guard case .bool(let choice)? = try? value.converted(to: .bool) else {
            fail(
                "Incorrect condition type",
                "The condition expression must be of type bool, not \(value.kind).", condition.range)
            return nil
        }
        guard let chosen = evaluate(choice ? positive : negative) else { return nil }
        guard let other = attempt(choice ? negative : positive) else {
            return context.budget.isExhausted ? nil : chosen
        }
        if other.isNull || chosen.isNull { return chosen }
        guard spend(chosen.size + other.size, range) else { return nil }
        let (chosenType, otherType) = (chosen.type, other.type)
        guard let type = ValueType.unified([chosenType, otherType]), let converted = try? chosen.converted(to: type)
        else {
            let (first, second) = choice ? (chosen.kind, other.kind) : (other.kind, chosen.kind)
            fail(
                "Inconsistent conditional result types",
                "The true and false result expressions must have consistent types. "
                    + "The given expressions are \(first) and \(second), respectively.",
                positive.range.through(negative.range))
            return nil
        }
        return converted
    }
}
