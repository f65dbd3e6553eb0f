import Base
import Testing

@testable import AccessControl

/// The policy language, and what several policies allow together.
struct PolicyTests {
    private func rights(_ texts: String...) throws -> AccessRights {
        AccessRights(merging: try texts.map { try PolicyRules(parsing: $0) })
    }

    @Test(arguments: [
        ("read", [Capability.listJobs, .readJob, .parseJob, .readVolume], [Capability.submitJob, .readLogs]),
        (
            "write", [.submitJob, .planJob, .readLogs, .readFiles, .allocationExec],
            [.allocationNodeExec, .registerPlugin]
        ),
        ("scale", [.scaleJob, .readJob, .readJobScaling], [.submitJob, .listJobs]),
        ("deny", [], [.listJobs, .readJob, .submitJob]),
    ])
    func policiesOfNamespaces(_ policy: String, _ granted: [Capability], _ refused: [Capability]) throws {
        let rights = try rights("namespace \"default\" { policy = \"\(policy)\" }")
        for capability in granted { #expect(rights.allows([capability], namespace: "default"), "\(capability)") }
        for capability in refused { #expect(!rights.allows([capability], namespace: "default"), "\(capability)") }
        #expect(!rights.allows([.listJobs], namespace: "other"))
    }

    @Test func theClosestPatternCounts() throws {
        let rights = try rights(
            """
            namespace "*" { policy = "read" }
            namespace "team-*" { capabilities = ["list-jobs"] }
            namespace "team-a*" { policy = "write" }
            namespace "team-a1" { policy = "deny" }
            """)
        #expect(rights.allows([.readJob], namespace: "other"))
        #expect(rights.allows([.listJobs], namespace: "team-b"))
        #expect(!rights.allows([.readJob], namespace: "team-b"))
        #expect(rights.allows([.submitJob], namespace: "team-a2"))
        #expect(!rights.allows([.listJobs], namespace: "team-a1"))
        #expect(!rights.sees(namespace: "team-a1"))
        #expect(rights.sees(namespace: "team-b"))
    }

    @Test func denyBeatsWhatOtherPoliciesGrant() throws {
        let both = try rights("namespace \"a\" { policy = \"write\" }", "namespace \"a\" { capabilities = [\"deny\"] }")
        #expect(!both.allows([.readJob], namespace: "a"))
        #expect(!(try rights("node { policy = \"write\" }", "node { policy = \"deny\" }").allowsNode(.read)))
        let stronger = try rights("agent { policy = \"read\" }", "agent { policy = \"write\" }")
        #expect(stronger.allowsAgent(.write))
        #expect(!stronger.allowsNode(.read))
        #expect(try rights("plugin { policy = \"list\" }").allowsPlugin(.list))
        #expect(!(try rights("plugin { policy = \"list\" }").allowsPlugin(.read)))
    }

    @Test func variablesHaveTheirOwnPaths() throws {
        let rights = try rights(
            """
            namespace "default" {
              policy = "read"
              variables {
                path "app/*" { capabilities = ["read"] }
                path "app/secret" { capabilities = ["deny"] }
                path "open" { capabilities = ["write", "destroy"] }
              }
            }
            """)
        #expect(rights.allows(.read, variable: "app/db", namespace: "default"))
        #expect(rights.allows(.list, variable: "app/db", namespace: "default"))
        #expect(!rights.allows(.write, variable: "app/db", namespace: "default"))
        #expect(!rights.allows(.read, variable: "app/secret", namespace: "default"))
        #expect(rights.allows(.write, variable: "open", namespace: "default"))
        #expect(!rights.allows(.read, variable: "open", namespace: "default"))
        #expect(!rights.allows(.read, variable: "elsewhere", namespace: "default"))
    }

    @Test func poolsVolumesAndOperators() throws {
        let rights = try rights(
            """
            node_pool "gpu*" { policy = "write" }
            host_volume "data_*" { policy = "read" }
            operator {
              policy       = "read"
              capabilities = ["snapshot-save"]
            }
            quota { policy = "read" }
            """)
        #expect(rights.allowsNodePool("delete", "gpu1"))
        #expect(!rights.allowsNodePool("read", "cpu"))
        #expect(rights.allowsHostVolume("data_1", readOnly: true))
        #expect(!rights.allowsHostVolume("data_1", readOnly: false))
        #expect(rights.allowsOperator(.read))
        #expect(!rights.allowsOperator(.write))
        #expect(rights.allowsOperator(capability: "snapshot-save"))
        #expect(rights.allowsOperator(capability: "keyring-read"))
        #expect(!rights.allowsOperator(capability: "keyring-rotate"))
        #expect(rights.allowsQuota(.read))
    }

    @Test func bothSyntaxesMeanTheSame() throws {
        let json = "{\"namespace\": {\"default\": {\"policy\": \"read\"}}, \"node\": {\"policy\": \"write\"}}"
        let hcl = "namespace \"default\" { policy = \"read\" }\nnode { policy = \"write\" }"
        var (a, b) = (try PolicyRules(parsing: json), try PolicyRules(parsing: hcl))
        (a.raw, b.raw) = ("", "")
        #expect(a == b)
        #expect(try PolicyRules(parsing: "namespace { policy = \"read\" }").namespaces.first?.name == "default")
    }

    @Test(arguments: [
        ("", "no rules"), ("namespace \"default\" {", "Failed to parse ACL Policy"),
        ("namespace \"default\" { policy = \"everything\" }", "Invalid namespace policy"),
        ("namespace \"a b\" { policy = \"read\" }", "Invalid namespace name"),
        ("namespace \"a\" { capabilities = [\"fly\"] }", "Invalid namespace capability \"fly\""),
        ("namespace \"a\" { polisy = \"read\" }", "unknown key \"polisy\""),
        ("nodes { policy = \"read\" }", "unknown block \"nodes\""),
        ("agent { policy = \"list\" }", "Invalid agent policy"),
        ("host_volume { policy = \"read\" }", "needs a name"),
        (
            "namespace \"a\" {\n variables {\n path \"x\" { capabilities = [\"fly\"] }\n }\n}",
            "variable capability"
        ),
    ])
    func wrongPoliciesSayWhatIsWrong(_ text: String, _ words: String) {
        do {
            _ = try PolicyRules(parsing: text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.description.contains(words), "\(error)")
        }
    }

    @Test(arguments: [
        ("*", "", true), ("*", "abc", true), ("a*c", "abc", true), ("a*c", "ab", false), ("a*b*c", "aXbYbZc", true),
        ("abc", "abc", true), ("abc", "abcd", false), ("*c", "abcc", true), ("a**", "a", true),
    ])
    func patterns(_ pattern: String, _ name: String, _ fits: Bool) {
        #expect(Glob.matches(pattern, name) == fits)
    }

    @Test func managementMayDoEverything() {
        #expect(AccessRights.management.allows([.submitJob], namespace: "any"))
        #expect(AccessRights.management.allows(.destroy, variable: "x", namespace: "any"))
        #expect(!AccessRights.none.allowsNode(.read))
        #expect(!AccessRights.none.sees(namespace: "default"))
    }
}
