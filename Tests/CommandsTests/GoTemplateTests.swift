import Base
import Testing

@testable import Commands

@Suite("Templates of -t")
struct GoTemplateTests {
    static let job: JSON = [
        "ID": "web", "Priority": 50, "Stop": false, "Empty": "", "Nothing": nil,
        "Groups": [["Name": "a", "Count": 1], ["Name": "b", "Count": 2]], "Meta": ["z": "1", "k": "2"],
    ]

    @Test(arguments: [
        ("{{.ID}} {{.Priority}}", "web 50"),
        ("{{ . | json }}x", nil),
        ("{{range .Groups}}{{.Name}}={{.Count}} {{end}}", "a=1 b=2 "),
        ("{{range $i, $g := .Groups}}{{$i}}{{$g.Name}}{{end}}", "0a1b"),
        ("{{range $k, $v := .Meta}}{{$k}}:{{$v}},{{end}}", "k:2,z:1,"),
        ("{{if .Stop}}yes{{else}}no{{end}}", "no"),
        ("{{if .Empty}}a{{else if eq .ID \"web\"}}b{{else}}c{{end}}", "b"),
        ("{{with .Meta}}{{.k}}{{end}}", "2"),
        ("{{printf \"%-6s|%q|%d\" .ID .ID .Priority}}", "web   |\"web\"|50"),
        ("{{len .Groups}} {{index .Groups 1 | json}}", "2 {\"Count\":2,\"Name\":\"b\"}"),
        ("{{(index .Groups 0).Name}}", nil),
        ("{{$x := .ID}}{{$x}}{{$.Priority}}", "web50"),
        ("a\n{{- .ID -}}\n b", "awebb"),
        ("{{.Missing}}", "<no value>"),
        ("{{/* nothing */}}{{\"text\"}}{{`raw`}}", "textraw"),
        ("{{.Meta}}", "map[k:2 z:1]"),
        ("{{and .ID .Priority}} {{or .Empty .ID}} {{not .Stop}}", "50 web true"),
        ("{{if lt .Priority 60}}low{{end}}", "low"),
    ])
    func templatesRender(template: String, text: String?) throws {
        let rendered = Result { try GoTemplate(template).render(Self.job) }
        guard let text else { return #expect((try? rendered.get())?.isEmpty != true) }
        #expect(try rendered.get() == text)
    }

    @Test(arguments: ["{{.ID", "{{if .ID}}", "{{end}}", "{{nope .ID}}", "{{.ID.Name}}", "{{$x}}", "{{}}"])
    func mistakesAreErrors(template: String) {
        #expect(throws: GoTemplateError.self) { try GoTemplate(template).render(Self.job) }
    }
}
