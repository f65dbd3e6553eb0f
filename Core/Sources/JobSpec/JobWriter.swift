public import Base
import HCL
import Model

/// Writes a job as a job file: what reading such a file gives, backwards.
///
/// Reading the file gives the job again (its canonical form is the same), apart from what only the cluster sets.
/// Fields that have their default are left out.
public struct JobWriter {
    /// What no job file can say.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The field, as a path of blocks and names.
        public var path: String
        public var reason: String
        public var description: String { "\(path) can't be written in a job file: \(reason)" }
    }

    var lines: [String] = []
    private var depth = 0
    private var path: [String] = []

    /// The text of a job file, canonically formatted.
    /// - Parameter tree: the job in the API's form, submitted or stored.
    /// - Throws: `Problem` for names that the language has no place for.
    public static func text(_ tree: JSONObject) throws(Problem) -> String {
        var writer = JobWriter()
        var job = tree
        Self.prepare(&job)
        try writer.block("job", [job.text("ID")], job, JobSchema.job)
        let text = Array((writer.lines.joined(separator: "\n") + "\n").utf8)
        // What was just written is correct; were it not, the unaligned text would still be the job.
        return String(decoding: (try? Formatter.format(text, name: "job")) ?? text, as: UTF8.self)
    }

    /// Undoes what reading does beyond the table: ports in one list, the own identity among the others.
    private static func prepare(_ job: inout JSONObject) {
        if job.text("Name") == job.text("ID") { job["Name"] = .null }
        if job.object("Update")?.members.allSatisfy({ $0.value == 0 || $0.value.isNull }) ?? false {
            job["Update"] = .null
        }
        job.mapObjects("TaskGroups") { group in
            if group.object("Consul").map(Self.saysNothing) ?? false { group["Consul"] = .null }
            group.mapObjects("Networks", Self.joinPorts)
            group.mapObject("Scaling") { if $0.text("Type") == "horizontal" { $0["Type"] = "" } }
            group.mapObjects("Tasks") { task in
                task.mapObject("Resources") { resources in
                    resources.mapObjects("Networks", Self.joinPorts)
                    // The stored form has zeros where the file said nothing.
                    for name in ["MemoryMaxMB", "DiskMB", "IOPS", "SecretsMB", "Cores"] where resources[name] == 0 {
                        resources[name] = .null
                    }
                }
                task.mapObjects("Templates") { if $0.text("ChangeSignal").isEmpty { $0["ChangeSignal"] = .null } }
                if let own = task.object("Identity") {
                    task["Identities"] = .array([.object(own)] + (task["Identities"]?.arrayValue ?? []))
                }
                task.mapObjects("ScalingPolicies") { policy in
                    let words = ["vertical_cpu": "cpu", "vertical_mem": "mem"]
                    policy["Type"] = .string(words[policy.text("Type")] ?? policy.text("Type"))
                }
            }
        }
    }

    private static func saysNothing(_ block: JSONObject) -> Bool {
        block.members.allSatisfy { $0.value.isNull || $0.value == "" }
    }

    private static func joinPorts(_ network: inout JSONObject) {
        let ports = ["ReservedPorts", "DynamicPorts"].flatMap { network[$0]?.arrayValue ?? [] }
        network["DynamicPorts"] = ports.isEmpty ? .null : .array(ports)
        network["ReservedPorts"] = .null
    }

    // MARK: - Lines

    private mutating func line(_ text: String) { lines.append(String(repeating: "  ", count: depth) + text) }

    private mutating func open(_ type: String, _ labels: [String]) {
        line(([type] + labels.map(HCLText.quoted) + ["{"]).joined(separator: " "))
        depth += 1
        path.append(([type] + labels).joined(separator: " "))
    }

    private mutating func close() {
        depth -= 1
        path.removeLast()
        line("}")
    }

    private func problem(_ name: String, _ reason: String) -> Problem {
        Problem(path: (path + [name]).joined(separator: " > "), reason: reason)
    }

    // MARK: - Blocks by their table

    private mutating func block(
        _ type: String, _ labels: [String], _ object: JSONObject, _ schema: BlockSchema
    ) throws(Problem) {
        open(type, labels)
        let label = labels.isEmpty ? nil : schema.label?.json
        for field in schema.fields where field.kind.isAttribute {
            guard let name = field.hcl, let json = field.json, json != label, let value = object[json] else { continue }
            let isDefault = value == field.unset || value == field.canonical || (json == "Operand" && value == "=")
            if !value.isNull, !isDefault { try attribute(name, value, field) }
        }
        for field in schema.fields where field.kind.isBlock {
            guard let name = field.hcl, let json = field.json, let value = object[json] else { continue }
            try blocks(name, value, field)
        }
        close()
    }

    private mutating func attribute(_ name: String, _ value: JSON, _ field: FieldSchema) throws(Problem) {
        switch (field.kind, value) {
        // Maps of texts are written where blocks are.
        case (.openTextMap, _): break
        case (.duration, .int(let nanoseconds)):
            line("\(name) = \(HCLText.quoted(HCLText.span(TimeSpan(nanoseconds: nanoseconds))))")
        case (_, .string(let text)):
            if let heredoc = HCLText.heredoc(text) {
                line("\(name) = <<EOT")
                // Verbatim: the lines of a heredoc are not indented.
                lines.append(heredoc + "EOT")
            } else {
                line("\(name) = \(HCLText.quoted(text))")
            }
        default: line("\(name) = \(HCLText.value(value))")
        }
    }

    private mutating func blocks(_ name: String, _ value: JSON, _ field: FieldSchema) throws(Problem) {
        switch (field.kind, value) {
        case (.block(let schema), .object(let object)):
            let start = lines.count
            try block(name, [], object, schema)
            // These are there whether they are written or not; elsewhere an empty block says something.
            if lines.count == start + 2, ["LogConfig", "Resources", "EphemeralDisk"].contains(field.json) {
                lines.removeLast(2)
            }
        case (.blocks(let schema), .array(let elements)):
            for object in elements.compactMap(\.objectValue) {
                let label = schema.label.map { [object.text($0.json ?? "")] } ?? []
                try block(name, label, object, schema)
            }
        case (.labelled(let schema), .object(let object)):
            for (label, element) in object.sorted {
                try block(name, [label], element.objectValue ?? JSONObject(), schema)
            }
        case (.textMap, .object(let object)), (.textListMap, .object(let object)):
            if !object.isEmpty { try map(name, object) }
        case (.openTextMap, .object(let object)):
            if object.isEmpty { return }
            if object.names.allSatisfy(HCLText.isName) { return try map(name, object) }
            line("\(name) = \(HCLText.value(value))")
        case (.free, .object(let object)):
            open(name, [])
            try free(object)
            close()
        // The form of several blocks of one type.
        case (.free, .array(let elements)):
            for element in elements.compactMap(\.objectValue) { try blocks(name, .object(element), field) }
        default: break
        }
    }

    private mutating func map(_ name: String, _ object: JSONObject) throws(Problem) {
        open(name, [])
        for (key, value) in object.sorted {
            guard HCLText.isName(key) else { throw problem(key, "it is no name that a block can have") }
            line("\(key) = \(HCLText.value(value))")
        }
        close()
    }

    /// A free-form block: lists of objects are blocks.
    private mutating func free(_ object: JSONObject) throws(Problem) {
        for (name, value) in object.sorted where !value.isNull {
            guard HCLText.isName(name) else { throw problem(name, "it is no name that a block can have") }
            if let elements = value.arrayValue, !elements.isEmpty, elements.allSatisfy({ $0.objectValue != nil }),
                elements.allSatisfy({ ($0.objectValue?.names ?? []).allSatisfy(HCLText.isName) })
            {
                for element in elements.compactMap(\.objectValue) {
                    open(name, [])
                    try free(element)
                    close()
                }
            } else if case .object = value {
                // An object that is written out would be read as a block, that is as a list of one.
                line("\(name) = merge(\(HCLText.value(value)))")
            } else if case .string(let text) = value, let heredoc = HCLText.heredoc(text) {
                line("\(name) = <<EOT")
                lines.append(heredoc + "EOT")
            } else {
                line("\(name) = \(HCLText.value(value))")
            }
        }
    }
}
