import Base
import HCL
import Testing

@testable import JobSpec

/// What blocks of a job file become.
struct BlockTests {
    @Test func minimalJobHasEveryField() throws {
        let tree = try job("datacenters = [\"dc1\"]\ngroup \"g\" { task \"t\" { driver = \"docker\" } }".lines)
        #expect(tree["ID"] == "j")
        #expect(tree["Name"] == "j")
        #expect(tree["Priority"] == .null)
        #expect(tree["Datacenters"] == ["dc1"])
        #expect(tree[path: "TaskGroups.0.Count"] == .null)
        #expect(tree[path: "TaskGroups.0.Tasks.0.Driver"] == "docker")
        #expect(tree[path: "TaskGroups.0.Tasks.0.Leader"] == false)
        #expect(tree[path: "TaskGroups.0.Tasks.0.Templates"] == .null)
    }

    @Test func labelAndName() throws {
        let tree = try job("id = \"other\"")
        #expect(tree["ID"] == "other")
        #expect(tree["Name"] == "j")
    }

    @Test func looseTasksGetGroupsBeforeTheOthers() throws {
        let tree = try job("group \"g\" {}\ntask \"a\" { driver = \"exec\" }\nvault {}")
        #expect(tree[path: "TaskGroups.0.Name"] == "a")
        #expect(tree[path: "TaskGroups.0.Tasks.0.Driver"] == "exec")
        #expect(tree[path: "TaskGroups.0.Tasks.0.Vault.ChangeMode"] == "restart")
        #expect(tree[path: "TaskGroups.1.Name"] == "g")
    }

    @Test func vaultOfTheNearestLevelWins() throws {
        let tree = try job(
            """
            vault { policies = ["job"] }
            group "a" {
              task "x" {}
            }
            group "b" {
              vault { policies = ["group"] }
              task "y" {}
              task "z" {
                vault { policies = ["task"] }
              }
            }
            """)
        #expect(tree[path: "TaskGroups.0.Tasks.0.Vault.Policies"] == ["job"])
        #expect(tree[path: "TaskGroups.1.Tasks.0.Vault.Policies"] == ["group"])
        #expect(tree[path: "TaskGroups.1.Tasks.1.Vault.Policies"] == ["task"])
    }

    @Test(
        arguments: [
            ("attribute = \"${attr.a}\"\nvalue = \"b\"", ["LTarget": "${attr.a}", "Operand": "=", "RTarget": "b"]),
            (
                "attribute = \"${attr.a}\"\nversion = \"> 3\"",
                ["LTarget": "${attr.a}", "Operand": "version", "RTarget": "> 3"]
            ),
            ("attribute = attr.a\nregexp = \"x|y\"", ["LTarget": "${attr.a}", "Operand": "regexp", "RTarget": "x|y"]),
            ("distinct_hosts = true", ["LTarget": "", "Operand": "distinct_hosts", "RTarget": ""]),
            (
                "distinct_property = \"${meta.a}\"\nvalue = \"2\"",
                ["LTarget": "${meta.a}", "Operand": "distinct_property", "RTarget": "2"]
            ),
            ("attribute = \"a\"\noperator = \"!=\"\nvalue = 5", ["LTarget": "a", "Operand": "!=", "RTarget": "5"]),
        ] as [(String, JSON)])
    func constraints(text: String, expected: JSON) throws {
        #expect(try job("constraint {\n\(text)\n}")["Constraints"] == [expected])
    }

    @Test func portsWithNumbersAreReserved() throws {
        let tree = try job(
            """
            group "g" {
              network {
                mode = "bridge"
                port "a" {}
                port "b" { static = 80 }
                port "c" { to = -1 }
              }
            }
            """)
        let network = tree[path: "TaskGroups.0.Networks.0"]
        #expect(network?["DynamicPorts"]?.arrayValue?.compactMap { $0["Label"] } == ["a", "c"])
        #expect(network?[path: "ReservedPorts.0.Value"] == 80)
        #expect(network?[path: "DynamicPorts.1.To"] == -1)
    }

