import Base
import CaravanClient

/// A job file, read and parsed to the API's job.
struct JobFile: Sendable {
    var job: JSON
    var source: String
    /// `hcl2` or `json`.
    var format: String
    /// What the variables were given as, for the submission that the server keeps.
    var variableFlags: [(name: String, value: String)]
    var variableFiles: String

    /// Flags of commands that read a job file.
    static let flags: [Flag] = [
        .bool("json", "The file is the job in the API's JSON form."),
        .bool("hcl2-strict", "Taken for compatibility; unknown names are always errors.", default: true),
        .bool("hcl1", "Not supported: the first version of the language."),
        .variable, .variableFile,
    ]

    /// Reads the file that a command names (`-` is standard input) with the variables of its flags and environment.
    ///
    /// The agent parses it, so a file needs an agent that answers.
    static func load(_ path: String, _ invocation: Invocation, status: Int32 = 1) async throws -> JobFile {
        let flags = invocation.flags
        if flags.bool("hcl1") {
            throw CommandFailure(
                "Error getting job struct: the first version of the job language is not supported; use HCL2",
                status: status)
        }
        let source = try read(path, status: status)
        var given: [(name: String, value: String)] = []
        for text in flags.list("var") {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw CommandFailure(
                    "Error getting job struct: -var needs key=value, got \(GoQuote.text(text))", status: status)
            }
            given.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        if flags.bool("json") {
            let job = try parseJSON(source, path: path, status: status)
            return JobFile(job: job, source: source, format: "json", variableFlags: [], variableFiles: "")
        }
        var files = ""
        for path in flags.list("var-file") { files += try readVariables(path, status: status) + "\n" }
        let variables = fromEnvironment(invocation.environment) + files + assignments(given)
        let client = try invocation.client
        let job: JSON
        do {
            job = try await client.parse(hcl: source, variables: variables)
        } catch let error as ClientError {
            let prefix = "Error getting job struct: "
            if error.status == 400, let text = body(of: error) {
                throw CommandFailure("\(prefix)Error parsing job file from \(path):\n\(text)", status: status)
            }
            throw CommandFailure(prefix + error.message, advice: error.advice, status: status)
        }
        return JobFile(
            job: job, source: source, format: "hcl2", variableFlags: given, variableFiles: files)
    }

    /// The text that the server sent with an error.
    private static func body(of error: ClientError) -> String? {
        guard let open = error.message.firstIndex(of: "("), error.message.hasSuffix(")") else { return nil }
        return String(error.message[error.message.index(after: open)...].dropLast()).trimmingBlanks
    }

    private static func read(_ path: String, status: Int32) throws -> String {
        do {
            return String(decoding: try StandardInput.file(path), as: UTF8.self)
        } catch let error as FileFailure {
            throw CommandFailure(
                "Error getting job struct: Error getting jobfile from \(GoQuote.text(path)): source path error: "
                    + "stat \(WorkingDirectory.absolute(path)): \(error.words)", status: status)
        }
    }

    private static func readVariables(_ path: String, status: Int32) throws -> String {
        do {
            return String(decoding: try StandardInput.file(path), as: UTF8.self)
        } catch let error as FileFailure {
            throw CommandFailure("Error getting job struct: Failed to read variable file: \(error)", status: status)
        }
    }

    private static func parseJSON(_ source: String, path: String, status: Int32) throws -> JSON {
        do {
            let value = try JSON(parsing: source)
            return value.has("Job") ? value.child("Job") : value
        } catch {
            throw CommandFailure(
                "Error getting job struct: Error parsing job file from \(path): \(error)", status: status)
        }
    }

    /// `CARAVAN_VAR_x` and `NOMAD_VAR_x`, the first winning, as assignments ordered by name.
    private static func fromEnvironment(_ environment: [String: String]) -> String {
        var values: [String: String] = [:]
        for prefix in ["NOMAD_VAR_", "CARAVAN_VAR_"] {
            for (name, value) in environment where name.hasPrefix(prefix) {
                values[String(name.dropFirst(prefix.count))] = value
            }
        }
        return assignments(values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) })
    }

    private static func assignments(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { "\($0.name) = \(expression($0.value))\n" }.joined()
    }

    /// A value as an expression: numbers, booleans, lists, maps and quoted texts as they are, others quoted.
    static func expression(_ value: String) -> String {
        let text = value.trimmingBlanks
        let isExpression =
            Double(text) != nil || ["true", "false", "null"].contains(text) || text.hasPrefix("[")
            || text.hasPrefix("{") || text.hasPrefix("\"")
        return isExpression ? text : GoQuote.text(value)
    }

    /// What the server keeps beside the job.
    var submission: JSON {
        var flags = JSONObject()
        for (name, value) in variableFlags { flags[name] = .string(value) }
        return [
            "Source": .string(source), "Format": .string(format), "VariableFlags": .object(flags),
            "Variables": .string(variableFiles),
        ]
    }
}
