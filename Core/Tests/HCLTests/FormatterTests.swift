import Testing

@testable import HCL

@Suite struct FormatterTests {
    private func format(_ text: String) throws -> String {
        String(decoding: try Formatter.format(Array(text.utf8), name: "f"), as: UTF8.self)
    }

    @Test(arguments: [
        ("a=1\nbcd   =2\n", "a   = 1\nbcd = 2\n"), ("job   \"x\"   {\na=1\n}", "job \"x\" {\n  a = 1\n}\n"),
        ("a = 1   # x\nlong = 22 // y\n", "a    = 1  # x\nlong = 22 // y\n"),
        ("a=[1,2 , 3 ]\n", "a = [1, 2, 3]\n"), ("a=[\n1,\n2\n]\n", "a = [\n  1,\n  2\n]\n"),
        ("a={x=1,y:2}\n", "a = { x = 1, y : 2 }\n"), ("a={\nx=1\nyy=2\n}\n", "a = {\n  x  = 1\n  yy = 2\n}\n"),
        ("a=f( 1,g (2) )\n", "a = f(1, g(2))\n"), ("a=!b&&-c<- 1\n", "a = !b && -c < -1\n"),
        ("a=b?c:d\n", "a = b ? c : d\n"), ("a=b . c [ 0 ] . d\n", "a = b.c[0].d\n"),
        ("a=b.*.c[ * ]\n", "a = b.*.c[*]\n"),
        ("a=[for x in[1]:x if(x)]\n", "a = [for x in [1] : x if (x)]\n"),
        ("a={for k,v in b:k=>v...}\n", "a = { for k, v in b : k => v... }\n"), ("a=\"${ x }\"\n", "a = \"${ x }\"\n"),
        ("a=<<E\n  x ${ y }\nE\nbb=1\n", "a = <<E\n  x ${ y }\nE\nbb = 1\n"),
        ("b {\nc = <<-E\n      x\n    E\n}\n", "b {\n  c = <<-E\n      x\n    E\n}\n"),
        ("\n\na = 1\n\n\nb = 2", "\n\na = 1\n\n\nb = 2\n"),
        ("# c\n  # d\nb {\n# e\n}\n", "# c\n# d\nb {\n  # e\n}\n"), ("a{}\nb { c=1 }\n", "a {}\nb { c = 1 }\n"),
        ("a = f([{\nb = 1\n}])\n", "a = f([{\n  b = 1\n}])\n"), ("a /* x */ = 1\n", "a /* x */ = 1\n"),
        ("b {\n  a = 1 # x\n} # y\n", "b {\n  a = 1 # x\n} # y\n"), ("", ""), ("a = 1 -1\n", "a = 1 - 1\n"),
        ("a = (1+2)*-3\n", "a = (1 + 2) * -3\n"), ("é=1\nb=2\n", "é = 1\nb = 2\n"),
        ("a = 1\r\nbb = 2\r\n", "a  = 1\nbb = 2\n"),
    ])
    func formats(_ text: String, _ expected: String) throws {
        let formatted = try format(text)
        #expect(formatted == expected)
        #expect(try format(formatted) == formatted)
    }

    @Test func leavesWrongTextAlone() {
        #expect(throws: Diagnostics.self) { _ = try format("a = = 1") }
    }
}
