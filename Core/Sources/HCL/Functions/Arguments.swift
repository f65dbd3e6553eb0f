/// Reading arguments, which have been converted to the parameters' types before.
extension [Value] {
    func text(_ at: Int) -> String { indices.contains(at) ? self[at].stringValue ?? "" : "" }
    func number(_ at: Int) -> Number { (indices.contains(at) ? self[at].numberValue : nil) ?? Number(0) }
    func elements(_ at: Int) -> [Value] { (indices.contains(at) ? self[at].elements : nil) ?? [] }

    /// A whole number that fits the machine.
    func integer(_ at: Int) throws(FunctionError) -> Int {
        guard let value = number(at).int else { throw FunctionError("a whole number is required", argument: at) }
        return value
    }
}

extension Function.Parameter {
    static func string(_ name: String) -> Function.Parameter { .init(name, .string) }
    static func number(_ name: String) -> Function.Parameter { .init(name, .number) }
    static func list(_ name: String) -> Function.Parameter { .init(name, .list(.any)) }
    static func any(_ name: String) -> Function.Parameter { .init(name, .any) }
    static func nullable(_ name: String) -> Function.Parameter { .init(name, .any, allowsNull: true) }
}
