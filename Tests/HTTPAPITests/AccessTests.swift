import Base
import Model
import Testing

@testable import HTTPAPI

/// Access control at the edge: who may call what.
struct AccessTests {
    private static func run(_ body: @escaping @Sendable (Fixture, _ root: String) async throws -> Void) async throws {
        try await Fixture.run {
            $0.accessControl.isEnabled = true
        } _: { api in
            let first = try await api.send("PUT", "/v1/acl/bootstrap")
            #expect(first.status == 200)
            try await body(api, first.json["SecretID"]?.stringValue ?? "")
        }
    }

    private static func token(
        _ api: Fixture, _ root: String, rules: String, name: String = "policy"
    ) async throws -> String {
        let policy: JSON = ["Name": .string(name), "Rules": .string(rules)]
        #expect(try await api.send("PUT", "/v1/acl/policy/\(name)", policy, token: root).status == 200)
        let wanted: JSON = ["Name": "t", "Type": "client", "Policies": [.string(name)]]
        return try await api.send("PUT", "/v1/acl/token", wanted, token: root).json["SecretID"]?.stringValue ?? ""
    }

    @Test func everyRouteSaysWhatItNeeds() {
        // Open to everybody, on purpose; whatever is added here needs a reason.
        let open = Routes.all.filter { if case .nothing = $0.need { true } else { false } }
            .map(\.pattern).filter { !$0.hasPrefix("/v1/quota") && !$0.hasPrefix("/v1/sentinel") }
            .filter { !$0.hasPrefix("/v1/recommendation") }
        #expect(
            Set(open) == [
                "/", "/ui", "/ui/{path...}", "/v1/status/leader", "/v1/status/peers", "/v1/regions",
                "/v1/agent/health", "/v1/metrics", "/v1/acl/bootstrap", "/v1/acl/login", "/v1/acl/oidc/auth-url",
                "/v1/acl/oidc/complete-auth", "/v1/acl/auth-methods", "/v1/acl/token/onetime/exchange",
                "/v1/allocation/{alloc}/{resource...}", "/v1/client/allocation/{resource...}",
                "/v1/client/fs/{verb...}", "/v1/volume/{resource...}",
            ])
    }

    @Test func withoutATokenNothingIsShown() async throws {
        try await Self.run { api, _ in
            for route in Routes.all {
                if case .nothing = route.need { continue }
                if case .own = route.need { continue }
                let path = route.pattern.split(separator: "/").map { part in
                    part.hasPrefix("{") ? "11111111-2222-3333-4444-555555555555" : String(part)
                }.joined(separator: "/")
                let method = route.methods.contains(.get) ? "GET" : route.methods.contains(.put) ? "PUT" : "DELETE"
                let answer = try await api.send(method, "/" + path)
                #expect(answer.status == 403, "\(method) /\(path): \(answer.status) \(answer.text)")
            }
        }
    }

    @Test func aReaderReadsAndDoesNotWrite() async throws {
        try await Self.run { api, root in
            let reader = try await Self.token(
                api, root, rules: "namespace \"default\" { policy = \"read\" }\nnode { policy = \"read\" }")
            let job: JSON = ["Job": Fixture.job("web")]
            #expect(try await api.send("PUT", "/v1/jobs", job, token: reader).status == 403)
            #expect(try await api.send("PUT", "/v1/jobs", job, token: root).status == 200)
            #expect(try await api.send("GET", "/v1/job/web", token: reader).status == 200)
            #expect(try await api.send("GET", "/v1/job/web").status == 403)
            #expect(try await api.send("GET", "/v1/nodes", token: reader).status == 200)
            #expect(try await api.send("GET", "/v1/agent/self", token: reader).status == 403)
            #expect(try await api.send("GET", "/v1/jobs?namespace=other", token: reader).status == 403)
            #expect(try await api.send("DELETE", "/v1/job/web", token: reader).status == 403)
            let found = try await api.send("POST", "/v1/search", ["Prefix": "w", "Context": "jobs"], token: reader)
            #expect(found.json["Matches"]?["jobs"] == ["web"])
        }
    }

    @Test func aJobsOwnNamespaceCounts() async throws {
        try await Self.run { api, root in
            #expect(try await api.send("PUT", "/v1/namespace", ["Name": "other"], token: root).status == 200)
            let writer = try await Self.token(api, root, rules: "namespace \"default\" { policy = \"write\" }")
            guard case .object(var job) = Fixture.job("web") else { return }
            job["Namespace"] = "other"
            #expect(try await api.send("PUT", "/v1/jobs", ["Job": .object(job)], token: writer).status == 403)
            job["Namespace"] = "default"
            #expect(try await api.send("PUT", "/v1/jobs", ["Job": .object(job)], token: writer).status == 200)
            let all = try await api.send("GET", "/v1/jobs?namespace=*", token: writer)
            #expect(all.json.arrayValue?.count == 1)
            let names = try await api.send("GET", "/v1/namespaces", token: writer)
            #expect(names.json.arrayValue?.count == 1)
        }
    }

    @Test func volumesBelongToTheirNamespace() async throws {
        try await Self.run { api, root in
            _ = try await api.addNode(1) { node in
                node.csiNodePlugins["disk"] = CSIPluginInfo()
                node.csiNodePlugins["disk"]?.healthy = true
            }
            #expect(try await api.send("PUT", "/v1/namespace", ["Name": "other"], token: root).status == 200)
            let writer = try await Self.token(
                api, root, rules: "namespace \"default\" { policy = \"write\" }\nplugin { policy = \"list\" }")
            func register(_ namespace: String, token: String) async throws -> Int {
                let capability: JSON = ["AccessMode": "single-node-writer", "AttachmentMode": "file-system"]
                let volume: JSON = [
                    "ID": "data", "Namespace": .string(namespace), "ExternalID": "vol-1", "PluginID": "disk",
                    "RequestedCapabilities": [capability],
                ]
                return try await api.send("PUT", "/v1/volume/csi/data", ["Volumes": [volume]], token: token).status
            }
            #expect(try await register("other", token: writer) == 403)
            #expect(try await register("default", token: writer) == 200)
            #expect(try await register("other", token: root) == 200)
            let all = try await api.send("GET", "/v1/volumes?type=csi&namespace=*", token: writer)
            #expect(all.json.arrayValue?.map { $0["Namespace"] } == ["default"])
            #expect(try await api.send("GET", "/v1/volume/csi/data?namespace=other", token: writer).status == 403)
            #expect(try await api.send("GET", "/v1/plugins?type=csi", token: writer).status == 200)
            #expect(try await api.send("GET", "/v1/plugin/csi/disk", token: writer).status == 403)
            #expect(try await api.send("DELETE", "/v1/volume/csi/data?namespace=other", token: writer).status == 403)
            #expect(try await api.send("GET", "/v1/volumes?type=csi").status == 403)
        }
    }

    @Test func tokensEndAndRolesGrant() async throws {
        try await Self.run { api, root in
            _ = try await Self.token(api, root, rules: "namespace \"default\" { policy = \"read\" }")
            let role = try await api.send(
                "PUT", "/v1/acl/role", ["Name": "readers", "Policies": [["Name": "policy"]]], token: root)
            #expect(role.status == 200)
            let made = try await api.send(
                "PUT", "/v1/acl/token", ["Type": "client", "Roles": [["Name": "readers"]], "ExpirationTTL": "1h"],
                token: root)
            let secret = made.json["SecretID"]?.stringValue ?? ""
            #expect(made.json["ExpirationTime"]?.stringValue?.isEmpty == false)
            #expect(try await api.send("GET", "/v1/jobs", token: secret).status == 200)
            let accessor = made.json["AccessorID"]?.stringValue ?? ""
            #expect(try await api.send("DELETE", "/v1/acl/token/\(accessor)", token: root).status == 200)
            #expect(try await api.send("GET", "/v1/jobs", token: secret).text == "ACL token not found")
            let short = try await api.send(
                "PUT", "/v1/acl/token", ["Type": "client", "Policies": ["policy"], "ExpirationTTL": "1s"], token: root)
            #expect(short.status == 400)
        }
    }

    @Test func oneTimeSecretsWorkOnce() async throws {
        try await Self.run { api, root in
            let made = try await api.send("POST", "/v1/acl/token/onetime", token: root)
            let secret = made.json["OneTimeToken"]?["OneTimeSecretID"] ?? .null
            let first = try await api.send("POST", "/v1/acl/token/onetime/exchange", ["OneTimeSecretID": secret])
            #expect(first.json["Token"]?["SecretID"]?.stringValue == root)
            let second = try await api.send("POST", "/v1/acl/token/onetime/exchange", ["OneTimeSecretID": secret])
            #expect((second.status, second.text) == (403, "Permission denied"))
        }
    }

    @Test func variablesFollowTheirPaths() async throws {
        try await Self.run { api, root in
            let user = try await Self.token(
                api, root,
                rules: """
                    namespace "default" {
                      variables {
                        path "app/*" { capabilities = ["read", "write"] }
                      }
                    }
                    """)
            let items: JSON = ["Items": ["user": "me"]]
            #expect(try await api.send("PUT", "/v1/var/app/db", items, token: user).status == 200)
            #expect(try await api.send("PUT", "/v1/var/other", items, token: user).status == 403)
            #expect(try await api.send("PUT", "/v1/var/other", items, token: root).status == 200)
            let listed = try await api.send("GET", "/v1/vars", token: user)
            #expect(listed.json.arrayValue?.map { $0["Path"]?.stringValue } == ["app/db"])
            #expect(try await api.send("DELETE", "/v1/var/app/db", token: user).status == 403)
            #expect(try await api.send("GET", "/v1/vars").status == 403)
        }
    }
}

