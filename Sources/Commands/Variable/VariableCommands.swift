import Base
import CaravanClient

/// Variables: small secrets and settings that the cluster keeps.
enum VariableCommands {
    static let all: [Command] = [get, put, list, purge, initialize]

    private static func path(_ text: String) -> String {
        "/v1/var/"
            + text.split(separator: "/", omittingEmptySubsequences: false)
            .map { Escaping.segment(String($0)) }.joined(separator: "/")
    }

    private static let template = Flag.text("template", "template", "Go template for -out=go-template.")
    private static func output(_ usual: String) -> Flag {
        .text("out", "format", "none, table, hcl, json or go-template.", default: usual)
    }

    static let get = Command(
        "var get", "Read a variable", usage: "[options] <path>",
        flags: [.text("item", "key", "Print the value of this item only."), output("table"), template, .browser]
    ) { invocation in
        let client = try invocation.client
        let output = try VariableLayout.checked(invocation.flags)
        let name = try invocation.oneArgument("<path>")
        let variable: JSON
        do {
            variable = try await client.get(path(name)).json()
        } catch let error as ClientError {
            if error.status == 404 { throw CommandFailure("Variable not found") }
            throw CommandFailure("Error retrieving variable: \(error.message)", advice: error.advice)
        }
        let item = invocation.flags.text("item")
        guard !item.isEmpty else {
            try VariableLayout.show(variable, as: output, invocation)
            return 0
        }
        guard let value = variable.child("Items")[item]?.stringValue else {
            throw CommandFailure("Variable does not contain \(GoQuote.text(item)) item")
        }
        invocation.line(value)
        return 0
    }

    static let put = Command(
        "var put", "Create or update a variable",
        usage: "[options] <variable spec file reference> | <path> [<key>=<value>]…",
        details: """
            Stores a variable. Its items are arguments key=value, or come from a file
            (@file) or standard input (-) in HCL or JSON. A value @file is read from
            that file, and - from standard input.
            """,
        flags: [
            .bool("force", "Overwrite whatever index the file says."), .verbose,
            .text("check-index", "index", "Store only if the variable's index is this; 0: if there is none."),
            .text("in", "format", "Syntax of the file: hcl or json.", default: ""), output("none"), template, .browser,
        ]
    ) { invocation in
        let client = try invocation.client
        let output = try VariableLayout.checked(invocation.flags)
        var spec = try specification(invocation)
        let name = spec.text("Path")
        var options = QueryOptions()
        let check = try checkIndex(invocation.flags, spec)
        if let check { options.parameters.append(("cas", check)) }
        let namespace = spec.text("Namespace")
        if !namespace.isEmpty { options.namespace = namespace } else { spec["Namespace"] = nil }
        let (body, asked) = (spec, options)
        let stored: JSON
        do {
            stored = try await client.put(path(name), body, asked).json()
        } catch let error as ClientError where error.status == 409 {
            throw CommandFailure(
                "Error creating variable: Check-and-Set conflict: the variable has changed since it was read; "
                    + "use -force to overwrite it\n\(error.message)")
        } catch let error as ClientError {
            throw CommandFailure("Error creating variable: \(error.message)", advice: error.advice)
        }
        if output == "none" {
            let isNew = stored.int("CreateIndex") == stored.int("ModifyIndex")
            invocation.line("Successfully \(isNew ? "created" : "updated") variable \(GoQuote.text(name))!")
        }
        try VariableLayout.show(stored, as: output, invocation)
        return 0
    }

    private static func checkIndex(_ flags: FlagValues, _ spec: JSON) throws -> String? {
        if flags.bool("force") { return nil }
        let text = flags.text("check-index")
        guard !text.isEmpty else { return spec.int("ModifyIndex") > 0 ? "\(spec.int("ModifyIndex"))" : nil }
        guard UInt64(text) != nil else {
            throw CommandFailure("Invalid -check-index value \(GoQuote.text(text)): not a number")
        }
        return text
    }

    private static let names = [
        "namespace": "Namespace", "path": "Path", "items": "Items", "create_index": "CreateIndex",
        "modify_index": "ModifyIndex", "create_time": "CreateTime", "modify_time": "ModifyTime", "lock": "Lock",
    ]

