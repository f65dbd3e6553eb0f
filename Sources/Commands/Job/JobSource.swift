import Base
import CaravanClient
import HCL
import JobSpec
import Model

/// A job file that a command was given, read here: the job in the API's form and what it was made from.
struct JobSource: Sendable {
    var job: JSON
    /// The file's name as it was given, `-` for standard input.
    var path: String
    var text: String
    /// `hcl2`, `hcl1` or `json`.
    var format: String
    /// What the variables were given as, for the submission that the server keeps.
    var variableFlags: [(name: String, value: String)]
    var variableFiles: String

    /// Flags of commands that read a job file.
    static let flags: [Flag] = [
        .bool("json", "The file is the job in the API's JSON form."),
        .bool("hcl2-strict", "Values for undeclared variables are errors.", default: true),
        .bool("hcl1", "The file is in the first version of the language."),
        .variable, .variableFile,
    ]

    private static let errorPrefix = "Error getting job struct: "

    /// Reads the file that a command names (`-` is standard input) with the variables of its flags and environment.
    ///
    /// - Parameter status: the exit status of the failure that is thrown for a file that can't be used.
    static func load(_ path: String, _ invocation: Invocation, status: Int32 = 1) throws -> JobSource {
        do {
            return try load(path, invocation)
        } catch var failure as CommandFailure {
            failure.message = errorPrefix + failure.message
            failure.status = status
            throw failure
        }
    }

    private static func load(_ path: String, _ invocation: Invocation) throws -> JobSource {
        let flags = invocation.flags
        let bytes = try read(path)
        let text = String(decoding: bytes, as: UTF8.self)
        if flags.bool("json") {
            return JobSource(
                job: try parseJSON(text, path: path), path: path, text: text, format: "json", variableFlags: [],
                variableFiles: "")
        }
        let options = try self.options(path, invocation)
        do {
            let file = try JobFile.parse(bytes, name: name(path), options: options)
            for warning in file.warnings.warnings { invocation.console.errorLine(warning.description) }
            let joined = options.variables.files.map { String(decoding: $0.bytes, as: UTF8.self) }
            return JobSource(
                job: .object(file.tree), path: path, text: text,
                format: flags.bool("hcl1") ? "hcl1" : "hcl2",
                variableFlags: assignments(flags.list("var")),
                variableFiles: joined.joined(separator: "\n"))
        } catch {
            // People get the line and a caret; scripts get one line a problem.
            let words = invocation.console.errorIsTerminal ? "\n" + error.rendered : error.description
            throw CommandFailure("Error parsing job file from \(path):\n\(words)")
        }
    }

    private static func name(_ path: String) -> String { path == "-" ? "<stdin>" : path }

    private static func options(_ path: String, _ invocation: Invocation) throws -> JobFile.Options {
        let flags = invocation.flags
        var options = JobFile.Options()
        if flags.bool("hcl1") {
            guard flags.list("var").isEmpty, flags.list("var-file").isEmpty else {
                throw CommandFailure("-hcl1 does not go with -var and -var-file: that language has no variables")
            }
            options.syntax = .legacy
        }
        options.files = LocalFiles(jobFile: path, home: invocation.environment["HOME"])
        options.random = { UInt64.random(in: .min ... .max) }
        options.variables.isStrict = flags.bool("hcl2-strict")
        options.variables.environment = variables(invocation.environment)
        options.variables.arguments = flags.list("var")
        for path in flags.list("var-file") {
            options.variables.files.append(.init(name: path, bytes: try readVariables(path)))
        }
        return options
    }

    /// Where in the file the rules are broken that a server's answer names: one line each, on a terminal with the
    /// source line and a caret. Nil when the answer is about something else.
    ///
    /// The server sees the job without its file, so the rules are held against the job once more here.
    func places(of answer: String, _ invocation: Invocation) -> String? {
        guard let job = try? JobAdmission.read(job, AdmissionDefaults()) else { return nil }
        let problems = JobAdmission.admit(job).report.errors.leaves.filter { answer.contains($0.text) }
        if problems.isEmpty { return nil }
        if format == "json" {
            return problems.map { "\(path): \($0.path): \($0.text)" }.joined(separator: "\n")
        }
        guard var options = try? Self.options(path, invocation) else { return nil }
        options.keepsPlaces = true
        let name = Self.name(path)
        guard let places = try? JobFile.parse(text, name: name, options: options).places else { return nil }
        let found = places.diagnostics(problems)
        return invocation.console.errorIsTerminal
            ? found.rendered(sources: [SourceFile(name: name, bytes: Array(text.utf8))]) : found.description
    }

    private static func read(_ path: String) throws -> [UInt8] {
        do {
            return try StandardInput.file(path)
        } catch let error as FileFailure {
            throw CommandFailure(
                "Error getting jobfile from \(GoQuote.text(path)): source path error: "
                    + "stat \(WorkingDirectory.absolute(path)): \(error.words)")
        }
    }

    private static func readVariables(_ path: String) throws -> [UInt8] {
        do {
            return try StandardInput.file(path)
        } catch let error as FileFailure {
            throw CommandFailure("Failed to read variable file: \(error)")
        }
    }

    private static func parseJSON(_ source: String, path: String) throws -> JSON {
        do {
            let value = try JSON(parsing: source)
            return value.has("Job") ? value.child("Job") : value
        } catch {
            throw CommandFailure("Error parsing job file from \(path): \(error)")
        }
    }

    /// The environment with `CARAVAN_VAR_x` as `NOMAD_VAR_x`, which it wins over.
    static func variables(_ environment: [String: String]) -> [String: String] {
        var out = environment.filter { $0.key.hasPrefix("NOMAD_VAR_") }
        for (name, value) in environment where name.hasPrefix("CARAVAN_VAR_") {
            out["NOMAD_VAR_" + name.dropFirst("CARAVAN_VAR_".count)] = value
        }
        return out
    }

    private static func assignments(_ arguments: [String]) -> [(name: String, value: String)] {
        arguments.compactMap { text in
            guard let equals = text.firstIndex(of: "=") else { return nil }
            return (String(text[..<equals]), String(text[text.index(after: equals)...]))
        }
    }

    /// What the server keeps beside the job.
    var submission: JSON {
        var flags = JSONObject()
        for (name, value) in variableFlags { flags[name] = .string(value) }
        return [
            "Source": .string(text), "Format": .string(format), "VariableFlags": .object(flags),
            "Variables": .string(variableFiles),
        ]
    }
}
