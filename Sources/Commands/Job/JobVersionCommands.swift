import Base
import CaravanClient

/// Versions of jobs: history, going back, names.
enum JobVersionCommands {
    static let all: [Command] = [history, revert, tagApply, tagUnset]

    static let history = Command(
        "job history", "Display all tracked versions of a job", usage: "[options] <job>",
        flags: [
            .bool("p", "Show what changed between versions."), .bool("full", "Show the whole job of each version."),
            .optional("version", "number", "Only this version."), .json, .template,
            .text("diff-tag", "name", "Compare with the version of this name."),
            .text("diff-version", "number", "Compare with this version."),
        ]
    ) { invocation in
        let client = try invocation.client
        let flags = invocation.flags
        let stub = try await invocation.lookup.job(try invocation.oneArgument("<job>"), doing: "Error listing jobs")
        var options = invocation.lookup.options(for: stub)
        if !flags.text("diff-tag").isEmpty { options.parameters.append(("diff_tag", flags.text("diff-tag"))) }
        if !flags.text("diff-version").isEmpty {
            options.parameters.append(("diff_version", flags.text("diff-version")))
        }
        let query = options
        let compares = flags.bool("p") || !options.parameters.isEmpty
        let answer = try await invocation.doing("Error retrieving job versions") {
            try await client.versions(job: stub.text("ID"), diffs: compares, query)
        }
        let versions = answer.list("Versions")
        var diffs = answer.list("Diffs")
        // A version that the others are compared with has no difference of its own.
        let isBase = { (job: JSON) in
            let tag = flags.text("diff-tag")
            return tag.isEmpty
                ? flags.text("diff-version") == "\(job.int("Version"))"
                : job.child("VersionTag").text("Name") == tag
        }
        if let base = versions.firstIndex(where: isBase), base <= diffs.count { diffs.insert(.null, at: base) }
        if let text = flags.optional("version") {
            let number = try JobCommands.version(text)
            guard let at = versions.firstIndex(where: { $0.int("Version") == number }) else {
                throw CommandFailure("Job \"\(stub.text("ID"))\" has no version \(number)")
            }
            if try invocation.printFormatted(versions[at]) { return 0 }
            printVersions([(versions[at], diffs.dropFirst(at).first)], invocation)
            return 0
        }
        if try invocation.printFormatted(.array(versions)) { return 0 }
        var pairs: [(JSON, JSON?)] = []
        for (at, version) in versions.enumerated() { pairs.append((version, diffs.dropFirst(at).first)) }
        printVersions(pairs, invocation)
        return 0
    }

    private static func printVersions(_ versions: [(job: JSON, diff: JSON?)], _ invocation: Invocation) {
        let show = invocation.show
        for (at, (job, diff)) in versions.enumerated() {
            if at > 0 { invocation.line("") }
            if invocation.flags.bool("full") {
                invocation.line("Version = \(job.int("Version"))")
                invocation.line(job.pretty())
                continue
            }
            var block = KeyValues([
                ("Version", "\(job.int("Version"))"),
                ("Stable", "\(job.flag("Stable"))"),
                ("Submit Date", show.time(job.instant("SubmitTime"))),
            ])
            let tag = job.child("VersionTag")
            if !tag.text("Name").isEmpty {
                block.add("Tag Name", tag.text("Name"))
                block.add("Tag Description", tag.text("Description"))
            }
            if let diff, !diff.isNull {
                let lines = JobDiffLayout(style: show.style, isVerbose: show.isVerbose).lines(diff)
                block.add("Diff", "\n" + lines.joined(separator: "\n"))
            }
            invocation.lines(block.lines)
        }
    }

    static let revert = Command(
        "job revert", "Revert to a prior version of the job", usage: "[options] <job> <version|tag>",
        flags: [
            .detach, .verbose, .text("consul-token", "token", "Taken for compatibility."),
            .text("vault-token", "token", "Taken for compatibility."),
        ]
    ) { invocation in
        let client = try invocation.client
        let (name, text) = try invocation.twoArguments("<job> <version|tag>")
        let stub = try await invocation.lookup.job(name, doing: "Error listing jobs")
        let options = invocation.lookup.options(for: stub)
        let id = stub.text("ID")
        let version: UInt64
        if let number = UInt64(text) {
            version = number
        } else {
            let versions = try await invocation.doing("Error retrieving job versions") {
                try await client.versions(job: id, diffs: false, options).list("Versions")
            }
            guard let tagged = versions.first(where: { $0.child("VersionTag").text("Name") == text }) else {
                throw CommandFailure(
                    "Failed to parse job-version flag: strconv.ParseUint: parsing \(GoQuote.text(text)): invalid syntax"
                )
            }
            version = UInt64(tagged.int("Version"))
        }
        let answer = try await invocation.doing("Error retrieving job versions") {
            try await client.revert(job: id, version: version, options)
        }
        JobFileCommands.printWarnings(answer, invocation)
        return try await JobChangeCommands.follow(answer, invocation)
    }

    static let tagApply = Command(
        "job tag apply", "Name a version of a job", usage: "[options] <jobname>",
        flags: [
            .text("name", "name", "The name."), .text("description", "text", "What the version is."),
            .optional("version", "number", "The version; the newest if it isn't given."),
        ]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<jobname>")
        let flags = invocation.flags
        guard !flags.text("name").isEmpty else { throw UsageFailure("A name is required: -name") }
        let version = try flags.optional("version").map { UInt64(try JobCommands.version($0)) }
        _ = try await invocation.doing("Error tagging job version") {
            try await client.tag(
                job: id, version: version, name: flags.text("name"), description: flags.text("description"))
        }
        let shown = version.map { "\($0)" } ?? "latest"
        invocation.line("Job version \(shown) tagged with name \(GoQuote.text(flags.text("name")))")
        return 0
    }

    static let tagUnset = Command(
        "job tag unset", "Take the name of a job's version away", usage: "[options] -name <tag> <job>",
        flags: [.text("name", "name", "The name.")]
    ) { invocation in
        let client = try invocation.client
        let id = try invocation.oneArgument("<job>")
        let name = invocation.flags.text("name")
        guard !name.isEmpty else { throw UsageFailure("A name is required: -name") }
        try await invocation.doing("Error removing tag from job version") {
            try await client.untag(job: id, name: name)
        }
        invocation.line("Tag \(GoQuote.text(name)) removed from job \(GoQuote.text(id))")
        return 0
    }
}