    /// The variable that the arguments describe.
    private static func specification(_ invocation: Invocation) throws -> JSON {
        var arguments = invocation.arguments[...]
        var spec: JSON = [:]
        if let first = arguments.first, first == "-" || first.hasPrefix("@") {
            spec = .object(try file(first, invocation))
            arguments = arguments.dropFirst()
        } else if let first = arguments.first, !first.contains("=") {
            spec["Path"] = .string(first)
            arguments = arguments.dropFirst()
            if let next = arguments.first, next == "-" || next.hasPrefix("@") {
                var read = try file(next, invocation)
                read["Path"] = .string(first)
                spec = .object(read)
                arguments = arguments.dropFirst()
            }
        }
        guard !spec.text("Path").isEmpty else { throw UsageFailure("Not enough arguments (expected a path)") }
        var items = spec.child("Items").objectValue ?? JSONObject()
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw CommandFailure("Failed to parse \(GoQuote.text(argument)): items are written key=value")
            }
            items[parts[0]] = .string(try value(parts[1]))
        }
        guard !items.isEmpty else { throw UsageFailure("A variable must have at least one item: key=value") }
        spec["Items"] = .object(items)
        return spec
    }

    private static func file(_ argument: String, _ invocation: Invocation) throws -> JSONObject {
        let path = argument == "-" ? "-" : String(argument.dropFirst())
        let syntax = invocation.flags.text("in")
        guard ["", "hcl", "json"].contains(syntax) else {
            throw CommandFailure("Invalid value for \"-in\"; valid values are [hcl, json]")
        }
        let bytes: [UInt8]
        do {
            bytes = try StandardInput.file(path)
        } catch {
            throw CommandFailure("Error reading file: \(error)")
        }
        let start = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let isJSON = syntax.isEmpty ? start == UInt8(ascii: "{") : syntax == "json"
        let tree = try SpecificationFile.tree(bytes, name: path == "-" ? "standard input" : path, json: isJSON)
        return try SpecificationFile.renamed(tree, names, in: "variable")
    }

    private static func value(_ text: String) throws -> String {
        guard text == "-" || text.hasPrefix("@") else { return text }
        do {
            return String(
                decoding: try StandardInput.file(text == "-" ? "-" : String(text.dropFirst())), as: UTF8.self)
        } catch {
            throw CommandFailure("Error reading a value: \(error)")
        }
    }

    static let list = Command(
        "var list", "List variables", usage: "[options] <prefix>",
        flags: [
            .text("out", "format", "table, terse, json or go-template.", default: "table"), template, .perPage,
            .pageToken, .filter, .browser,
        ]
    ) { invocation in
        let client = try invocation.client
        guard invocation.arguments.count <= 1 else {
            throw UsageFailure("This command takes at most one argument: <prefix>")
        }
        var options = invocation.pageOptions
        options.prefix = invocation.arguments.first ?? ""
        let asked = options
        let answer = try await invocation.doing("Error retrieving vars") { try await client.get("/v1/vars", asked) }
        let variables = try answer.json()
        switch invocation.flags.text("out") {
        case "json": invocation.line(variables.pretty())
        case "terse": invocation.lines((variables.arrayValue ?? []).map { $0.text("Path") })
        case "go-template":
            let template = invocation.flags.text("template")
            guard !template.isEmpty else { throw CommandFailure("A template must be supplied using '-template'") }
            invocation.line(try Invocation.render(template, variables))
        case "table":
            let elements = variables.arrayValue ?? []
            if elements.isEmpty {
                invocation.line("No variables found")
                break
            }
            var table = Table("Namespace", "Path", "Last Updated")
            for variable in elements {
                table.add(
                    variable.text("Namespace"), variable.text("Path"),
                    invocation.show.time(variable.instant("ModifyTime")))
            }
            invocation.lines(table.lines)
        default:
            throw CommandFailure("Invalid value for \"-out\"; valid values are [go-template, json, table, terse]")
        }
        if let next = answer.nextToken {
            invocation.line("")
            invocation.line("Results have been paginated. To get the next page run:\n")
            invocation.line("\(invocation.program.text) var list -page-token \(next)")
        }
        return 0
    }

    static let purge = Command(
        "var purge", "Permanently delete a variable", usage: "[options] <path>",
        flags: [.text("check-index", "index", "Delete only if the variable's index is this.")]
    ) { invocation in
        let client = try invocation.client
        let name = try invocation.oneArgument("<path>")
        var options = QueryOptions()
        let check = invocation.flags.text("check-index")
        if !check.isEmpty {
            guard UInt64(check) != nil else {
                throw CommandFailure("Invalid -check-index value \(GoQuote.text(check)): not a number")
            }
            options.parameters.append(("cas", check))
        }
        let asked = options
        _ = try await invocation.doing("Error purging variable") { try await client.delete(path(name), asked) }
        invocation.line("Successfully purged variable \(GoQuote.text(name))!")
        return 0
    }

    static let initialize = ExampleSpecification(
        command: "var init", of: "variable", file: "spec.nsv", hcl: exampleHCL, json: exampleJSON
    ).command

    private static let exampleHCL = """
        # The namespace of the variable; that of the command without it.
        # namespace = "default"

        # Where the variable is kept.
        path = "path/to/variable"

        # With an index, the variable is stored only if it has this index now.
        # modify_index = 0

        items = {
          key1 = "value 1"
          key2 = "value 2"
        }

        """

    private static let exampleJSON = """
        {
          "path": "path/to/variable",
          "items": {
            "key1": "value 1",
            "key2": "value 2"
          }
        }

        """
}
