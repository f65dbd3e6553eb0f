import Base

/// The difference between two versions of a job, as a tree with `+`, `-` and `+/-`.
struct JobDiffLayout {
    var style = Style.plain
    /// Also the contents of what is new or gone as a whole.
    var isVerbose = false

    func lines(_ job: JSON) -> [String] {
        let groups = job.list("TaskGroups")
        var lines = [marker(job) + "Job: \(GoQuote.text(job.text("ID")))"]
        if isVerbose || job.text("Type") == "Edited" {
            lines += contents(job, indent: 0, width: width(job, groups))
        }
        let column = groups.map { Self.sign($0).count }.max() ?? 0
        for (at, group) in groups.enumerated() {
            if at > 0 { lines.append("") }
            lines += self.group(group, column: column)
        }
        return lines
    }

    private func group(_ group: JSON, column: Int) -> [String] {
        let updates = group.entries("Updates").map { "\($0.value.intValue ?? 0) \($0.name)" }
        var head = padded(group, to: column) + "Task Group: \(GoQuote.text(group.text("Name")))"
        if !updates.isEmpty { head += " (\(updates.joined(separator: ", ")))" }
        let tasks = group.list("Tasks")
        let inner = width(group, tasks)
        var lines = [head]
        if isVerbose || group.text("Type") == "Edited" { lines += contents(group, indent: 2, width: inner) }
        for task in tasks { lines += self.task(task, column: inner) }
        return lines
    }

    private func task(_ task: JSON, column: Int) -> [String] {
        var head = "  " + padded(task, to: column) + "Task: \(GoQuote.text(task.text("Name")))"
        let notes = task.texts("Annotations")
        if !notes.isEmpty { head += " (\(notes.joined(separator: ", ")))" }
        guard isVerbose || task.text("Type") == "Edited", task.text("Type") != "None" else { return [head] }
        return [head] + contents(task, indent: 4, width: width(task, []))
    }

    /// Fields, then objects, of a job, group, task or object.
    private func contents(_ node: JSON, indent: Int, width: Int) -> [String] {
        let fields = node.list("Fields")
        let longest = fields.map { $0.text("Name").count }.max() ?? 0
        var lines: [String] = []
        for field in fields {
            let name = field.text("Name") + ":" + blanks(longest - field.text("Name").count)
            lines.append(blanks(indent) + padded(field, to: width) + name + " " + value(field))
        }
        for object in node.list("Objects") {
            lines.append(blanks(indent) + padded(object, to: width) + object.text("Name") + " {")
            lines += contents(object, indent: indent + 2, width: self.width(object, []))
            lines.append(blanks(indent + width) + "}")
        }
        return lines
    }

    private func value(_ field: JSON) -> String {
        let (old, new) = (GoQuote.text(field.text("Old")), GoQuote.text(field.text("New")))
        var text: String
        switch field.text("Type") {
        case "Edited": text = "\(old) => \(new)"
        case "Deleted": text = old
        default: text = new
        }
        let notes = field.texts("Annotations")
        if !notes.isEmpty { text += " (\(notes.joined(separator: ", ")))" }
        return text
    }

    private static func sign(_ node: JSON) -> String {
        switch node.text("Type") {
        case "Added": "+ "
        case "Deleted": "- "
        case "Edited": "+/- "
        default: ""
        }
    }

    private func marker(_ node: JSON) -> String { colored(Self.sign(node)) }

    private func padded(_ node: JSON, to width: Int) -> String {
        let sign = Self.sign(node)
        return colored(sign) + blanks(width - sign.count)
    }

    private func colored(_ sign: String) -> String {
        switch sign {
        case "+ ": style.green(sign)
        case "- ": style.red(sign)
        case "+/- ": style.yellow(sign)
        default: sign
        }
    }

    /// The widest sign among what stands in one column.
    private func width(_ node: JSON, _ others: [JSON]) -> Int {
        (node.list("Fields") + node.list("Objects") + others).map { Self.sign($0).count }.max() ?? 0
    }

    private func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
