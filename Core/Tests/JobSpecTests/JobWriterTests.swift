import Base
import JobSpec
import Model
import Testing

@Suite struct JobWriterTests {
    /// The canonical form of what a text says, without what only the cluster sets.
    private func canonical(_ text: String) throws -> JSONObject {
        Canonical.job(try JobFile.parse(text, name: "written.hcl").tree)
    }

    private func written(_ tree: JSONObject) throws -> String { try JobWriter.text(tree) }

    @Test func writesWhatIsNotDefault() throws {
        let tree = try canonical(
            """
            job "web" {
              datacenters = ["dc1", "dc2"]
              meta = { "owner.name" = "ops" }
              constraint {
                attribute = "${attr.kernel.name}"
                value     = "linux"
              }
              group "g" {
                count = 3
                network {
                  port "http" { to = 80 }
                  port "admin" { static = 9000 }
                }
                task "t" {
                  driver = "docker"
                  kill_timeout = "90s"
                  config {
                    image = "nginx:${var_tag}"
                    args = ["-x", "${NOMAD_PORT_http}"]
                    mount {
                      type = "bind"
                      source = "local"
                    }
                  }
                  template {
                    destination = "local/x"
                    data = <<EOF
            {{ key "a" }}
              $${literal}
            EOF
                  }
                }
              }
            }
            """)
        let text = try written(tree)
        #expect(
            text.contains("  constraint {\n    attribute = \"${attr.kernel.name}\"\n    value     = \"linux\"\n"),
            "\(text)")
        #expect(text.contains("port \"admin\" {\n        static = 9000\n"), "\(text)")
        #expect(text.contains("kill_timeout = \"1m30s\""), "\(text)")
        #expect(text.contains("<<EOT\n{{ key \"a\" }}\n  ${literal}\nEOT\n"), "\(text)")
        #expect(text.contains("\"owner.name\" = \"ops\""), "\(text)")
        #expect(text.contains("mount {\n"), "\(text)")
        #expect(!text.contains("change_mode") && !text.contains("logs"), "defaults are left out:\n\(text)")
        let found = differences(tree, try canonical(text))
        #expect(found.isEmpty)
    }

    @Test(arguments: [
        "plain", "", "a \"quoted\" \\ back", "${attr.x}", "x ${meta.y} z", "${1 + 1}", "${upper(\"x\")}", "%{ if x }",
        "$${x}", "$$${x}", "${", "%{", "$", "${unclosed", "tab\tand\u{1}control", "new\nline", "ends\n", "two\nlines\n",
        "  indented\n    more\n", "EOT\n", "x\nEOT inside\ny\n", "${NOMAD_X}\nrest\n", "%{ for }\n", "é 日本 \u{1F600}",
        "cr\r\n", "\n", "\n\n", "${var.x}", "${local.y}", "${env[\"HOME\"]}", "a$", "%%{", "$$", "${a}${b}",
    ])
    func textsComeBack(_ value: String) throws {
        var tree = try canonical("job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"d\"\n    }\n  }\n}")
        tree["Meta"] = ["k": .string(value)]
        tree.mapObjects("TaskGroups") { group in
            group.mapObjects("Tasks") { task in
                task["Config"] = [
                    "text": .string(value), "list": [.string(value)], "object": ["key.with.dots": .string(value)],
                    "block": [["inner": .string(value)]], "number": 1.5, "flag": false,
                ]
                task["User"] = .string(value)
            }
        }
        let text = try written(tree)
        let found = differences(tree, try canonical(text))
        #expect(found.isEmpty, "\(text)")
    }

    @Test func namesThatBlocksCannotHaveAreRefused() throws {
        var tree = try canonical("job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"d\"\n    }\n  }\n}")
        tree.mapObjects("TaskGroups") { $0.mapObjects("Tasks") { $0["Config"] = ["a b": 1] } }
        #expect(throws: JobWriter.Problem.self) { try JobWriter.text(tree) }
    }

    /// Jobs made at random from the table of the language: what is written reads back as the same job.
    @Test func randomJobsComeBack() throws {
        var generator = RandomJob(random: SeededGenerator(seed: 11))
        for round in 0..<25 {
            let tree = Canonical.job(generator.job())
            let text = try written(tree)
            let back = try canonical(text)
            // Whole trees would fill the screen.
            let found = differences(tree, back)
            #expect(found.isEmpty, "round \(round)")
            let isStable = try written(back) == text
            #expect(isStable, "round \(round)")
        }
    }

    @Test func canonicalFormIsAFixedPoint() throws {
        var generator = RandomJob(random: SeededGenerator(seed: 23))
        for _ in 0..<300 {
            let once = Canonical.job(generator.job())
            let found = differences(once, Canonical.job(once))
            #expect(found.isEmpty)
            let isTheSame = try JSON(parsing: JSON.object(once).text) == .object(once)
            #expect(isTheSame, "through JSON")
            let completed = differences(once, try JobWire.complete(.object(once)))
            #expect(completed.isEmpty)
        }
    }

    /// The paths at which two trees differ.
    private func differences(_ a: JSONObject, _ b: JSONObject, _ path: String = "") -> [String] {
        Set(a.names + b.names).sorted().flatMap { name -> [String] in
            let (left, right) = (a[name] ?? .null, b[name] ?? .null)
            if left == right { return [] }
            if let left = left.objectValue, let right = right.objectValue {
                return differences(left, right, path + "." + name)
            }
            if let left = left.arrayValue, let right = right.arrayValue, left.count == right.count {
                return zip(left, right).enumerated().flatMap { at, pair -> [String] in
                    guard let left = pair.0.objectValue, let right = pair.1.objectValue else {
                        return pair.0 == pair.1 ? [] : ["\(path).\(name)[\(at)]: \(pair.0.text) | \(pair.1.text)"]
                    }
                    return differences(left, right, "\(path).\(name)[\(at)]")
                }
            }
            return ["\(path).\(name): \(left.text) | \(right.text)"]
        }
    }
}