/// Variables with access control off.
struct VariableTests {
    @Test func checkAndSetAndDelete() async throws {
        try await Fixture.run { api in
            let items: JSON = ["Items": ["a": "1"]]
            #expect(try await api.send("GET", "/v1/var/x").text == "variable not found")
            #expect(try await api.send("PUT", "/v1/var/x?cas=5", items).status == 409)
            let made = try await api.send("PUT", "/v1/var/x?cas=0", items)
            #expect(made.status == 200)
            #expect(made.json["Items"] == ["a": "1"])
            let conflict = try await api.send("PUT", "/v1/var/x?cas=0", items)
            #expect(conflict.status == 409)
            #expect(conflict.json["ModifyIndex"] == made.json["ModifyIndex"])
            #expect(try await api.send("DELETE", "/v1/var/x?cas=1").status == 409)
            #expect(try await api.send("DELETE", "/v1/var/x").status == 204)
            #expect(try await api.send("GET", "/v1/var/x").status == 404)
        }
    }

    @Test(arguments: [
        ("/v1/var/a%20b", "invalid path"), ("/v1/var/nomad", "reserved"), ("/v1/var/nomad/x", "valid paths"),
        ("/v1/var/nomad/job-templates/a/b", "reserved directory"),
        ("/v1/var/x?namespace=gone", "nonexistent namespace"),
        ("/v1/var/x?cas=1&lock-acquire", "CAS can't be used"), ("/v1/var/x?lock-renew&lock-acquire", "multiple lock"),
    ])
    func refusals(_ path: String, _ words: String) async throws {
        try await Fixture.run { api in
            let answer = try await api.send("PUT", path, ["Items": ["a": "1"]])
            #expect(answer.status == 400)
            #expect(answer.text.contains(words), "\(answer.text)")
        }
    }

