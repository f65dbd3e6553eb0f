import AgentCore
import Base
import Testing

@Suite struct InterpolationTests {
    static let environment = ["NOMAD_PORT_http": "8080", "HOME": "/root", "NOMAD_META_a.b": "dot", "A-B": "dash"]
    static let references = [
        "attr.kernel.name": "linux", "meta.rack": "r1", "node.class": "edge", "node.unique.id": "n1",
        "attr.driver.docker.version": "27",
    ]

    @Test(arguments: [
        ("plain", "plain"),
        ("${NOMAD_PORT_http}", "8080"),
        (":${NOMAD_PORT_http}/${attr.kernel.name}", ":8080/linux"),
        ("${NOMAD_NOPE}", "${NOMAD_NOPE}"),
        ("${env[\"HOME\"]}", "${env[\"HOME\"]}"),
        ("${meta.rack}${meta.rack}", "r1r1"),
        ("${NOMAD_META_a.b} ${A-B}", "dot dash"),
        ("$${HOME}", "$/root"),
        ("${HOME", "${HOME"),
        ("${}", "${}"),
        ("$HOME ${ HOME }", "$HOME ${ HOME }"),
        ("${${HOME}}", "${/root}"),
        ("ü${HOME}ß", "ü/rootß"),
    ])
    func plain(_ text: String, _ expected: String) {
        let interpolate = Interpolation(environment: Self.environment, references: Self.references)
        #expect(interpolate(text) == expected)
    }

    @Test(arguments: [
        ("plain", "plain"),
        ("${NOMAD_PORT_http}", "8080"),
        ("${ NOMAD_PORT_http }", "8080"),
        ("-l:${NOMAD_PORT_http}", "-l:8080"),
        ("${env[\"HOME\"]}", "/root"),
        ("${env.HOME}", "/root"),
        ("${env[\"NOMAD_META_a.b\"]}", "dot"),
        ("${attr.kernel.name} ${node.attr.kernel.name}", "linux linux"),
        ("${node.class} ${node.unique.id} ${meta.rack} ${node.meta.rack}", "edge n1 r1 r1"),
        ("${attr[\"driver\"].docker.version}", "27"),
        ("$${HOME} %%{x}", "${HOME} %{x}"),
        ("$HOME $$", "$HOME $$"),
    ])
    func config(_ text: String, _ expected: String) throws {
        let evaluation = ConfigEvaluation(environment: Self.environment, references: Self.references)
        #expect(try evaluation.evaluate(.string(text)) == .string(expected))
    }

    @Test(arguments: [
        ("${NOMAD_NOPE}", "config: unknown variable \"NOMAD_NOPE\""),
        ("${env[\"NOPE\"]}", "config: unknown variable \"env[\"NOPE\"]\""),
        ("${env}", "config: \"env\" needs a name"),
        ("${attr.nope}", "config: unknown variable \"attr.nope\""),
        ("${upper(HOME)}", "config: \"upper(HOME)\" can't be evaluated at run time"),
        ("${HOME", "config: \"${\" is not closed"),
        ("%{ if x }", "config: template directives"),
        ("${}", "config: \"\" can't be evaluated"),
    ])
    func mistakes(_ text: String, _ expected: String) {
        let evaluation = ConfigEvaluation(environment: Self.environment, references: Self.references)
        #expect {
            try evaluation.evaluate(.string(text))
        } throws: { error in
            "\(error)".hasPrefix(expected)
        }
    }

    @Test func walksTheWholeConfigAndNamesThePlace() throws {
        let evaluation = ConfigEvaluation(environment: Self.environment, references: Self.references)
        let config: JSON = [
            "args": ["-p", "${NOMAD_PORT_http}"], "count": 3, "on": true,
            "labels": [["${meta.rack}": "${node.class}"]],
        ]
        #expect(
            try evaluation.evaluate(config) == [
                "args": ["-p", "8080"], "count": 3, "on": true, "labels": [["r1": "edge"]],
            ])
        #expect {
            try evaluation.evaluate(["args": ["ok", ["x": "${nope}"]]])
        } throws: { error in
            (error as? EvaluationError)?.path == "config.args[1].x"
        }
    }
}
