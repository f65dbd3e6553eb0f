import Testing

@testable import Model

/// Names of the API are found whatever their case; the last of two equal ones counts.
struct NameTableTests {
    @Test func findsNamesInAnyCase() {
        var table = NameTable()
        let names = (0..<300).map { "Name\($0)Ids" } + ["ID", "Kind", "x"]
        for (number, name) in names.enumerated() { table.add(name, number) }
        for (number, name) in names.enumerated() {
            for written in [name, name.lowercased(), name.uppercased()] { #expect(table[written] == number) }
        }
        for other in ["", "Name", "Name300Ids", "Name1Id", "Ид", "IDs"] { #expect(table[other] == nil, "\(other)") }
        #expect(table["\u{212A}ind"] == 301, "the Kelvin sign is a k")
        table.add("id", 7)
        #expect(table["ID"] == 7)
        #expect(NameTable()["a"] == nil)
    }

    @Test func pathsThatAreMadeDifferentlyAreTheSame() {
        let whole = FieldPath("TaskGroups", 0, FieldPath("Tasks", 1, "Resources.CPU"))
        let joined = FieldPath("TaskGroups", 0) + (FieldPath("Tasks", 1) + FieldPath(field: "Resources")) + "CPU"
        #expect(whole == joined)
        #expect(whole.hashValue == joined.hashValue)
        #expect(whole.description == "TaskGroups[0].Tasks[1].Resources.CPU")
        #expect(FieldPath() + whole == whole + FieldPath())
        #expect(FieldPath("Volumes", key: "a.b", "Source").description == "Volumes[\"a.b\"].Source")
        #expect(FieldPath("Volumes", key: "a") != FieldPath("Volumes", key: "b"))
    }
}
