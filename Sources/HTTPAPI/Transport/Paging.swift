import Base
import Model

/// Where an item stands in a list, and the token that names it as the first of the next page.
enum PageKey: Hashable, Comparable, Sendable {
    /// By name or id.
    case id(String)
    /// By creation, then id.
    case created(LogIndex, String)
    /// By namespace, then id.
    case named(String, String)

    var token: String {
        switch self {
        case .id(let id): id
        case .created(let index, let id): "\(index).\(id)"
        case .named(let namespace, let id): "\(namespace).\(id)"
        }
    }

    /// The key that a token of the same kind of list stands for; nil if it is no such token.
    func parse(_ token: String) -> PageKey? {
        switch self {
        case .id: return .id(token)
        case .created:
            let parts = token.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let index = UInt64(parts[0]) else { return nil }
            return .created(index, String(parts[1]))
        case .named:
            // Names of namespaces have no points, ids may.
            let parts = token.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return .named(String(parts[0]), String(parts[1]))
        }
    }

    static func < (a: PageKey, b: PageKey) -> Bool {
        switch (a, b) {
        case (.id(let x), .id(let y)): x < y
        case (.created(let i, let x), .created(let j, let y)): i != j ? i < j : x < y
        case (.named(let n, let x), .named(let m, let y)): n != m ? n < m : x < y
        default: false
        }
    }
}

/// The items that one answer shows.
struct Page<Item> {
    var items: [Item]
    /// The token of the first item of the next page; nil on the last one.
    var nextToken: String?

    /// Cuts a page out of a list that is in ascending order of its keys.
    ///
    /// - Parameters:
    ///   - whole: the stored object with all its fields, which filters look at. Asked only when there is a filter.
    init(
        _ items: [Item], _ options: QueryOptions, key: (Item) -> PageKey, whole: (Item) throws -> JSON
    ) throws {
        var candidates = options.reverse ? items.reversed() : items
        if !options.nextToken.isEmpty, let first = candidates.first {
            guard let start = key(first).parse(options.nextToken) else {
                throw APIError.badRequest("invalid next_token \"\(options.nextToken)\": take it from X-Nomad-NextToken")
            }
            candidates = Array(candidates.drop { options.reverse ? key($0) > start : key($0) < start })
        }
        let filter = try Self.filter(options)
        guard filter != nil || options.perPage > 0 else {
            self.items = candidates
            return
        }
        self.items = []
        for item in candidates {
            if let filter {
                do {
                    guard try filter.holds(for: try whole(item)) else { continue }
                } catch let error as FilterError {
                    throw APIError.badRequest("failed to read result page: \(error)")
                }
            }
            if options.perPage > 0, self.items.count == options.perPage {
                nextToken = key(item).token
                break
            }
            self.items.append(item)
        }
    }

    private static func filter(_ options: QueryOptions) throws(APIError) -> FilterExpression? {
        guard !options.filter.isEmpty else { return nil }
        do {
            return try FilterParser.parse(options.filter)
        } catch {
            throw .badRequest("failed to create result paginator: failed to read filter expression: \(error)")
        }
    }
}

extension APIResponse {
    /// Elements from which on a list is streamed.
    private static let streamedFrom = 512
    /// Bytes that the first piece of a streamed list has at least, so that something comes soon…
    private static let pieceBytesMin = 64 << 10
    /// …and those after it. Longer ones would take fresh pages from the system, one piece after another.
    private static let pieceBytesMax = 192 << 10

    /// A list written element by element.
    static func list<Item: Sendable>(
        _ page: Page<Item>, write: @escaping @Sendable (Item, inout ObjectWriter) throws -> Void
    ) throws -> APIResponse {
        var response: APIResponse
        let items = page.items
        if items.count < streamedFrom {
            var writer = ObjectWriter()
            writer.openList()
            for item in items { try write(item, &writer) }
            writer.closeList()
            response = .json(bytes: writer.take())
        } else {
            response = APIResponse(body: .document { sink in try await stream(items, to: sink, write) })
            response.set("Content-Type", "application/json")
        }
        if let next = page.nextToken { response.set("X-Nomad-NextToken", next) }
        return response
    }

    /// Writes a list in pieces. While one is on its way the next is made.
    private static func stream<Item: Sendable>(
        _ items: [Item], to sink: any BodySink, _ write: (Item, inout ObjectWriter) throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var writer = ObjectWriter()
            writer.openList()
            var pieceBytes = pieceBytesMin
            for item in items {
                try write(item, &writer)
                guard writer.count >= pieceBytes else { continue }
                try await group.next()
                let piece = writer.take()
                group.addTask { try await sink.write(piece) }
                pieceBytes = pieceBytesMax
            }
            writer.closeList()
            try await group.next()
            try await sink.write(writer.take())
        }
    }

    /// A list of trees.
    static func list<Item: Sendable>(
        _ page: Page<Item>, tree: @escaping @Sendable (Item) throws -> JSON
    ) throws -> APIResponse {
        try list(page) { item, writer in writer.value(try tree(item)) }
    }
}
