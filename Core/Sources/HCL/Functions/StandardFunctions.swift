extension FunctionTable {
    /// All functions of the language.
    public static let standard = FunctionTable(standardFunctions())

    private static func standardFunctions() -> [String: Function] {
        [
            "try": Function(lazy: .try, parameters: [], variadic: .init("expressions")),
            "can": Function(lazy: .can, parameters: [.init("expression")], variadic: nil),
            "convert": Function(lazy: .convert, parameters: [.init("value"), .init("type")], variadic: nil),
        ]
    }
}
