import Base
import CaravanClient

/// How variables are printed: as a table, as HCL or JSON that `var put` takes back, or through a template.
enum VariableLayout {
    static let outputs = ["none", "table", "hcl", "json", "go-template"]

    /// Prints a variable as `-out` asks.
    static func show(_ variable: JSON, as output: String, _ invocation: Invocation) throws {
        let template = invocation.flags.text("template")
        switch output {
        case "none": return
        case "json": invocation.line(variable.pretty())
        case "hcl": invocation.lines(hcl(variable))
        case "go-template":
            guard !template.isEmpty else { throw CommandFailure("A template must be supplied using '-template'") }
            invocation.line(try Invocation.render(template, variable))
        default: invocation.lines(table(variable, invocation.show))
        }
    }

    /// Refuses an unknown `-out`, and a template that nothing would use.
    static func checked(_ flags: FlagValues) throws -> String {
        let output = flags.text("out")
        guard outputs.contains(output) else {
            throw CommandFailure("Invalid value for \"-out\"; valid values are [\(outputs.joined(separator: ", "))]")
        }
        let template = flags.text("template")
        if !template.isEmpty, output != "go-template" {
            throw CommandFailure("The '-template' flag can only be used with '-out=go-template'")
        }
        return output
    }

    private static func table(_ variable: JSON, _ show: Show) -> [String] {
        var block = KeyValues([
            ("Namespace", variable.text("Namespace")), ("Path", variable.text("Path")),
            ("Create Time", show.time(variable.instant("CreateTime"))),
        ])
        if variable.int("CreateTime") != variable.int("ModifyTime") {
            block.add("Modify Time", show.time(variable.instant("ModifyTime")))
        }
        block.add("Check Index", "\(variable.int("ModifyIndex"))")
        if variable.has("Lock") { block.add("Lock ID", variable.child("Lock").text("ID")) }
        let items = variable.entries("Items").map { ($0.name, $0.value.stringValue ?? "") }
        return block.lines + ["", show.title("Items")] + KeyValues(items).lines
    }

    private static func hcl(_ variable: JSON) -> [String] {
        var lines = [
            "namespace    = \(GoQuote.text(variable.text("Namespace")))",
            "path         = \(GoQuote.text(variable.text("Path")))",
            "create_index = \(variable.int("CreateIndex"))", "modify_index = \(variable.int("ModifyIndex"))",
            "create_time  = \(variable.int("CreateTime"))", "modify_time  = \(variable.int("ModifyTime"))", "",
            "items = {",
        ]
        for item in variable.entries("Items") {
            lines.append("  \(GoQuote.text(item.name)) = \(GoQuote.text(item.value.stringValue ?? ""))")
        }
        return lines + ["}"]
    }
}