    @Test func aLockKeepsOthersOut() async throws {
        try await Fixture.run { api in
            let items: JSON = ["Items": ["a": "1"], "Lock": ["TTL": "1h", "LockDelay": "10s"]]
            let held = try await api.send("PUT", "/v1/var/x?lock-acquire", items)
            let id = held.json["Lock"]?["ID"] ?? .null
            #expect(held.json["Lock"]?["TTL"]?.stringValue?.hasPrefix("1h") == true)
            #expect(try await api.send("PUT", "/v1/var/x?lock-acquire", items).status == 409)
            #expect(try await api.send("PUT", "/v1/var/x", ["Items": ["a": "2"]]).status == 409)
            #expect(try await api.send("DELETE", "/v1/var/x").status == 409)
            let mine: JSON = ["Items": ["a": "3"], "Lock": ["ID": id]]
            #expect(try await api.send("PUT", "/v1/var/x", mine).status == 200)
            #expect(try await api.send("PUT", "/v1/var/x?lock-renew", ["Lock": ["ID": id]]).status == 200)
            #expect(try await api.send("PUT", "/v1/var/x?lock-release", ["Lock": ["ID": id]]).status == 200)
            #expect(try await api.send("DELETE", "/v1/var/x").status == 204)
        }
    }
}

/// Pools and evaluations.
struct PoolTests {
    @Test func poolsAreMadeChangedAndDeleted() async throws {
        try await Fixture.run { api in
            let pool: JSON = ["Name": "gpu", "Description": "cards", "Meta": ["rack": "1"]]
            let made = try await api.send("PUT", "/v1/node/pools", pool)
            #expect(made.status == 200)
            #expect(try await api.send("GET", "/v1/node/pool/gpu").json["Description"] == "cards")
            #expect(try await api.send("GET", "/v1/node/pools").json.arrayValue?.count == 3)
            #expect(try await api.send("PUT", "/v1/node/pool/other", pool).status == 400)
            #expect(try await api.send("DELETE", "/v1/node/pool/all").status == 400)
            #expect(try await api.send("DELETE", "/v1/node/pool/gpu").status == 200)
            #expect(try await api.send("DELETE", "/v1/node/pool/gpu").status == 404)
        }
    }

    @Test func evaluationsAreDeletedWhileTheBrokerRests() async throws {
        try await Fixture.run { api in
            #expect(try await api.send("PUT", "/v1/jobs", ["Job": Fixture.job("web")]).status == 200)
            let wanted: JSON = ["Filter": "JobID == web"]
            #expect(try await api.send("DELETE", "/v1/evaluations", wanted).status == 500)
            let paused: JSON = ["SchedulerAlgorithm": "binpack", "PauseEvalBroker": true]
            #expect(try await api.send("PUT", "/v1/operator/scheduler/configuration", paused).status == 200)
            let done = try await api.send("DELETE", "/v1/evaluations", wanted)
            #expect(done.status == 200)
            #expect(done.json["Count"]?.intValue ?? 0 > 0)
            #expect(try await api.send("GET", "/v1/evaluations/count").json["Count"] == 0)
        }
    }
}
