import Base
import Model

/// The query parameters that all reading endpoints share.
struct QueryOptions: Hashable, Sendable {
    /// `*` is all namespaces.
    var namespace = Namespace.defaultName
    /// Not 0: answer when the data's index is beyond this.
    var index: LogIndex = 0
    /// How long a blocking query waits at most.
    var wait = QueryOptions.waitMax
    var stale = false
    var prefix = ""
    /// Items of a page; 0 is all.
    var perPage = 0
    var nextToken = ""
    var filter = ""
    var reverse = false

    /// Longest wait of a blocking query, and the default.
    static let waitMax = TimeSpan.minutes(5)

    init() {}

    /// Reads the parameters. Errors have the texts and statuses that clients know.
    init(_ request: APIRequest) throws(APIError) {
        if let text = request.parameter("wait"), !text.isEmpty {
            guard let span = TimeSpan(text: text) else { throw .badRequest("Invalid wait time") }
            wait = span <= .zero ? Self.waitMax : min(span, Self.waitMax)
        }
        if let text = request.parameter("index"), !text.isEmpty {
            guard let number = UInt64(text) else { throw .badRequest("Invalid index") }
            index = number
        }
        switch request.parameter("stale") {
        case nil, "false": stale = false
        case "", "true": stale = true
        default: throw .badRequest("Expect `true` or `false` for `stale` query string parameter")
        }
        prefix = request.parameter("prefix") ?? ""
        if let text = request.parameter("namespace"), !text.isEmpty { namespace = text }
        if let text = request.parameter("per_page"), !text.isEmpty {
            guard let number = Int32(text), number >= 0 else {
                throw .badRequest("Expect a number for `per_page` query string parameter")
            }
            perPage = Int(number)
        }
        nextToken = request.parameter("next_token") ?? ""
        filter = request.parameter("filter") ?? ""
        if let flag = try request.flag("reverse") { reverse = flag }
    }

    var allNamespaces: Bool { namespace == "*" }
    /// The namespace to select by; nil is all.
    var namespaceSelection: String? { allNamespaces ? nil : namespace }
}

extension APIRequest {
    /// A bool parameter in the spellings that Go takes; nil if it isn't there or empty.
    func flag(_ name: String) throws(APIError) -> Bool? {
        guard let text = parameter(name), !text.isEmpty else { return nil }
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default:
            throw .failed(
                "Failed to parse value of \"\(name)\" (\(text)) as a bool: write true or false")
        }
    }

    /// A whole-number parameter; nil if it isn't there or empty.
    func integer(_ name: String) throws(APIError) -> Int? {
        guard let text = parameter(name), !text.isEmpty else { return nil }
        guard let number = Int(text) else {
            throw .failed("Failed to parse value of \"\(name)\" (\(text)) as an integer")
        }
        return number
    }

    /// The body as JSON. Empty: 400 `Request body is empty`; broken: 400 with the place.
    func json() throws(APIError) -> JSON {
        guard let tree = try optionalJSON() else { throw .emptyBody }
        return tree
    }

    /// The body as JSON, nil when there is none.
    func optionalJSON() throws(APIError) -> JSON? {
        guard !body.isEmpty else { return nil }
        do {
            return try JSON(parsing: body)
        } catch {
            throw .badRequest("the request body is not JSON: \(error)")
        }
    }

    /// The body as JSON object, for requests whose fields are read by name.
    func object() throws(APIError) -> JSONObject {
        let tree = try json()
        guard let object = tree.objectValue else {
            throw .badRequest("the request body must be a JSON object, not \(tree.kind)")
        }
        return object
    }
}

extension JSONObject {
    /// A text field of a request; nil if missing or null, 400 if of another kind.
    func readText(_ name: String) throws(APIError) -> String? {
        switch caseInsensitive(name) {
        case nil, .null: return nil
        case .string(let text): return text
        case let other?: throw .badRequest("\(name) must be a string, not \(other.kind)")
        }
    }

    func readFlag(_ name: String) throws(APIError) -> Bool? {
        switch caseInsensitive(name) {
        case nil, .null: return nil
        case .bool(let flag): return flag
        case let other?: throw .badRequest("\(name) must be a bool, not \(other.kind)")
        }
    }

    func readInteger(_ name: String) throws(APIError) -> Int64? {
        switch caseInsensitive(name) {
        case nil, .null: return nil
        case let value?:
            guard let number = value.intValue else {
                throw .badRequest("\(name) must be a whole number, not \(value.kind)")
            }
            return number
        }
    }

    func readObject(_ name: String) throws(APIError) -> JSONObject? {
        switch caseInsensitive(name) {
        case nil, .null: return nil
        case .object(let object): return object
        case let other?: throw .badRequest("\(name) must be an object, not \(other.kind)")
        }
    }

    func readTexts(_ name: String) throws(APIError) -> [String] {
        switch caseInsensitive(name) {
        case nil, .null: return []
        case .array(let elements):
            var texts: [String] = []
            for element in elements {
                guard let text = element.stringValue else { throw .badRequest("\(name) must be a list of strings") }
                texts.append(text)
            }
            return texts
        case let other?: throw .badRequest("\(name) must be a list of strings, not \(other.kind)")
        }
    }

    /// An object whose values are texts, such as `Meta`.
    func readTextMap(_ name: String) throws(APIError) -> [String: String] {
        guard let object = try readObject(name) else { return [:] }
        var map: [String: String] = [:]
        for member in object.members {
            guard let text = member.value.stringValue else {
                throw .badRequest("\(name)[\(member.name)] must be a string")
            }
            map[member.name] = text
        }
        return map
    }
}
