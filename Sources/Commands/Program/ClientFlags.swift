import CaravanClient

/// Flags that say which agent to ask and as whom.
enum ClientFlags {
    static let all: [Flag] = [
        .optional(
            "address", "addr",
            """
            Address of the agent: http://host:port, https://host:port or unix:///path.
            Overrides the CARAVAN_ADDR and NOMAD_ADDR environment variables.
            Default = \(ClientConfiguration.defaultAddress)
            """),
        .optional(
            "region", "region",
            """
            Region of the servers to forward commands to.
            Overrides the CARAVAN_REGION and NOMAD_REGION environment variables.
            Defaults to the agent's region.
            """),
        .optional(
            "namespace", "namespace",
            """
            Namespace of queries and actions.
            Overrides the CARAVAN_NAMESPACE and NOMAD_NAMESPACE environment variables.
            With '*', job and alloc commands ask all namespaces that the token may see.
            Defaults to the "default" namespace.
            """),
        .bool(
            "no-color",
            "No colours; the CARAVAN_CLI_NO_COLOR and NOMAD_CLI_NO_COLOR environment variables\nsay the same."),
        .bool(
            "force-color",
            "Colours even where the output is no terminal; CARAVAN_CLI_FORCE_COLOR and\n"
                + "NOMAD_CLI_FORCE_COLOR say the same."
        ),
        .optional(
            "ca-cert", "path",
            "PEM file with the authority that signed the server's certificate.\n"
                + "Overrides CARAVAN_CACERT and NOMAD_CACERT."
        ),
        .optional(
            "ca-path", "path",
            "Directory of such PEM files; -ca-cert wins over it.\nOverrides CARAVAN_CAPATH and NOMAD_CAPATH."),
        .optional(
            "client-cert", "path",
            "PEM file with the client's certificate; needs -client-key.\n"
                + "Overrides CARAVAN_CLIENT_CERT and NOMAD_CLIENT_CERT."
        ),
        .optional(
            "client-key", "path",
            "PEM file with the key of -client-cert, not encrypted.\n"
                + "Overrides CARAVAN_CLIENT_KEY and NOMAD_CLIENT_KEY."),
        .optional(
            "tls-server-name", "name",
            "Name that the server's certificate carries, if it isn't the address.\n"
                + "Overrides CARAVAN_TLS_SERVER_NAME and NOMAD_TLS_SERVER_NAME."
        ),
        .bool(
            "tls-skip-verify",
            "Do not check the server's certificate. Unsafe; CARAVAN_SKIP_VERIFY and\nNOMAD_SKIP_VERIFY say the same."),
        .optional(
            "token", "secret",
            "Secret of the ACL token to ask with.\nOverrides the CARAVAN_TOKEN and NOMAD_TOKEN environment variables."),
    ]

    /// Environment first, flags over it.
    static func configuration(_ flags: FlagValues, environment: [String: String]) -> ClientConfiguration {
        var configuration = ClientConfiguration(environment: environment)
        if let address = flags.optional("address"), !address.isEmpty { configuration.address = address }
        if let region = flags.optional("region") { configuration.region = region }
        if let namespace = flags.optional("namespace") { configuration.namespace = namespace }
        if let token = flags.optional("token") { configuration.token = token }
        if let path = flags.optional("ca-cert") { configuration.tls.authorityFile = path }
        if let path = flags.optional("ca-path") { configuration.tls.authorityDirectory = path }
        if let path = flags.optional("client-cert") { configuration.tls.certificateFile = path }
        if let path = flags.optional("client-key") { configuration.tls.keyFile = path }
        if let name = flags.optional("tls-server-name") { configuration.tls.serverName = name }
        if flags.bool("tls-skip-verify") { configuration.tls.skipVerify = true }
        return configuration
    }
}
