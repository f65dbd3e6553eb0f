import Base
import HCL
import JobSpec
import Model

/// The target of the coverage-guided fuzzer (`scripts/fuzz.sh`): whatever the bytes are, there is an answer soon,
/// in bounded memory, and what the languages promise holds. A broken promise ends the process.
///
/// The first byte chooses what the rest is read as, so that one corpus serves all readers.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let rest = Array(bytes.dropFirst())
    switch first % 8 {
    case 0...1: FuzzTarget.jobFile(rest, .automatic)
    case 2: FuzzTarget.jobFile(rest, .legacy)
    case 3: FuzzTarget.layout(rest)
    case 4: FuzzTarget.regularExpression(rest)
    case 5: FuzzTarget.json(rest)
    case 6: FuzzTarget.words(rest)
    default: FuzzTarget.submission(rest)
    }
    return 0
}

enum FuzzTarget {
    /// Bounds at which one input takes well under a second.
    private static let limits: Limits = {
        var limits = Limits()
        limits.valueSizeMax = 1 << 18
        limits.workMax = 3_000_000
        return limits
    }()

    private static func hold(_ condition: Bool, _ promise: StaticString) {
        precondition(condition, "broken: \(promise)")
    }

    /// A job file, all the way to a stored job.
    static func jobFile(_ bytes: [UInt8], _ syntax: Document.Syntax) {
        var options = JobFile.Options()
        options.syntax = syntax
        options.limits = limits
        var random = SeededGenerator(seed: 7)
        options.random = { random.next() }
        let file: JobFile
        do {
            file = try JobFile.parse(bytes, name: "fuzz", options: options)
        } catch {
            hold(!error.description.isEmpty && !error.rendered.isEmpty, "a refusal says why")
            return
        }
        stored(.object(file.tree))
    }

    /// The JSON of a job, as clients send it.
    static func submission(_ bytes: [UInt8]) {
        guard let tree = try? JSON(parsing: bytes) else { return }
        stored(tree)
    }

    private static func stored(_ tree: JSON) {
        guard let complete = try? JobWire.complete(tree) else { return }
        let canonical = Canonical.job(complete)
        hold(Canonical.job(canonical) == canonical, "the canonical form of a canonical job is the job itself")
        let text = JSON.object(canonical).text
        hold((try? JSON(parsing: text)) == .object(canonical), "JSON goes out and comes back the same")
        guard let job = try? JobAdmission.read(tree, AdmissionDefaults()) else { return }
        hold(
            (try? JobAdmission.read(JobWire.stored(job), AdmissionDefaults())) != nil, "a stored job can be sent again")
        let prepared = JobAdmission.admit(job)
        hold(prepared.report.isValid == prepared.report.errors.text.isEmpty, "an invalid job has a reason")
        _ = prepared.report.warningText
        _ = try? JobDiff.between(nil, prepared.job)
    }

    /// The canonical layout is stable and means the same.
    static func layout(_ bytes: [UInt8]) {
        guard let once = try? Formatter.format(bytes, name: "fuzz", limits: limits) else { return }
        hold((try? Formatter.format(once, name: "fuzz", limits: limits)) == once, "formatting twice changes nothing")
    }

    static func regularExpression(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard let pattern = parts.first, pattern.count < 400 else { return }
        guard let expression = try? RegularExpression(String(decoding: pattern, as: UTF8.self)) else { return }
        let text = String(decoding: parts.count > 1 ? parts[1].prefix(300) : [], as: UTF8.self)
        var work = 0
        let found = expression.match(Array(text.unicodeScalars), from: 0, &work) != nil
        hold(found == expression.isFound(in: text), "both ways of matching agree")
    }

    static func json(_ bytes: [UInt8]) {
        guard let value = try? JSON(parsing: bytes) else { return }
        hold((try? JSON(parsing: value.text)) == value, "JSON goes out and comes back the same")
        hold((try? JSON(parsing: value.pretty())) == value, "indented JSON comes back the same")
    }

    /// Short texts with a syntax of their own.
    static func words(_ bytes: [UInt8]) {
        let text = String(decoding: bytes.prefix(200), as: UTF8.self)
        _ = TimeSpan(text: text)
        _ = Instant(rfc3339: text)
        _ = TimeZoneRules(file: bytes)
        if let cron = try? Cron(text) {
            let after = Instant(nanoseconds: 1_790_000_000_000_000_000)
            if let next = cron.next(after: after) { hold(next > after, "a launch lies in the future") }
        }
    }
}
