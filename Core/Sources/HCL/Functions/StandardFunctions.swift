extension FunctionTable {
    /// All functions of the language.
    public static let standard = FunctionTable(standardFunctions())

    private static func standardFunctions() -> [String: Function] {
        var all: [String: Function] = [
            "try": Function(lazy: .try, parameters: [.init("expression")], variadic: .init("expressions")),
            "can": Function(lazy: .can, parameters: [.init("expression")], variadic: nil),
            "convert": Function(lazy: .convert, parameters: [.init("value"), .init("type")], variadic: nil),
        ]
        for table in [
            StringFunctions.table, NumberFunctions.table, CollectionFunctions.table, SetFunctions.table,
            FormatFunctions.table, EncodingFunctions.table, DateFunctions.table, HashFunctions.table,
            NetworkFunctions.table, FileFunctions.table,
        ] {
            all.merge(table) { $1 }
        }
        return all
    }
}
