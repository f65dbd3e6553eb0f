import Base

/// Paths below a task's directory.
enum TaskPath {
    /// Whether a path, taken from the task's directory, leads out of the allocation. References count as plain names.
    static func escapes(_ path: String) -> Bool {
        // The task's directory is one below the allocation's, and the shared directory beside it may be named.
        var depth = 1
        for part in path.split(separator: "/") {
            if part == ".." { depth -= 1 } else if part != "." { depth += 1 }
            if depth < 0 { return true }
        }
        return false
    }
}

extension Validation {
    static func files(_ task: TaskSpec, _ problems: inout Problems) {
        for (at, artifact) in task.artifacts.enumerated() {
            problems.add(
                "Artifact \(at + 1) validation failed", self.artifact(artifact.objectValue ?? [:]),
                at: FieldPath("Artifacts", at))
        }
        var destinations: [String: Int] = [:]
        for (at, template) in task.templates.enumerated() {
            let object = template.objectValue ?? [:]
            problems.add("Template \(at + 1) validation failed", self.template(object), at: FieldPath("Templates", at))
            let destination = object.text("DestPath")
            if destination.isEmpty { continue }
            if let other = destinations[destination] {
                problems.add(
                    at: FieldPath("Templates", at, "DestPath"),
                    "Template \(at + 1) has same destination as \(other): \(destination)")
            } else {
                destinations[destination] = at + 1
            }
        }
    }

    private static func artifact(_ artifact: JSONObject) -> Problems {
        var problems = Problems()
        problems.add(if: artifact.text("GetterSource").isEmpty, at: "GetterSource", "source must be specified")
        let mode = artifact.text("GetterMode")
        problems.add(
            if: !["any", "file", "dir"].contains(mode), at: "GetterMode",
            "invalid artifact mode \"\(mode)\"; must be one of: any, file, dir")
        problems.add(
            if: TaskPath.escapes(artifact.text("RelativeDest")), at: "RelativeDest",
            "destination escapes allocation directory")
        if let checksum = artifact.object("GetterOptions")?["checksum"]?.stringValue {
            self.checksum(checksum, &problems)
        }
        return problems
    }

    private static func checksum(_ text: String, _ problems: inout Problems) {
        if text.contains("${") { return }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            problems.add(at: "GetterOptions", "invalid checksum: \"\(text)\"; must be given as \"type:value\"")
            return
        }
        let sizes = ["md5": 32, "sha1": 40, "sha256": 64, "sha512": 128]
        guard let size = sizes[String(parts[0])] else {
            problems.add(
                at: "GetterOptions", "unsupported checksum type: \(parts[0]); must be md5, sha1, sha256 or sha512")
            return
        }
        problems.add(
            if: !parts[1].allSatisfy(\.isHexDigit), at: "GetterOptions",
            "invalid checksum: \"\(parts[1])\" is not hexadecimal")
        problems.add(
            if: parts[1].utf8.count != size, at: "GetterOptions",
            "invalid \(parts[0]) checksum: \(size) hexadecimal digits are needed, not \(parts[1].utf8.count)")
    }

    private static func template(_ template: JSONObject) -> Problems {
        var problems = Problems()
        problems.add(
            if: template.text("SourcePath").isEmpty && template.text("EmbeddedTmpl").isEmpty, at: "EmbeddedTmpl",
            "Must specify a source path or have an embedded template: set source or data")
        if template.text("DestPath").isEmpty {
            problems.add(at: "DestPath", "Must specify a destination for the template")
        } else {
            problems.add(
                if: TaskPath.escapes(template.text("DestPath")), at: "DestPath",
                "destination escapes allocation directory")
        }
        changeMode(template, &problems)
        let splay = TimeSpan(nanoseconds: template["Splay"]?.intValue ?? 0)
        problems.add(if: splay < .zero, at: "Splay", "Must specify positive splay value, not \(splay.text)")
        let permissions = template.text("Perms")
        if !permissions.isEmpty {
            let mode = UInt32(permissions, radix: 8)
            problems.add(
                if: mode == nil || permissions.hasPrefix("+"), at: "Perms",
                "Failed to parse \"\(permissions)\" as octal: write for example \"0644\"")
            problems.add(if: (mode ?? 0) > 0o7777, at: "Perms", "Permissions \"\(permissions)\" have more than 12 bits")
        }
        if let wait = template.object("Wait") {
            let bounds = (wait["Min"]?.intValue ?? 0, wait["Max"]?.intValue ?? 0)
            problems.add(
                if: bounds.0 > bounds.1, at: "Wait",
                "wait min (\(TimeSpan(nanoseconds: bounds.0).text)) is greater than max (\(TimeSpan(nanoseconds: bounds.1).text))"
            )
            problems.add(if: bounds.0 < 0 || bounds.1 < 0, at: "Wait", "wait min and max must not be negative")
        }
        return problems
    }

    private static func changeMode(_ template: JSONObject, _ problems: inout Problems) {
        switch template.text("ChangeMode") {
        case "noop", "restart": break
        case "signal":
            problems.add(
                if: template.text("ChangeSignal").isEmpty, at: "ChangeMode",
                "Must specify signal value when change mode is signal")
            problems.add(
                if: template["Envvars"] == true, at: "Envvars", "cannot use signals with env var templates")
        case "script":
            let command = template.object("ChangeScript")?.text("Command") ?? ""
            problems.add(
                if: template.object("ChangeScript") == nil, at: "ChangeMode",
                "must specify change script configuration value when change mode is script")
            problems.add(
                if: template.object("ChangeScript") != nil && command.isEmpty, at: "ChangeScript.Command",
                "must specify script path value when change mode is script")
        default:
            problems.add(
                at: "ChangeMode",
                "Invalid change mode. Must be one of the following: noop, signal, script, restart; not \"\(template.text("ChangeMode"))\""
            )
        }
    }
}
