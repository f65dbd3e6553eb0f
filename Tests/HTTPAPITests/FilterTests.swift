import Base
import Testing

@testable import HTTPAPI

/// The filter language, by examples that read like its documentation.
struct FilterTests {
    static let job: JSON = [
        "ID": "web", "Priority": 70, "Stop": false, "Score": 0.5, "Parent": nil,
        "Meta": ["owner": "team", "a-b": "x/y"],
        "Datacenters": ["dc1", "dc2"], "Empty": [], "Nothing": "",
        "TaskGroups": [["Name": "front", "Count": 2], ["Name": "back", "Count": 1]],
        "TaskStates": ["server": ["State": "running"], "side": ["State": "dead"]],
    ]

    @Test(arguments: [
        ("ID == web", true), ("ID == \"web\"", true), ("ID == `web`", true), ("ID != web", false),
        ("ID == db or ID == web", true), ("ID == web and Priority == 70", true),
        ("ID == web and Priority == 71", false),
        ("not ID == web", false), ("not not ID == web", true), ("not (ID == db or Stop == true)", true),
        // `and` binds tighter than `or`.
        ("ID == web or ID == db and Stop == true", true), ("(ID == web or ID == db) and Stop == true", false),
        ("Priority == 70", true), ("Priority != 70", false), ("Score == 0.5", true), ("Stop == false", true),
        ("eb in ID", true), ("ID contains \"eb\"", true), ("ID not contains \"eb\"", false), ("xx not in ID", true),
        ("dc1 in Datacenters", true), ("Datacenters contains dc3", false), ("dc3 not in Datacenters", true),
        ("owner in Meta", true), ("Meta contains nobody", false),
        ("ID matches \"^w.b$\"", true), ("ID matches \"e\"", true), ("ID not matches \"^e\"", true),
        ("Empty is empty", true), ("Datacenters is not empty", true), ("Nothing is empty", true),
        ("Meta is empty", false),
        ("Parent is nil", true), ("ID is not nil", true), ("Parent is empty", true),
        ("Meta.owner == team", true), ("Meta[\"a-b\"] == \"x/y\"", true), ("\"/Meta/a-b\" == \"x/y\"", true),
        ("TaskGroups.0.Name == front", true), ("TaskGroups.1.Count == 1", true),
        // A key that a map lacks is no error.
        ("Meta.nobody == x", false), ("Meta.nobody != x", true), ("Meta.nobody is empty", true),
        ("Meta.nobody matches \"x\"", false), ("x not in Meta.nobody", true),
        ("any TaskGroups as g { g.Name == back }", true), ("all TaskGroups as g { g.Count == 2 }", false),
        ("any TaskGroups as i, g { i == 1 and g.Name == back }", true),
        ("all Datacenters as _, d { d matches \"^dc\" }", true),
        ("any TaskStates as name { name == side }", true),
        ("any TaskStates as _, state { state.State == dead }", true), ("all Empty as e { e == x }", true),
        ("any Empty as e { e == x }", false),
    ])
    func holds(_ text: String, _ expected: Bool) throws {
        #expect(try FilterParser.parse(text).holds(for: Self.job) == expected)
    }

    @Test(arguments: [
        "", "ID", "ID ==", "== web", "ID = web", "ID == web or", "ID == web ID == db", "(ID == web", "ID is",
        "ID is full",
        "ID == \"web", "ID < 3", "any TaskGroups { Name == x }", "Meta[owner] == x", "ID == `x", "ID == $",
    ])
    func isRefused(_ text: String) {
        #expect(throws: FilterError.self) { try FilterParser.parse(text) }
    }

    @Test(arguments: [
        "Color == red", "ID.sub == x", "Priority == high", "Stop == maybe", "Datacenters == dc1", "Priority contains 7",
        "Priority matches \"7\"", "Priority is empty", "TaskGroups.9.Name == x", "any ID as c { c == w }",
        "ID matches \"(\"",
        "Parent.ID == x",
    ])
    func doesNotApply(_ text: String) throws {
        let filter = try FilterParser.parse(text)
        #expect(throws: FilterError.self) { try filter.holds(for: Self.job) }
    }

    @Test func boundsAreKept() {
        let deep = String(repeating: "(", count: 100) + "ID == web" + String(repeating: ")", count: 100)
        #expect(throws: FilterError.self) { try FilterParser.parse(deep) }
        #expect(throws: FilterError.self) {
            try FilterParser.parse("ID == \"" + String(repeating: "x", count: 20_000) + "\"")
        }
    }
}
