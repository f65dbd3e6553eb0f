import Base
import CaravanClient

/// Logs and files of allocations.
enum AllocationFileCommands {
    static let all: [Command] = [logs, logs.alias("logs"), files, files.alias("fs")]

    static let logs = Command(
        "alloc logs", "Streams the logs of a task", usage: "[options] <allocation> <task>",
        details: """
            Prints the standard output of a task. The task may be left out if the allocation
            has only one.
            """,
        flags: [
            .verbose, .bool("job", "The argument is a job; one of its running allocations is taken."),
            .text("group", "name", "With -job: an allocation of this group."), .text("task", "name", "The task."),
            .bool("stderr", "Standard error."), .bool("stdout", "Standard output, which is the default."),
            .bool("f", "Follow: go on printing what comes."), .bool("tail", "Only the end, 10 lines by default."),
            .number("n", "lines", "With -tail: how many lines.", default: -1),
            .number("c", "bytes", "With -tail: how many bytes.", default: -1),
        ]
    ) { invocation in
        guard (1...2).contains(invocation.arguments.count) else {
            throw UsageFailure(
                invocation.flags.bool("job")
                    ? "A job ID is required" : "This command takes one or two arguments: <alloc-id> <task>")
        }
        let client = try invocation.client
        let allocation = try await allocation(invocation)
        let task = try taskName(invocation, allocation)
        let kind = invocation.flags.bool("stderr") && !invocation.flags.bool("stdout") ? "stderr" : "stdout"
        let id = allocation.text("ID")
        let tail = Tail(invocation.flags)
        let follow = invocation.flags.bool("f")
        var source = FileTail.Source { origin, offset, follow in
            try await client.logs(
                allocation: id, task: task, kind: kind, origin: origin, offset: offset, follow: follow)
        }
        source.doing = "Error reading file"
        try await FileTail(invocation: invocation, source: source).print(tail, follow: follow)
        return 0
    }

    private static func allocation(_ invocation: Invocation) async throws -> JSON {
        let first = invocation.arguments[0]
        let stub =
            invocation.flags.bool("job")
            ? try await invocation.lookup.runningAllocation(ofJob: first, group: invocation.flags.text("group"))
            : try await invocation.lookup.allocation(first)
        return try await AllocationCommands.whole(stub, invocation)
    }

    private static func taskName(_ invocation: Invocation, _ allocation: JSON) throws -> String {
        let flag = invocation.flags.text("task")
        if !flag.isEmpty { return flag }
        if invocation.arguments.count == 2 { return invocation.arguments[1] }
        let names = AllocationTask.all(of: allocation).map(\.name).sorted()
        guard names.count == 1, let only = names.first else {
            throw CommandFailure(
                "Allocation \"\(invocation.show.id(allocation.text("ID")))\" is running the following tasks:\n"
                    + names.map { "  * \($0)" }.joined(separator: "\n") + "\n\nPlease specify the task.")
        }
        return only
    }

    static let files = Command(
        "alloc fs", "Inspect the contents of an allocation directory", usage: "[options] <allocation> <path>",
        details: "Lists a directory of an allocation, or prints a file.",
        flags: [
            .verbose, .bool("H", "Sizes in bytes."),
            .bool("job", "The argument is a job; one of its running allocations is taken."),
            .text("group", "name", "With -job: an allocation of this group."),
            .bool("stat", "Show the file's attributes instead of its contents."),
            .bool("f", "Follow: go on printing what comes."), .bool("tail", "Only the end, 10 lines by default."),
            .number("n", "lines", "With -tail: how many lines.", default: -1),
            .number("c", "bytes", "With -tail: how many bytes.", default: -1),
        ]
    ) { invocation in
        guard (1...2).contains(invocation.arguments.count) else {
            throw UsageFailure("This command takes one or two arguments: <allocation> [<path>]")
        }
        let client = try invocation.client
        let id = try await allocation(invocation).text("ID")
        let path = invocation.arguments.count == 2 ? invocation.arguments[1] : "/"
        let file = try await client.stat(allocation: id, path: path)
        if invocation.flags.bool("stat") {
            var table = Table("Mode", "Size", "Modified Time", "Content Type", "Name")
            table.add(
                file.text("FileMode"), size(file, invocation), time(file, invocation), file.text("ContentType"),
                name(file))
            invocation.lines(table.lines)
            return 0
        }
        if file.flag("IsDir") {
            var table = Table("Mode", "Size", "Modified Time", "Name")
            let entries = try await client.list(allocation: id, path: path)
            for entry in entries.sorted(by: { $0.text("Name") < $1.text("Name") }) {
                table.add(entry.text("FileMode"), size(entry, invocation), time(entry, invocation), name(entry))
            }
            invocation.lines(table.lines)
            return 0
        }
        let tail = Tail(invocation.flags)
        let follow = invocation.flags.bool("f")
        if tail == nil, !follow {
            for try await bytes in try await client.cat(allocation: id, path: path) { invocation.console.write(bytes) }
            return 0
        }
        let length = file.int("Size")
        let source = FileTail.Source { origin, offset, _ in
            let start = origin == "end" ? max(0, length - offset) : offset
            return try await client.follow(allocation: id, path: path, origin: "start", offset: start)
        }
        try await FileTail(invocation: invocation, source: source, length: length).print(tail, follow: follow)
        return 0
    }

