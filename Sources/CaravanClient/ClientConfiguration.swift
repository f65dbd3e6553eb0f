public import Base

/// How to reach an agent: address, default region and namespace, secrets, TLS.
public struct ClientConfiguration: Sendable {
    /// `http://host:port`, `https://host:port`, `host:port` (plain HTTP) or `unix:///path/of/socket`.
    public var address: String
    /// Region that requests are forwarded to; nil leaves it to the agent.
    public var region: String?
    /// Namespace of requests that name none; nil is the server's default namespace.
    public var namespace: String?
    /// Secret of the ACL token.
    public var token: String?
    /// `user:password` for HTTP basic authentication, for proxies in front of an agent.
    public var basicAuthorization: String?
    public var tls = TLS()
    /// Time to wait for a connection.
    public var connectTimeout = TimeSpan.seconds(10)

    /// Client side of TLS. Paths are of PEM files; empty means not set.
    public struct TLS: Sendable, Hashable {
        public var authorityFile = ""
        public var authorityDirectory = ""
        public var certificateFile = ""
        public var keyFile = ""
        /// Name that the server's certificate must carry, where it differs from the address.
        public var serverName = ""
        public var skipVerify = false
        public init() {}
    }

    /// Where an agent listens when nothing else is said.
    public static let defaultAddress = "http://127.0.0.1:4646"

    public init(address: String = defaultAddress) { self.address = address }

    /// Reads `CARAVAN_ADDR` and its kin; a variable that isn't set is looked up as `NOMAD_…`, so that existing
    /// set-ups keep working.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String? {
            for prefix in ["CARAVAN_", "NOMAD_"] {
                if let text = environment[prefix + name], !text.isEmpty { return text }
            }
            return nil
        }
        address = value("ADDR") ?? Self.defaultAddress
        region = value("REGION")
        namespace = value("NAMESPACE")
        token = value("TOKEN")
        basicAuthorization = value("HTTP_AUTH")
        tls.authorityFile = value("CACERT") ?? ""
        tls.authorityDirectory = value("CAPATH") ?? ""
        tls.certificateFile = value("CLIENT_CERT") ?? ""
        tls.keyFile = value("CLIENT_KEY") ?? ""
        tls.serverName = value("TLS_SERVER_NAME") ?? ""
        tls.skipVerify = ["1", "t", "true"].contains((value("SKIP_VERIFY") ?? "").lowercased())
    }
}
