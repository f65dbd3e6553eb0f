/// The parts of an agent's address.
struct AgentAddress: Hashable, Sendable {
    enum Target: Hashable, Sendable {
        case host(String, port: Int)
        case socket(path: String)
    }

    var target: Target
    var usesTLS: Bool
    /// Path in front of `/v1`, for agents behind a proxy; no trailing slash.
    var path: String

    /// Reads an address as users write it; nil if it can't be one.
    init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("unix://") {
            rest = rest.dropFirst("unix://".count)
            guard !rest.isEmpty else { return nil }
            self.init(target: .socket(path: String(rest)), usesTLS: false, path: "")
            return
        }
        var secure = false
        if rest.hasPrefix("https://") {
            secure = true
            rest = rest.dropFirst("https://".count)
        } else if rest.hasPrefix("http://") {
            rest = rest.dropFirst("http://".count)
        } else if rest.contains("://") {
            return nil
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var path = String(rest[slash...])
        while path.hasSuffix("/") { path.removeLast() }
        guard let (host, port) = Self.hostAndPort(rest[..<slash], default: secure ? 443 : 80) else { return nil }
        self.init(target: .host(host, port: port), usesTLS: secure, path: path)
    }

    private init(target: Target, usesTLS: Bool, path: String) {
        (self.target, self.usesTLS, self.path) = (target, usesTLS, path)
    }

    private static func hostAndPort(_ text: Substring, default port: Int) -> (String, Int)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (host, port) }
            guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()), (1...65535).contains(number) else {
                return nil
            }
            return (host, number)
        }
        guard let colon = text.lastIndex(of: ":") else { return text.isEmpty ? nil : (String(text), port) }
        let host = text[..<colon]
        guard !host.isEmpty, let number = Int(text[text.index(after: colon)...]), (1...65535).contains(number) else {
            return nil
        }
        return (String(host), number)
    }

    /// `host:port`, with brackets around an IPv6 host.
    var authority: String {
        switch target {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .socket: "localhost"
        }
    }

    /// The base of URLs as the HTTP library wants them.
    var requestBase: String {
        switch target {
        case .host: "\(usesTLS ? "https" : "http")://\(authority)\(path)"
        case .socket(let path): "http+unix://" + Escaping.segment(path)
        }
    }

    /// The base of URLs as messages show them.
    var shownBase: String {
        switch target {
        case .host: requestBase
        case .socket(let path): "unix://" + path
        }
    }
}

/// Percent-encoding of URL parts (RFC 3986).
public enum Escaping {
    /// One path segment: everything but unreserved characters is encoded, `/` too, so that ids with a slash stay whole.
    public static func segment(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.unicodeScalars.append(UnicodeScalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                out += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return out
    }

    /// `?a=b&c=d` in the given order, or the empty text.
    static func query(_ items: [(name: String, value: String)]) -> String {
        guard !items.isEmpty else { return "" }
        return "?" + items.map { segment($0.name) + "=" + segment($0.value) }.joined(separator: "&")
    }
}