    @Test func legacyNetworkInResources() throws {
        let tree = try task("resources {\n network {\n mbits = 10\n port \"http\" { static = 5678 }\n }\n }")
        #expect(tree[path: "Resources.Networks.0.MBits"] == 10)
        #expect(tree[path: "Resources.Networks.0.ReservedPorts.0.Label"] == "http")
        #expect(tree[path: "Resources.CPU"] == .null)
    }

    @Test func durations() throws {
        let tree = try task("kill_timeout = \"1h30m\"\nshutdown_delay = 250")
        #expect(tree["KillTimeout"] == 5_400_000_000_000)
        #expect(tree["ShutdownDelay"] == 250)
    }

    @Test func metaAndEnvInBothForms() throws {
        let tree = try task("meta = { \"a.b\" = 1, c = true }\nenv {\n N = 5\n T = \"${NOMAD_ALLOC_ID}\"\n}")
        #expect(tree["Meta"] == ["a.b": "1", "c": "true"])
        #expect(tree["Env"] == ["N": "5", "T": "${NOMAD_ALLOC_ID}"])
        #expect(try task("meta {}")["Meta"] == [:])
    }

    /// Arguments of a network's plugin, as an attribute with keys that have dots, or as a block.
    @Test(arguments: ["args = { \"my.key\" = \"v\", n = 1 }", "args {\n n = \"1\"\n}"])
    func argumentsOfNetworkPlugins(text: String) throws {
        let tree = try job("group \"g\" {\n network {\n mode = \"cni/x\"\n cni {\n \(text)\n }\n }\n}")
        let found = tree[path: "TaskGroups.0.Networks.0"]?["CNI"]?["Args"]
        #expect(found?["n"] == "1")
        #expect(found?["my.key"] == (text.contains("my.key") ? "v" : nil))
    }

