import Base

// The tables of what a gateway lets in and out.

extension JobSchema {
    static let ingress = BlockSchema(
        "ingress",
        [
            .option("tls", "TLS", .block(ingressTLS)),
            .value("listener", "Listeners", .blocks(listener)),
        ])

    static let ingressTLS = BlockSchema(
        "tls",
        [
            .value("enabled", "Enabled", .flag),
            .value("tls_min_version", "TLSMinVersion", .text),
            .value("tls_max_version", "TLSMaxVersion", .text),
            .value("cipher_suites", "CipherSuites", .texts),
            .option("sds", "SDS", .block(sds)),
        ])

    static let sds = BlockSchema(
        "sds",
        [
            .value("cluster_name", "ClusterName", .text),
            .value("cert_resource", "CertResource", .text),
        ])

    static let listener = BlockSchema(
        "listener",
        [
            .value("port", "Port", .integer),
            .value("protocol", "Protocol", .text, canonical: "tcp"),
            .value("service", "Services", .blocks(ingressService)),
        ])

    static let ingressService = BlockSchema(
        "service",
        [
            .value("name", "Name", .text),
            .value("hosts", "Hosts", .texts),
            .option("tls", "TLS", .block(ingressServiceTLS)),
            .option("request_headers", "RequestHeaders", .block(headerChange)),
            .option("response_headers", "ResponseHeaders", .block(headerChange)),
            .option("max_connections", "MaxConnections", .integer),
            .option("max_pending_requests", "MaxPendingRequests", .integer),
            .option("max_concurrent_requests", "MaxConcurrentRequests", .integer),
        ])

    static let ingressServiceTLS = BlockSchema("tls", [.option("sds", "SDS", .block(sds))])

    static let headerChange = BlockSchema(
        "request_headers",
        [
            .value("add", "Add", .textMap),
            .value("set", "Set", .textMap),
            .value("remove", "Remove", .texts),
        ])

    static let terminating = BlockSchema("terminating", [.value("service", "Services", .blocks(linkedService))])

    static let linkedService = BlockSchema(
        "service",
        [
            .value("name", "Name", .text),
            .value("ca_file", "CAFile", .text),
            .value("cert_file", "CertFile", .text),
            .value("key_file", "KeyFile", .text),
            .value("sni", "SNI", .text),
        ])
}
