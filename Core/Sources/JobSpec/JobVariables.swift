/// Values for the input variables of a job file, by where they come from. Later sources win: the file's defaults,
/// the environment, variable files in order, then single arguments.
public struct JobVariables: Hashable, Sendable {
    /// A file of `name = value` lines, in the native or the JSON syntax.
    public struct File: Hashable, Sendable {
        /// What messages call the file.
        public var name: String
        public var bytes: [UInt8]

        public init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// All environment variables; those that start with `NOMAD_VAR_` count, and undeclared ones are passed over.
    public var environment: [String: String] = [:]
    public var files: [File] = []
    /// `name=value` each.
    public var arguments: [String] = []
    /// Whether a value for a variable that the file doesn't declare is an error; otherwise it is a warning.
    public var isStrict = true

    public init() {}

    static let environmentPrefix = "NOMAD_VAR_"
}
