/// A function that expressions may call.
public struct Function: Sendable {
    public struct Parameter: Sendable {
        public var name: String
        /// Arguments are converted to it; `.any` takes them as they are.
        public var type: ValueType
        public var allowsNull: Bool

        public init(_ name: String, _ type: ValueType = .any, allowsNull: Bool = false) {
            self.name = name
            self.type = type
            self.allowsNull = allowsNull
        }
    }

    /// What a function may reach besides its arguments.
    public struct Environment {
        let context: EvaluationContext

        /// Takes `bytes` from the budget before they are produced; throws when too much was asked for.
        public func spend(_ bytes: Int) throws(FunctionError) {
            guard bytes <= sizeMax else { throw tooLarge }
            guard context.budget.spend(bytes) else { throw FunctionError("the evaluation budget is used up") }
        }

        /// Takes work from the budget that needn't be a result.
        func charge(_ work: Int) throws(FunctionError) {
            guard context.budget.spend(work) else { throw FunctionError("the evaluation budget is used up") }
        }

        var sizeMax: Int { context.budget.valueSizeMax }
        var tooLarge: FunctionError { FunctionError("the result would be larger than \(sizeMax) bytes") }
        var files: (any FileAccess)? { context.files }
        var random: (() -> UInt64)? { context.random }
    }

    public typealias Implementation = @Sendable ([Value], Environment) throws(FunctionError) -> Value

    enum Body: Sendable {
        case values(Implementation)
        /// Gets its arguments unevaluated.
        case `try`, can, convert
    }

    public let parameters: [Parameter]
    public let variadic: Parameter?
    let body: Body

    public init(_ parameters: [Parameter], variadic: Parameter? = nil, _ implementation: @escaping Implementation) {
        self.parameters = parameters
        self.variadic = variadic
        body = .values(implementation)
    }

    init(lazy body: Body, parameters: [Parameter], variadic: Parameter?) {
        self.parameters = parameters
        self.variadic = variadic
        self.body = body
    }
}

/// Why a call failed.
public struct FunctionError: Error, Hashable, Sendable {
    /// Words that follow `Call to function "x" failed: `.
    public var message: String
    /// The argument that is to blame, from 0; nil for the call as a whole.
    public var argument: Int?

    public init(_ message: String, argument: Int? = nil) {
        self.message = message
        self.argument = argument
    }
}

/// Functions by name.
public struct FunctionTable: Sendable {
    public private(set) var functions: [String: Function]

    public init(_ functions: [String: Function] = [:]) { self.functions = functions }

    public subscript(name: String) -> Function? {
        get { functions[name] }
        set { functions[name] = newValue }
    }

    /// Both; `other` wins where names are the same.
    public func merging(_ other: FunctionTable) -> FunctionTable {
        FunctionTable(functions.merging(other.functions) { $1 })
    }

    var names: [String] { functions.keys.sorted() }
}
