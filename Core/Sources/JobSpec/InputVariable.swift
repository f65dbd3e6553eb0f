import Base
import HCL

/// A declared input variable: `variable "name" { … }`, or a line of a `variables` block.
struct InputVariable {
    let name: String
    let nameRange: SourceRange
    /// Nil when neither the declaration nor a plain default says one.
    var type: ValueType?
    /// Whether a default without a declared type is a list or an object: then values are written like it.
    private var isStructured = false
    var value: Value?
    /// Where the value came from, in words, and the place it was written at.
    private var origin = "default"
    private var valueRange: SourceRange?
    var validations: [Validation] = []

    /// A condition that the value must meet.
    struct Validation {
        let condition: Expression
        let message: String
        let range: SourceRange
    }

    private static let schema = BodySchema(
        attributes: [.init("type"), .init("default"), .init("description"), .init("sensitive")],
        blocks: [.init("validation")])
    private static let validationSchema = BodySchema(
        attributes: [.init("condition", isRequired: true), .init("error_message", isRequired: true)])

    /// Defaults and messages may call functions but refer to nothing.
    private static func constants(_ context: EvaluationContext) -> EvaluationContext {
        var context = context
        context.variables = [:]
        context.unknownRoot = .error
        return context
    }

    /// Reads a `variable` block.
    init(_ block: Block, _ context: EvaluationContext, _ diagnostics: inout Diagnostics) {
        name = block.labels.first?.value ?? ""
        nameRange = block.labels.first?.range ?? block.typeRange
        let constants = Self.constants(context)
        let content = block.body.content(Self.schema, in: constants, &diagnostics)
        if !Self.isIdentifier(name) {
            diagnostics.error(
                "Invalid variable name",
                "A name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes.",
                at: nameRange)
        }
        if let attribute = content["type"] {
            type = attribute.expression.valueType(allowsAny: false, &diagnostics)
        }
        if let attribute = content["default"] {
            readDefault(attribute.expression, constants, &diagnostics)
        }
        for block in content.blocks("validation") { readValidation(block, constants, &diagnostics) }
    }

    /// Reads a line of a `variables` block: the value is the default.
    init(_ attribute: Attribute, _ context: EvaluationContext, _ diagnostics: inout Diagnostics) {
        name = attribute.name
        nameRange = attribute.nameRange
        readDefault(attribute.expression, Self.constants(context), &diagnostics)
    }

    private mutating func readDefault(
        _ expression: Expression, _ context: EvaluationContext, _ diagnostics: inout Diagnostics
    ) {
        guard let value = expression.evaluate(in: context, &diagnostics) else { return }
        valueRange = expression.range
        do {
            let value = try value.converted(to: type ?? .any)
            // Without a type, the default says what later values are.
            if type == nil, value.type.isPrimitive { type = value.type }
            isStructured = type == nil && (value.elements != nil || value.members != nil)
            self.value = value
        } catch {
            diagnostics.error(
                "Invalid default value for variable",
                "This default value is not compatible with the variable's type constraint: \(error.message).",
                at: expression.range)
        }
    }

    private mutating func readValidation(
        _ block: Block, _ constants: EvaluationContext, _ diagnostics: inout Diagnostics
    ) {
        let content = block.body.content(Self.validationSchema, in: constants, &diagnostics)
        guard let condition = content["condition"]?.expression, let text = content["error_message"]?.expression else {
            return
        }
        let others = condition.references.filter { $0.path.first != "var" || $0.path.dropFirst().first != name }
        if let other = others.first {
            diagnostics.error(
                "Invalid reference in variable validation",
                "The condition of variable \"\(name)\" may refer to the variable itself only, as var.\(name).",
                at: other.range)
            return
        }
        guard let message = text.evaluate(in: constants, as: .string, &diagnostics)?.stringValue else { return }
        if message.allSatisfy(\.isWhitespace) {
            diagnostics.error(
                "Invalid validation error message", "The message must say what is wrong with the value.", at: text.range
            )
            return
        }
        validations.append(Validation(condition: condition, message: message, range: block.typeRange))
    }

    /// Whether the value comes as plain text when it is given on a command line or in the environment.
    var takesPlainText: Bool { type.map { $0 == .string || $0 == .number } ?? !isStructured }

    /// Takes a value from outside; converts it to the declared type.
    mutating func take(_ value: Value, from source: String, at range: SourceRange?, _ diagnostics: inout Diagnostics) {
        origin = source
        valueRange = range
        do {
            self.value = try value.converted(to: type ?? .any)
        } catch {
            diagnostics.error(
                "Invalid value for \(source) variable",
                "The value for \(name) is not compatible with the variable's type constraint: \(error.message).",
                at: range ?? nameRange)
        }
    }

    /// Takes a value from outside that is text: literally, or for structured types as an expression.
    mutating func take(
        text: String, from source: String, _ context: EvaluationContext, _ diagnostics: inout Diagnostics
    ) {
        if takesPlainText { return take(Value(text), from: source, at: nil, &diagnostics) }
        guard let expression = Expression.parse(text, name: "<value for var.\(name) from \(source)>", &diagnostics),
            let value = expression.evaluate(in: Self.constants(context), &diagnostics)
        else { return }
        take(value, from: source, at: expression.range, &diagnostics)
    }

    /// Holds the value against the declared conditions.
    func validate(_ context: EvaluationContext, _ diagnostics: inout Diagnostics) {
        guard let value else { return }
        for validation in validations {
            let context = Self.constants(context).adding(["var": .object([name: value])])
            guard let result = validation.condition.evaluate(in: context, as: .bool, &diagnostics) else { continue }
            if result.boolValue != true {
                diagnostics.error(
                    "Invalid value for \(origin) variable",
                    "\(validation.message)\n\nThis was checked by the validation rule at \(validation.range).",
                    at: valueRange ?? nameRange)
            }
        }
    }

    private static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.first, first.isLetter || first == "_" else { return false }
        return name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    }
}
