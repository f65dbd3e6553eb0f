import Base
import HCL
import Testing

@testable import JobSpec

struct VariableTests {
    private func name(_ declarations: String, _ change: (inout JobVariables) -> Void = { _ in }) throws -> JSON? {
        var options = JobFile.Options()
        change(&options.variables)
        return try parsed(declarations + "\njob \"j\" {\n name = \"${var.a}\"\n}", options)["Name"]
    }

    @Test func laterSourcesWin() throws {
        let declaration = "variable \"a\" {\n default = \"file\"\n}"
        #expect(try name(declaration) == "file")
        #expect(
            try name(declaration) { $0.environment = ["NOMAD_VAR_a": "env", "NOMAD_VAR_other": "x", "a": "y"] } == "env"
        )
        let file = JobVariables.File(name: "v.hcl", bytes: Array("a = \"vars\"".utf8))
        #expect(
            try name(declaration) {
                $0.environment = ["NOMAD_VAR_a": "env"]; $0.files = [file]
            } == "vars")
        #expect(
            try name(declaration) {
                $0.files = [file]; $0.arguments = ["a=one", "a=two=2"]
            } == "two=2")
    }

    @Test(arguments: [
        ("string", "[1]", "[1]"), ("number", "42", "42"), ("bool", "true", "true"), ("list(string)", "[\"x\", 2]", "2"),
        ("map(number)", "{ k = \"2\" }", "2"), ("object({ k = number })", "{ k = 2 }", "2"),
        ("set(number)", "[2, 2]", "2"),
    ])
    func textsFromOutside(type: String, text: String, expected: String) throws {
        let access =
            switch type.prefix(3) {
            case "lis": "var.a[1]"
            case "map", "obj": "var.a.k"
            case "set": "tolist"
            default: "var.a"
            }
        var options = JobFile.Options()
        options.variables.arguments = ["a=" + text]
        let expression = access == "tolist" ? "join(\",\", [for x in var.a : x])" : access
        let tree = try parsed("variable \"a\" {\n type = \(type)\n}\njob \"j\" {\n name = \(expression)\n}", options)
        #expect(tree["Name"] == .string(expected))
    }

    /// Without a declared type the default says what a value from outside is.
    @Test(arguments: [
        ("default = 1", "5", "${var.a == 5}", "true"), ("default = \"x\"", "5", "${var.a == \"5\"}", "true"),
        ("default = false", "true", "${var.a == true}", "true"),
        ("default = [\"x\"]", "[\"a\", \"b\"]", "${length(var.a)}", "2"),
        ("default = { k = 1 }", "{ k = 7 }", "${var.a.k}", "7"), ("default = null", "[1]", "${var.a}", "[1]"),
        ("", "[1]", "${var.a}", "[1]"),
    ])
    func typesOfDefaults(declared: String, text: String, expression: String, expected: String) throws {
        var options = JobFile.Options()
        options.variables.arguments = ["a=" + text]
        let tree = try parsed(
            "variable \"a\" {\n \(declared)\n}\njob \"j\" {\n name = \"\(expression)\"\n}", options)
        #expect(tree["Name"] == .string(expected))
        guard !declared.isEmpty, declared != "default = null" else { return }
        let short = declared.replacing("default", with: "a")
        #expect(
            try parsed("variables {\n \(short)\n}\njob \"j\" {\n name = \"\(expression)\"\n}", options)["Name"]
                == .string(expected))
    }

    @Test func defaultsRefuseOtherTypes() {
        var options = JobFile.Options()
        options.variables.arguments = ["a=many"]
        let found = problems("variable \"a\" {\n default = 1\n}\njob \"j\" {}", options)
        #expect(found.contains { $0.contains("a number is required") }, "\(found)")
    }

    @Test func shorthandBlockAndLocalsInAnyOrder() throws {
        let tree = try job(
            "name = local.full",
            above: """
                variables {
                  a = "x"
                  n = 2
                }
                locals { full = "${local.half}-${var.n}" }
                locals { half = upper(var.a) }
                """)
        #expect(tree["Name"] == "X-2")
    }

    @Test(arguments: [
        ("variable \"a\" {}", "Unset variable \"a\""),
        ("variable \"a\" {\n type = number\n default = \"many\"\n}", "Invalid default value for variable"),
        ("variable \"a\" {\n type = any\n default = 1\n}", "an exact type is required"),
        ("variable \"a\" {\n default = var.b\n}", "test.hcl:2"),
        ("variable \"a\" {\n default = 1\n}\nvariable \"a\" {\n default = 2\n}", "Duplicate variable"),
        (
            "variable \"a\" {\n default = 1\n validation {\n condition = var.a > 1\n error_message = \"Too small.\"\n }\n}",
            "Too small."
        ),
        (
            "variable \"a\" {\n default = 1\n validation {\n condition = var.b > 1\n error_message = \"x\"\n }\n}",
            "may refer to the variable itself only"
        ),
        ("variable \"a\" {\n default = 1\n colour = 2\n}", "An argument named \"colour\" is not expected here"),
        (
            "locals {\n x = local.y\n y = local.z\n z = local.x\n}\nvariable \"a\" {\n default = 1\n}",
            "local.x → local.y → local.z → local.x"
        ),
        ("locals {\n x = 1\n}\nlocals {\n x = 2\n}\nvariable \"a\" {\n default = 1\n}", "Duplicate value in locals"),
        ("variable \"1a\" {\n default = 1\n}", "Invalid variable name"),
    ])
    func refusedDeclarations(text: String, words: String) {
        let found = problems(text + "\njob \"j\" {\n name = \"x\"\n}")
        #expect(found.contains { $0.contains(words) }, "\(found)")
    }

    /// What depends on a local that failed has no problem of its own.
    @Test func oneProblemForOneLocal() {
        let text = "locals {\n a = 1 / 0\n b = local.a + 1\n c = [local.b]\n}\njob \"j\" {\n name = local.c\n}"
        let found = problems(text)
        #expect(found.count == 1)
        #expect(found.first?.contains("Division by zero") == true, "\(found)")
    }

    @Test func undeclaredNames() throws {
        var options = JobFile.Options()
        options.variables.arguments = ["colour=red"]
        let text = "variable \"color\" {\n default = \"blue\"\n}\njob \"j\" {}"
        #expect(problems(text, options).first?.contains("Did you mean \"color\"?") == true)
        options.variables.isStrict = false
        let file = try JobFile.parse(text, name: "test.hcl", options: options)
        #expect(file.warnings.count == 1)
        options.variables.arguments = ["novalue"]
        #expect(problems(text, options).first?.contains("write name=value") == true)
    }
}
