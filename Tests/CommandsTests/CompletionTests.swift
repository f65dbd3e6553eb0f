import Testing

@testable import Commands

@Suite("Shell completion")
struct CompletionTests {
    private func at(_ line: String) -> Completion {
        var words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let current = words.popLast() ?? ""
        return Completion(table: .standard, words: words, current: current)
    }

    @Test(arguments: [
        ("job status ", "jobs"), ("job status -namespace x ", "jobs"), ("job stop -purge my", "jobs"),
        ("stop ", "jobs"), ("alloc logs -f ", "allocs"), ("alloc logs -n 5 ab", "allocs"), ("logs ", "allocs"),
        ("node drain -enable -deadline 1h ", "nodes"), ("eval status ", "evals"), ("status ", "all"),
        ("deployment promote -group=a ", "deployment"), ("namespace status ", "namespaces"),
        ("job status -namespace ", "namespaces"), ("job status -namespace=de", "namespaces"),
        ("volume status ", "volumes"), ("plugin status ", "plugins"), ("var get ", "vars"),
        ("node pool jobs ", "node_pools"),
    ])
    func anIDIsLookedUp(line: String, context: String) {
        #expect(at(line) == .id(context: context), "\(line)")
    }

    @Test(arguments: [
        "job run ", "job plan -var-file ", "job run -verbose my", "fmt ", "fmt a ", "operator snapshot save ",
    ])
    func filesAreTheShells(line: String) {
        #expect(at(line) == .file, "\(line)")
    }

    @Test(arguments: ["job status -t ", "job status x ", "alloc logs ab ", "job run -var "])
    func theRestIsTheUsers(line: String) {
        #expect([.anything, .words([])].contains(at(line)), "\(line)")
    }

    @Test func commandsAndFlagsComeFromTheTable() {
        guard case .words(let top) = at("") else {
            Issue.record("the top has words")
            return
        }
        #expect(Set(["job", "alloc", "run", "logs"]).isSubset(of: top))
        #expect(!top.contains("__complete"))
        #expect(at("nonsense ") == .words([]))
        #expect(at("node ") == .words(["config", "drain", "eligibility", "pool", "status"]))
        guard case .words(let flags) = at("job status -all") else {
            Issue.record("a command has flags")
            return
        }
        #expect(flags.contains("-all-allocs"))
        #expect(flags == flags.sorted())
        #expect(at("completion ") == .words(["bash", "zsh", "fish"]))
    }

    @Test func whatBashCutIsPutTogether() {
        #expect(CompletionScript.joined(["a", "-x", "=", "v", "b"]) == ["a", "-x=v", "b"])
        #expect(CompletionScript.joined(["a", "-x", "="]) == ["a", "-x="])
        #expect(CompletionScript.joined(["a", "=", ""]) == ["a", "=", ""])
    }

    /// Every placeholder of the table is one that completion has a meaning for, or is known to have none.
    @Test func everyPlaceholderIsKnown() {
        let free: Set = [
            "token_accessor_id", "snapshot name", "snapshot id", "task", "id", "acl_role_id", "acl_binding_rule_id",
            "key", "value", "service_name",
            "service_id", "prefix", "policy_id", "command", "name", "group", "count", "version|tag", "addr", "tag",
            "acl_method_name", "acl_auth_method_name", "word", "quota", "recommendation_id",
        ]
        for command in CommandTable.standard.commands {
            for (index, name) in Completion.placeholders(command.usage).enumerated() {
                let bare = name.hasSuffix("...") ? String(name.dropLast(3)) : name
                let words = command.words + Array(repeating: "x", count: index)
                let found = Completion(table: .standard, words: words, current: "")
                if found == .anything { #expect(free.contains(bare), "\(command.name): \(bare)") }
            }
        }
    }
}