    @Test func driverConfiguration() throws {
        let tree = try task(
            """
            config {
              image = "busybox"
              n     = 1.5
              none  = null
              auth { username = "u" }
              mount { target = "/a" }
              mount { target = "/b" }
              labelled "x" "y" { v = 1 }
              written  = { a = { b = 1 } }
              computed = merge({ a = 1 }, {})
              list     = [{ a = 1 }]
            }
            """)
        #expect(
            tree["Config"] == [
                "image": "busybox", "n": 1.5, "auth": [["username": "u"]],
                "mount": [["target": "/a"], ["target": "/b"]],
                "labelled": [["x": [["y": [["v": 1]]]]]], "written": [["a": ["b": 1]]], "computed": ["a": 1],
                "list": [["a": 1]],
            ])
    }

    @Test func templateAndOtherDefaultsOfTheLanguage() throws {
        let tree = try task(
            "template {\n data = \"x\"\n destination = \"local/x\"\n}\nlifecycle { hook = \"prestart\" }")
        #expect(tree[path: "Templates.0.ChangeMode"] == "restart")
        #expect(tree[path: "Templates.0.Splay"] == 5_000_000_000)
        #expect(tree[path: "Templates.0.LeftDelim"] == .null)
        #expect(tree["Lifecycle"] == ["Hook": "prestart", "Sidecar": false])
    }

    @Test func laterBlocks() throws {
        let tree = try job(
            """
            node_pool = "gpu"
            ui {
              description = "d"
              link {
                label = "l"
                url   = "u"
              }
            }
            group "g" {
              disconnect { lost_after = "1h" }
              task "t" {
                identity { env = true }
                identity {
                  name = "aws"
                  aud  = ["a"]
                }
                action "hello" { command = "echo" }
                secret "s" {
                  provider = "nomad"
                  path     = "p"
                }
                scaling "cpu" { max = 5 }
                resources {
                  cores = 2
                  numa { affinity = "prefer" }
                }
              }
            }
            """)
        #expect(tree["NodePool"] == "gpu")
        #expect(tree[path: "UI.Links.0.URL"] == "u")
        #expect(tree[path: "TaskGroups.0.Disconnect.LostAfter"] == 3_600_000_000_000)
        let task = tree[path: "TaskGroups.0.Tasks.0"]
        #expect(task?[path: "Identity.Env"] == true)
        #expect(task?[path: "Identities.0.Name"] == "aws")
        #expect(task?[path: "Actions.0.Name"] == "hello")
        #expect(task?[path: "Secrets.0.Provider"] == "nomad")
        #expect(task?[path: "ScalingPolicies.0.Type"] == "vertical_cpu")
        #expect(task?[path: "Resources.NUMA.Affinity"] == "prefer")
    }

    @Test func dynamicBlocks() throws {
        let tree = try job(
            """
            group "g" {
              network {
                dynamic "port" {
                  for_each = ["a", "b"]
                  labels   = [port.value]
                  content { to = port.key + 80 }
                }
              }
            }
            """)
        let ports = tree[path: "TaskGroups.0.Networks.0.DynamicPorts"]
        #expect(ports?[path: "0.Label"] == "a")
        #expect(ports?[path: "1.To"] == 81)
    }

    /// However many dynamic blocks meet the limit, it is reported once.
    @Test func tooManyBlocksAreReportedOnce() {
        let tasks = "dynamic \"task\" {\n for_each = range(1000)\n labels = [task.key]\n content {}\n}"
        let found = problems(
            "job \"j\" {\n dynamic \"group\" {\n for_each = range(30)\n labels = [group.key]\n content {\n\(tasks)\n}\n}\n}"
        )
        #expect(found.count == 1)
        #expect(found.first?.contains("Too many blocks") == true, "\(found)")
    }

    @Test func jsonSyntax() throws {
        let tree = try parsed(
            """
            {"job": {"j": {"datacenters": ["dc1"], "meta": {"a": "b"},
              "group": {"g": {"count": 2, "task": {"t": {"driver": "docker", "config": {"image": "x", "auth": {"u": 1}}}}}}}}}
            """)
        #expect(tree["Meta"] == ["a": "b"])
        #expect(tree[path: "TaskGroups.0.Count"] == 2)
        #expect(tree[path: "TaskGroups.0.Tasks.0.Config"] == ["image": "x", "auth": ["u": 1]])
    }
}

extension String {
    /// Blocks of one line may hold one attribute only; this writes nested ones on lines of their own.
    fileprivate var lines: String { replacing("{ ", with: "{\n").replacing(" }", with: "\n}") }
}

/// Job files in the first version of the language give the same jobs.
@Suite struct LegacyJobTests {
    @Test func oldAndNewGiveTheSameJob() throws {
        let old = """
            job "old" {
              datacenters = ["dc1"]
              meta { "quoted.key" = "works", n = 5 }
              update = { max_parallel = 2, stagger = "10s" }
              group "g" {
                count = "2"
                task "t" {
                  driver = "docker"
                  config { image = "i", port_map { db = 6379 } }
                  env { "DOTTED.NAME" = "${attr.kernel.name}" }
                  resources { network { mbits = 5 port "db" {} } }
                }
              }
            }
            """
        let new = """
            job "old" {
              datacenters = ["dc1"]
              meta = {
                "quoted.key" = "works"
                n = 5
              }
              update {
                max_parallel = 2
                stagger = "10s"
              }
              group "g" {
                count = 2
                task "t" {
                  driver = "docker"
                  config {
                    image = "i"
                    port_map {
                      db = 6379
                    }
                  }
                  env = {
                    "DOTTED.NAME" = "${attr.kernel.name}"
                  }
                  resources {
                    network {
                      mbits = 5
                      port "db" {}
                    }
                  }
                }
              }
            }
            """
        var options = JobFile.Options()
        options.syntax = .legacy
        #expect(try parsed(old, options) == (try parsed(new)))
        #expect(problems("job \"x\" { grup \"g\" {} }", options).first?.contains("\"group\"") == true)
    }
}