    private static func name(_ file: JSON) -> String { file.text("Name") + (file.flag("IsDir") ? "/" : "") }
    private static func size(_ file: JSON, _ invocation: Invocation) -> String {
        invocation.flags.bool("H") ? "\(file.int("Size"))" : Size.text(file.int("Size"))
    }
    private static func time(_ file: JSON, _ invocation: Invocation) -> String {
        invocation.show.time(text: file.text("ModTime"))
    }
}

/// How much of a file's end is wanted.
enum Tail: Hashable {
    case lines(Int)
    case bytes(Int64)

    private static let linesDefault = 10

    /// Nil if the whole file is wanted.
    init?(_ flags: FlagValues) {
        let (lines, bytes) = (flags.number("n"), flags.number("c"))
        if bytes >= 0 {
            self = .bytes(bytes)
        } else if lines >= 0 {
            self = .lines(Int(lines))
        } else if flags.bool("tail") {
            self = .lines(Self.linesDefault)
        } else {
            return nil
        }
    }
}

/// Prints a file or its end, and what is added later.
struct FileTail {
    /// Where the bytes come from.
    struct Source: Sendable {
        /// Words in front of errors; none if empty.
        var doing = ""
        let open: @Sendable (_ origin: String, _ offset: Int64, _ follow: Bool) async throws -> FileFrames

        init(_ open: @escaping @Sendable (_ origin: String, _ offset: Int64, _ follow: Bool) async throws -> FileFrames)
        {
            self.open = open
        }
    }

    let invocation: Invocation
    let source: Source
    /// Length of the file where it is known; a stream of such a file is read up to it.
    var length: Int64?

    /// First guess of a line's length, and the largest end of a file that is searched for lines.
    private static let lineBytes: Int64 = 200
    private static let windowMax: Int64 = 16 << 20

    func print(_ tail: Tail?, follow: Bool) async throws {
        guard let tail else { return try await copy(origin: "start", offset: 0, follow: follow) }
        switch tail {
        case .bytes(let count): try await copy(origin: "end", offset: count, follow: follow)
        case .lines(let count): try await printLines(count, follow: follow)
        }
    }

    /// Looks at larger and larger ends of the file until there are enough lines.
    private func printLines(_ count: Int, follow: Bool) async throws {
        var window = max(4096, Int64(count) * Self.lineBytes)
        while true {
            let bytes = try await read(window)
            let lines = Self.lastLines(bytes, count)
            if lines.count < bytes.count || Int64(bytes.count) < window || window >= Self.windowMax {
                if follow { return try await copy(origin: "end", offset: Int64(lines.count), follow: true) }
                invocation.console.write(Array(lines))
                return
            }
            window *= 4
        }
    }

    /// The last lines of some bytes; an end without a line break counts as a line.
    static func lastLines(_ bytes: [UInt8], _ count: Int) -> ArraySlice<UInt8> {
        if count <= 0 { return [] }
        var left = count
        var at = bytes.count
        if at > 0, bytes[at - 1] == 0x0A { at -= 1 }
        while at > 0 {
            if bytes[at - 1] == 0x0A {
                left -= 1
                if left == 0 { break }
            }
            at -= 1
        }
        return bytes[at...]
    }

    private func read(_ window: Int64) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        let limit = length.map { min($0, window) }
        for try await frame in try await open("end", window, false) {
            bytes += frame.bytes
            if let limit, Int64(bytes.count) >= limit { break }
        }
        return bytes
    }

    private func copy(origin: String, offset: Int64, follow: Bool) async throws {
        var left: Int64?
        if !follow, let length { left = origin == "end" ? min(length, offset) : length - offset }
        if let left, left <= 0 { return }
        for try await frame in try await open(origin, offset, follow) {
            if !frame.event.isEmpty, follow { invocation.console.errorLine("caravan: \(frame.event) (\(frame.file))") }
            invocation.console.write(frame.bytes)
            if follow { invocation.console.flush() }
            if let rest = left {
                left = rest - Int64(frame.bytes.count)
                if rest <= Int64(frame.bytes.count) { return }
            }
        }
    }

    private func open(_ origin: String, _ offset: Int64, _ follow: Bool) async throws -> FileFrames {
        if source.doing.isEmpty { return try await source.open(origin, offset, follow) }
        return try await invocation.doing(source.doing) { try await source.open(origin, offset, follow) }
    }
}
