import Base
import HCL
import JobSpec
import Model
import Testing

/// What holds for every job, tried on jobs made at random from the table of the language.
@Suite struct JobPropertyTests {
    /// A job that is read from the API and sent back is the same job: no new version, whatever was left out at first.
    @Test func aStoredJobIsItsOwnSubmission() throws {
        var generator = RandomJob(random: SeededGenerator(seed: 31))
        for round in 0..<50 {
            let job = try JobAdmission.read(.object(generator.job()), AdmissionDefaults())
            let admitted = JobAdmission.admit(job).job
            let stored = JobWire.stored(admitted)
            let again = JobAdmission.admit(try JobAdmission.read(stored, AdmissionDefaults())).job
            let back = JobWire.stored(again)
            let found = differences(stored, back)
            #expect(found.isEmpty, "round \(round)")
        }
    }

    /// However a file is indented and spaced, formatting gives it one form.
    @Test func formattingDoesNotDependOnBlanks() throws {
        var generator = RandomJob(random: SeededGenerator(seed: 37))
        for round in 0..<12 {
            let text = try JobWriter.text(Canonical.job(generator.job()))
            guard !text.contains("<<") else { continue }
            let shifted = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
                let bare = line.drop { $0 == " " }
                return String(repeating: " ", count: Int(generator.random.next() % 9)) + bare
            }
            let formatted = try Formatter.format(Array(shifted.joined(separator: "\n").utf8), name: "f")
            let isTheSame = String(decoding: formatted, as: UTF8.self) == text
            #expect(isTheSame, "round \(round)")
        }
    }

    /// Every problem of a job that was read from a file has a place in the file, and one inside the block it is about.
    @Test func everyProblemHasAPlace() throws {
        var generator = RandomJob(random: SeededGenerator(seed: 41))
        var options = JobFile.Options()
        options.keepsPlaces = true
        var problems = 0
        for round in 0..<12 {
            let text = try JobWriter.text(Canonical.job(generator.job()))
            let file = try JobFile.parse(text, name: "job.hcl", options: options)
            let places = try #require(file.places)
            let job = try JobAdmission.read(.object(file.tree), AdmissionDefaults())
            for problem in JobAdmission.admit(job).report.errors.leaves {
                problems += 1
                let range = places.range(problem.path)
                let depth = problem.path.steps.filter { if case .field = $0 { true } else { false } }.count
                #expect(range.start.line >= 1 && range.end.byte <= text.utf8.count, "round \(round): \(problem.text)")
                #expect(depth < 2 || range.start.line > 1, "round \(round), \(problem.path): \(problem.text)")
            }
        }
        #expect(problems > 50, "the jobs must not all be right")
    }

    /// Whatever differs between two versions of a job shows in their diff: every eighth field of two jobs.
    @Test func everyChangeShows() throws {
        var generator = RandomJob(random: SeededGenerator(seed: 43))
        var compared = 0
        var unseen: Set<String> = []
        for round in 0..<2 {
            let tree = JSON.object(Canonical.job(generator.job()))
            let old = try JobAdmission.read(tree, AdmissionDefaults())
            for (number, path) in leaves(tree).enumerated() where number % 8 == round {
                guard let other = try? JobAdmission.read(changed(tree, path[...]), AdmissionDefaults()), other != old
                else { continue }
                compared += 1
                let diff = try JobDiff.between(old, other)
                let isShown =
                    shows(diff.fields, diff.objects)
                    || diff.taskGroups.contains { group in
                        shows(group.fields, group.objects)
                            || group.tasks.contains { shows($0.fields, $0.objects) || $0.type == .added }
                    }
                if !isShown { unseen.insert(path.filter { Int($0) == nil }.joined(separator: ".")) }
            }
        }
        #expect(compared > 50)
        #expect(unseen.subtracting(Self.unshown).isEmpty)
    }

    /// What plans and histories don't show: the name of the job itself, what the server sets, a policy of the job that
    /// its groups show, and the enterprise's regions.
    private static let unshown: Set<String> = [
        "ID", "Update.Stagger", "Update.MaxParallel", "TaskGroups.Update.Stagger", "TaskGroups.Scaling.ID",
        "TaskGroups.Scaling.Type", "TaskGroups.Scaling.CreateIndex", "TaskGroups.Scaling.ModifyIndex",
        "Multiregion.Strategy.OnFailure", "Multiregion.Strategy.MaxParallel",
    ]

    private func shows(_ fields: [FieldDiff], _ objects: [ObjectDiff]) -> Bool {
        fields.contains { $0.type != .none } || objects.contains { $0.type != .none }
    }

    /// The ways to the plain values of a tree; list positions as numbers.
    private func leaves(_ tree: JSON, _ path: [String] = []) -> [[String]] {
        if let object = tree.objectValue {
            return object.members.flatMap { leaves($0.value, path + [$0.name]) }
        }
        if let array = tree.arrayValue {
            return array.enumerated().flatMap { leaves($0.element, path + [String($0.offset)]) }
        }
        return tree.isNull ? [] : [path]
    }

    /// The tree with another value at the end of the path.
    private func changed(_ tree: JSON, _ path: ArraySlice<String>) -> JSON {
        guard let step = path.first else {
            switch tree {
            case .string(let text): return .string(text + "x")
            case .bool(let flag): return .bool(!flag)
            case .int(let number): return .int(number + 1)
            case .double(let number): return .double(number + 1)
            default: return tree
            }
        }
        if var object = tree.objectValue {
            object[step] = changed(object[step] ?? .null, path.dropFirst())
            return .object(object)
        }
        guard var array = tree.arrayValue, let at = Int(step) else { return tree }
        array[at] = changed(array[at], path.dropFirst())
        return .array(array)
    }

    /// The paths at which two trees differ, with both values.
    private func differences(_ a: JSON, _ b: JSON, _ path: String = "") -> [String] {
        if a == b { return [] }
        if let left = a.objectValue, let right = b.objectValue {
            return Set(left.names + right.names).sorted().flatMap {
                differences(left[$0] ?? .null, right[$0] ?? .null, "\(path).\($0)")
            }
        }
        if let left = a.arrayValue, let right = b.arrayValue, left.count == right.count {
            return zip(left, right).enumerated().flatMap { differences($1.0, $1.1, "\(path)[\($0)]") }
        }
        return ["\(path): \(a.text) | \(b.text)"]
    }
}