/// Makes jobs from the table of the job language: every field of every block has its turn.
struct RandomJob {
    var random: SeededGenerator

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    mutating func job() -> JSONObject {
        var tree = object(JobSchema.job, depth: 0)
        tree["ID"] = "j"
        tree["Type"] = [.string("service"), .string("batch"), .string("system")][below(3)]
        // Without groups a job says little; reading gives them names.
        tree["TaskGroups"] = .array((0...below(2)).map { .object(group($0)) })
        // Jobs in files have no such thing: the level above is copied into the groups.
        for field in JobSchema.job.fields where field.hcl == nil {
            if let name = field.json { tree[name] = field.unset }
        }
        return tree
    }

    private mutating func group(_ number: Int) -> JSONObject {
        var group = object(JobSchema.group, depth: 1)
        group["Name"] = .string("g\(number)")
        if group["Scaling"]?.objectValue != nil {
            group.mapObject("Scaling") { scaling in
                for name in ["ID", "Namespace", "Target", "CreateIndex", "ModifyIndex"] {
                    scaling[name] = JobSchema.scaling.field(json: name)?.unset ?? .null
                }
                scaling["Type"] = "horizontal"
                scaling["Max"] = 9
            }
        }
        group.mapObjects("Networks", Self.sortPorts)
        group.mapObjects("Services", Self.plainService)
        group["Tasks"] = .array(
            (0...below(2)).map { number in
                var task = object(JobSchema.task, depth: 2)
                task["Name"] = .string("t\(number)")
                task["Identity"] = .null
                task["ScalingPolicies"] = .null
                task.mapObject("Resources") { $0.mapObjects("Networks", Self.sortPorts) }
                task.mapObjects("Identities") { $0["Name"] = "id" }
                task.mapObject("Lifecycle") { $0["Hook"] = "prestart" }
                task.mapObjects("Services", Self.plainService)
                return .object(task)
            })
        return group
    }

    /// Ports with numbers are the reserved ones.
    private static func sortPorts(_ network: inout JSONObject) {
        network.mapObjects("ReservedPorts") { $0["Value"] = 80 }
        network.mapObjects("DynamicPorts") { $0["Value"] = 0 }
    }

    /// What is only in the API.
    private static func plainService(_ service: inout JSONObject) {
        service["Namespace"] = ""
        // Its inner form has names of its own in the API; see the corpus of job files.
        service["Connect"] = .null
    }

    private mutating func object(_ schema: BlockSchema, depth: Int) -> JSONObject {
        var result = schema.unset
        for field in schema.fields {
            guard let name = field.json, field.hcl != nil || depth > 2, below(3) > 0 else { continue }
            if let value = value(field, depth: depth) { result[name] = value }
        }
        // Reading a file sets these whether it says so or not.
        for field in schema.fields {
            if let name = field.json, let parsed = field.parsed, result[name] == field.unset { result[name] = parsed }
        }
        if result["Operand"] == "" { result["Operand"] = "=" }
        if let label = schema.label?.json { result[label] = .string("label") }
        return result
    }

    private mutating func value(_ field: FieldSchema, depth: Int) -> JSON? {
        switch field.kind {
        case .text: return .string(["x", "a b", "${attr.x}", "ü\"\\"][below(4)])
        case .integer: return .int(Int64(below(50) + 1))
        case .bounded(let range): return .int(min(range.upperBound, Int64(below(50) + 1)))
        case .flag: return .bool(below(2) == 0)
        case .duration: return .int(Int64(below(5000) + 1) * 1_000_000_000)
        case .texts: return [.string("p"), .string("q r")]
        case .textMap: return ["key": "value", "other-key": "${meta.x}"]
        case .openTextMap: return ["key": "value", "dotted.key": "x"]
        case .textListMap: return ["X-Header": ["a", "b"]]
        case .free: return ["name": "value", "list": [1, 2.5, true], "block": [["inner": ["deep"]]], "map": ["a": 1]]
        case .any: return nil
        case .block(let schema): return depth > 5 ? nil : .object(object(schema, depth: depth + 1))
        case .blocks(let schema):
            return depth > 5 || schema === JobSchema.group || schema === JobSchema.task
                ? nil : .array([.object(object(schema, depth: depth + 1))])
        case .labelled(let schema): return ["label": .object(object(schema, depth: depth + 1))]
        }
    }
}
