/// A filter of list endpoints, as a tree. The language is go-bexpr's.
indirect enum FilterExpression: Hashable, Sendable {
    case and(FilterExpression, FilterExpression)
    case or(FilterExpression, FilterExpression)
    case not(FilterExpression)
    case match(FilterSelector, FilterOperator, value: String)
    case each(FilterQuantifier, FilterSelector, names: [String], FilterExpression)
}

/// A path into an object: `Meta.owner`, `TaskGroups.0.Name`, `Meta["a-b"]`, `"/Meta/owner"`.
struct FilterSelector: Hashable, Sendable {
    var parts: [String]
    var text: String { parts.joined(separator: ".") }
}

enum FilterOperator: Hashable, Sendable {
    case equal, notEqual
    /// `v in Sel` and `Sel contains v`.
    case contains, notContains
    case matches, notMatches
    case isEmpty, isNotEmpty
    case isNil, isNotNil
}

enum FilterQuantifier: Hashable, Sendable {
    case any, all
}

/// Why a filter is refused or can't be applied.
struct FilterError: Error, Hashable, CustomStringConvertible {
    var message: String
    var description: String { message }
}

/// Bounds of a filter, so that a request can't make a server work forever.
enum FilterLimits {
    static let bytesMax = 16 << 10
    static let nestingMax = 64
    static let patternBytesMax = 512
}
