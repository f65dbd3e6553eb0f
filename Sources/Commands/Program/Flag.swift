public import Base

/// One flag of a command: its name, what it takes, what it is for.
public struct Flag: Sendable {
    /// What a flag takes.
    public enum Kind: Sendable, Equatable {
        /// `-x`, `-x=false`.
        case bool(Bool)
        case text(String)
        case number(Int64)
        case span(TimeSpan)
        /// May be given several times.
        case list
        /// Like `text`, but tells "not given" from "given as empty".
        case optional
        /// A boolean that tells "not given" from "given as false".
        case optionalBool
    }

    public var name: String
    public var kind: Kind
    /// Word in angle brackets after the name in help texts; empty for booleans.
    public var placeholder: String
    public var help: String

    public static func bool(_ name: String, _ help: String, default value: Bool = false) -> Flag {
        Flag(name: name, kind: .bool(value), placeholder: "", help: help)
    }
    public static func text(_ name: String, _ placeholder: String, _ help: String, default value: String = "") -> Flag {
        Flag(name: name, kind: .text(value), placeholder: placeholder, help: help)
    }
    public static func number(_ name: String, _ placeholder: String, _ help: String, default value: Int64) -> Flag {
        Flag(name: name, kind: .number(value), placeholder: placeholder, help: help)
    }
    public static func span(_ name: String, _ help: String, default value: TimeSpan = .zero) -> Flag {
        Flag(name: name, kind: .span(value), placeholder: "duration", help: help)
    }
    public static func list(_ name: String, _ placeholder: String, _ help: String) -> Flag {
        Flag(name: name, kind: .list, placeholder: placeholder, help: help)
    }
    public static func optional(_ name: String, _ placeholder: String, _ help: String) -> Flag {
        Flag(name: name, kind: .optional, placeholder: placeholder, help: help)
    }
    public static func optionalBool(_ name: String, _ help: String) -> Flag {
        Flag(name: name, kind: .optionalBool, placeholder: "", help: help)
    }

    /// Whether `-name` alone is complete.
    var needsNoValue: Bool {
        switch kind {
        case .bool, .optionalBool: true
        default: false
        }
    }
}

/// Flags that many commands share.
extension Flag {
    static let verbose = Flag.bool("verbose", "Show full ids and more detail.")
    static let detach = Flag.bool("detach", "Return at once instead of following the evaluation.")
    static let json = Flag.bool("json", "Print JSON.")
    static let template = Flag.text("t", "template", "Print with a Go template, for example '{{.ID}}'.")
    static let yes = Flag.bool("yes", "Answer yes to questions.")
    static let filter = Flag.text("filter", "expression", "Only what matches this filter expression.")
    static let perPage = Flag.number("per-page", "count", "How many results to show at most.", default: 0)
    static let pageToken = Flag.text("page-token", "token", "Where to go on, from the page before.")
    static let variable = Flag.list("var", "key=value", "Value of an input variable; may be repeated.")
    static let variableFile = Flag.list("var-file", "path", "File with values of input variables; may be repeated.")
    static let browser = Flag.bool("ui", "Print the address of the page in the web interface.")
}
