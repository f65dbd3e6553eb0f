import Base
import HCL

/// The declared variables of a job file with their values.
struct InputVariables {
    private var variables: [InputVariable] = []
    private var places: [String: Int] = [:]

    /// Reads the declarations of a file.
    init(_ content: BodyContent, _ context: EvaluationContext, _ diagnostics: inout Diagnostics) {
        for block in content.blocks where block.type == "variable" || block.type == "variables" {
            if block.type == "variable" {
                declare(InputVariable(block, context, &diagnostics), &diagnostics)
            } else {
                for attribute in block.body.attributes(&diagnostics) {
                    declare(InputVariable(attribute, context, &diagnostics), &diagnostics)
                }
            }
        }
    }

    private mutating func declare(_ variable: InputVariable, _ diagnostics: inout Diagnostics) {
        if let other = places[variable.name] {
            diagnostics.error(
                "Duplicate variable",
                "Duplicate \(variable.name) variable definition found at \(variables[other].nameRange).",
                at: variable.nameRange)
            return
        }
        places[variable.name] = variables.count
        variables.append(variable)
    }

    /// Gives the variables their values, later sources over earlier ones, and checks them.
    mutating func take(
        _ sources: JobVariables, _ context: EvaluationContext, _ files: inout [SourceFile],
        _ diagnostics: inout Diagnostics
    ) {
        for (name, text) in sources.environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix(JobVariables.environmentPrefix) {
            let at = places[String(name.dropFirst(JobVariables.environmentPrefix.count))]
            if let at { variables[at].take(text: text, from: name, context, &diagnostics) }
        }
        for file in sources.files { take(file, sources.isStrict, context, &files, &diagnostics) }
        for argument in sources.arguments { take(argument, sources.isStrict, context, &diagnostics) }
        for variable in variables {
            if variable.value == nil, !diagnostics.hasErrors {
                diagnostics.error(
                    "Unset variable \"\(variable.name)\"",
                    "A used variable must be set or have a default value; set it with -var \(variable.name)=…, in a variable "
                        + "file, or in the environment as \(JobVariables.environmentPrefix)\(variable.name).",
                    at: variable.nameRange)
            }
            variable.validate(context, &diagnostics)
        }
    }

    private mutating func take(
        _ file: JobVariables.File, _ isStrict: Bool, _ context: EvaluationContext, _ files: inout [SourceFile],
        _ diagnostics: inout Diagnostics
    ) {
        let document = Document(parsing: file.bytes, name: file.name)
        files.append(document.source)
        diagnostics.append(contentsOf: document.diagnostics)
        if document.diagnostics.hasErrors { return }
        var context = context
        context.variables = [:]
        context.unknownRoot = .error
        for attribute in document.body.attributes(&diagnostics) {
            guard let at = places[attribute.name] else {
                reportUndeclared(attribute.name, at: attribute.nameRange, isStrict, &diagnostics)
                continue
            }
            guard let value = attribute.expression.evaluate(in: context, &diagnostics) else { continue }
            variables[at].take(value, from: file.name, at: attribute.expression.range, &diagnostics)
        }
    }

    private mutating func take(
        _ argument: String, _ isStrict: Bool, _ context: EvaluationContext, _ diagnostics: inout Diagnostics
    ) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
            diagnostics.error(
                "Invalid -var option",
                "The given -var option \"\(argument)\" is not correctly specified; write name=value.",
                at: nil)
            return
        }
        let name = String(argument[..<equals])
        guard let at = places[name] else { return reportUndeclared(name, at: nil, isStrict, &diagnostics) }
        variables[at].take(
            text: String(argument[argument.index(after: equals)...]), from: "-var", context, &diagnostics)
    }

    private func reportUndeclared(
        _ name: String, at range: SourceRange?, _ isStrict: Bool, _ diagnostics: inout Diagnostics
    ) {
        let near = Suggestion.sentence(for: name, among: places.keys.sorted())
        diagnostics.append(
            Diagnostic(
                isStrict ? .error : .warning, "Undefined variable",
                "A \"\(name)\" variable value was set, but was not found in the job file.\(near) "
                    + "To declare it, add: variable \"\(name)\" {}", at: range))
    }

    /// What `var` stands for.
    var value: Value {
        .object(Dictionary(variables.compactMap { variable in variable.value.map { (variable.name, $0) } }) { $1 })
    }
}
