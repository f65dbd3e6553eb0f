/// Finds the route of a path. The pattern with the most literal segments wins; its methods alone count.
struct RouteTable: Sendable {
    /// What a path leads to.
    enum Match: Sendable {
        case route(Route, captures: [String: String])
        /// The path exists but not with this method.
        case wrongMethod(Route)
        case unknown
    }

    private enum Segment: Hashable, Sendable {
        case literal(String)
        case one(String)
        case many(String)
    }

    private struct Entry: Sendable {
        var pattern: String
        var segments: [Segment]
        var routes: [Route]
        var literals: Int
    }

    /// By the first segment, and the second under `/v1`: these are literal in every pattern.
    private var entries: [String: [Entry]] = [:]

    init(_ routes: [Route]) {
        for route in routes {
            let segments = Self.parse(route.pattern)
            let key = Self.key(Self.split(route.pattern))
            if let at = entries[key]?.firstIndex(where: { $0.pattern == route.pattern }) {
                entries[key]?[at].routes.append(route)
            } else {
                let literals = segments.count { if case .literal = $0 { true } else { false } }
                entries[key, default: []].append(
                    Entry(pattern: route.pattern, segments: segments, routes: [route], literals: literals))
            }
        }
    }

    func match(method: String, path: String) -> Match {
        let parts = Self.split(path)
        var best: (entry: Entry, captures: [String: String])?
        for entry in entries[Self.key(parts)] ?? [] {
            guard best.map({ entry.literals > $0.entry.literals }) ?? true,
                let captures = Self.captures(entry.segments, parts)
            else { continue }
            best = (entry, captures)
        }
        guard let best, let first = best.entry.routes.first else { return .unknown }
        let wanted = Methods(named: method)
        guard !wanted.isEmpty, let route = best.entry.routes.first(where: { $0.methods.contains(wanted) }) else {
            return .wrongMethod(first)
        }
        return .route(route, captures: best.captures)
    }

    private static func split(_ path: String) -> [String] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    }

    private static func key(_ parts: [String]) -> String {
        parts.prefix(parts.first == "v1" ? 2 : 1).joined(separator: "/")
    }

    private static func parse(_ pattern: String) -> [Segment] {
        split(pattern).map { part in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(part) }
            let name = String(part.dropFirst().dropLast())
            return name.hasSuffix("...") ? .many(String(name.dropLast(3))) : .one(name)
        }
    }

    /// At most one `{name...}` stands in a pattern, so what surrounds it is fixed.
    private static func captures(_ segments: [Segment], _ parts: [String]) -> [String: String]? {
        var captures: [String: String] = [:]
        func fits(_ segment: Segment, _ part: String) -> Bool {
            switch segment {
            case .literal(let text): return text == part
            case .one(let name):
                captures[name] = part
                return true
            case .many: return false
            }
        }
        guard let at = segments.firstIndex(where: { if case .many = $0 { true } else { false } }),
            case .many(let name) = segments[at]
        else {
            guard segments.count == parts.count, zip(segments, parts).allSatisfy(fits) else { return nil }
            return captures
        }
        let tail = segments.count - at - 1
        guard parts.count >= segments.count,
            zip(segments[..<at], parts).allSatisfy(fits),
            zip(segments.suffix(tail), parts.suffix(tail)).allSatisfy(fits)
        else { return nil }
        captures[name] = parts[at..<(parts.count - tail)].joined(separator: "/")
        return captures
    }
}
