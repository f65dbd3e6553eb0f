import Base

// The tables of services, checks and the mesh.

private let second: Int64 = 1_000_000_000

extension JobSchema {
    public static let service = BlockSchema(
        "service",
        [
            .value("id", "Id", .text),
            .value("name", "Name", .text),
            .value("provider", "Provider", .text, canonical: "consul"),
            .value("port", "PortLabel", .text),
            .value("address_mode", "AddressMode", .text, canonical: "auto"),
            .value("address", "Address", .text),
            .value("tags", "Tags", .texts),
            .value("canary_tags", "CanaryTags", .texts),
            .value("enable_tag_override", "EnableTagOverride", .flag),
            .value("meta", "Meta", .textMap),
            .value("canary_meta", "CanaryMeta", .textMap),
            .value("tagged_addresses", "TaggedAddresses", .textMap),
            .value("task", "TaskName", .text),
            .value("on_update", "OnUpdate", .text, canonical: "require_healthy"),
            .value("check", "Checks", .blocks(check)),
            .option("check_restart", "CheckRestart", .block(checkRestart)),
            .option("connect", "Connect", .block(connect)),
            .option("weights", "Weights", .block(weights)),
            .option("identity", "Identity", .block(identity)),
            .value("cluster", "Cluster", .text, canonical: "default"),
            .value("kind", "Kind", .text),
            .value(nil, "Namespace", .text),
        ])

    static let weights = BlockSchema(
        "weights",
        [
            .value("passing", "Passing", .integer),
            .value("warning", "Warning", .integer),
        ])

    public static let check = BlockSchema(
        "check",
        [
            .value("id", "Id", .text),
            .value("name", "Name", .text),
            .value("type", "Type", .text),
            .value("command", "Command", .text),
            .value("args", "Args", .texts),
            .value("path", "Path", .text),
            .value("protocol", "Protocol", .text),
            .value("port", "PortLabel", .text),
            .value("expose", "Expose", .flag),
            .value("address_mode", "AddressMode", .text),
            .value("advertise", "Advertise", .text),
            .value("interval", "Interval", .duration),
            .value("timeout", "Timeout", .duration),
            .value("initial_status", "InitialStatus", .text),
            .value("notes", "Notes", .text),
            .value("tls_server_name", "TLSServerName", .text),
            .value("tls_skip_verify", "TLSSkipVerify", .flag),
            .value("header", "Header", .textListMap),
            .value("method", "Method", .text),
            .value("body", "Body", .text),
            .option("check_restart", "CheckRestart", .block(checkRestart)),
            .value("grpc_service", "GRPCService", .text),
            .value("grpc_use_tls", "GRPCUseTLS", .flag),
            .value("task", "TaskName", .text),
            .value("success_before_passing", "SuccessBeforePassing", .integer),
            .value("failures_before_critical", "FailuresBeforeCritical", .integer),
            .value("failures_before_warning", "FailuresBeforeWarning", .integer),
            .value("on_update", "OnUpdate", .text),
        ])

    static let checkRestart = BlockSchema(
        "check_restart",
        [
            .value("limit", "Limit", .integer),
            .option("grace", "Grace", .duration),
            .value("ignore_warnings", "IgnoreWarnings", .flag),
        ])

    public static let connect = BlockSchema(
        "connect",
        [
            .value("native", "Native", .flag),
            .option("sidecar_service", "SidecarService", .block(sidecarService)),
            .option("sidecar_task", "SidecarTask", .block(sidecarTask)),
            .option("gateway", "Gateway", .block(gateway)),
        ])

    static let sidecarService = BlockSchema(
        "sidecar_service",
        [
            .value("tags", "Tags", .texts),
            .value("port", "Port", .text),
            .value("disable_default_tcp_check", "DisableDefaultTCPCheck", .flag),
            .value("meta", "Meta", .textMap),
            .option("proxy", "Proxy", .block(sidecarProxy)),
        ])

    static let sidecarProxy = BlockSchema(
        "proxy",
        [
            .value("local_service_address", "LocalServiceAddress", .text),
            .value("local_service_port", "LocalServicePort", .integer),
            .option("expose", "ExposeConfig", .block(expose), aliases: ["Expose"]),
            .value("upstreams", "Upstreams", .blocks(upstream)),
            .option("transparent_proxy", "TransparentProxy", .block(transparentProxy)),
            .value("config", "Config", .free),
        ])

    static let expose = BlockSchema(
        "expose", [.value("path", "Path", .blocks(exposePath), aliases: ["Paths"])])

    static let exposePath = BlockSchema(
        "path",
        [
            .value("path", "Path", .text),
            .value("protocol", "Protocol", .text),
            .value("local_path_port", "LocalPathPort", .integer),
            .value("listener_port", "ListenerPort", .text),
        ])

    static let upstream = BlockSchema(
        "upstreams",
        [
            .value("destination_name", "DestinationName", .text),
            .value("destination_namespace", "DestinationNamespace", .text),
            .value("destination_peer", "DestinationPeer", .text),
            .value("destination_partition", "DestinationPartition", .text),
            .value("destination_type", "DestinationType", .text),
            .value("local_bind_port", "LocalBindPort", .integer),
            .value("datacenter", "Datacenter", .text),
            .value("local_bind_address", "LocalBindAddress", .text),
            .value("local_bind_socket_path", "LocalBindSocketPath", .text),
            .value("local_bind_socket_mode", "LocalBindSocketMode", .text),
            .option("mesh_gateway", "MeshGateway", .block(meshGateway)),
            .value("config", "Config", .free),
        ])

    static let meshGateway = BlockSchema("mesh_gateway", [.value("mode", "Mode", .text)])

    static let transparentProxy = BlockSchema(
        "transparent_proxy",
        [
            .value("uid", "UID", .text),
            .value("outbound_port", "OutboundPort", .integer),
            .value("exclude_inbound_ports", "ExcludeInboundPorts", .texts),
            .value("exclude_outbound_ports", "ExcludeOutboundPorts", .any),
            .value("exclude_outbound_cidrs", "ExcludeOutboundCIDRs", .texts),
            .value("exclude_uids", "ExcludeUIDs", .texts),
            .value("no_dns", "NoDNS", .flag),
        ])

    static let sidecarTask = BlockSchema(
        "sidecar_task",
        [
            .value("name", "Name", .text),
            .value("driver", "Driver", .text),
            .value("user", "User", .text),
            .value("config", "Config", .free),
            .value("env", "Env", .textMap),
            .option("resources", "Resources", .block(resources)),
            .value("meta", "Meta", .textMap),
            .option("kill_timeout", "KillTimeout", .duration, .int(5 * second)),
            .option("logs", "LogConfig", .block(logs)),
            .option("shutdown_delay", "ShutdownDelay", .duration, 0),
            .value("kill_signal", "KillSignal", .text),
            .value("volume_mount", "VolumeMounts", .blocks(volumeMount)),
            .value("identity", "Identities", .blocks(identity)),
        ])

    static let gateway = BlockSchema(
        "gateway",
        [
            .option("proxy", "Proxy", .block(gatewayProxy)),
            .option("ingress", "Ingress", .block(ingress)),
            .option("terminating", "Terminating", .block(terminating)),
            .option("mesh", "Mesh", .block(BlockSchema("mesh", []))),
        ])

    static let gatewayProxy = BlockSchema(
        "proxy",
        [
            .option("connect_timeout", "ConnectTimeout", .duration, .int(5 * second)),
            .value("envoy_gateway_bind_tagged_addresses", "EnvoyGatewayBindTaggedAddresses", .flag),
            .value("envoy_gateway_bind_addresses", "EnvoyGatewayBindAddresses", .labelled(bindAddress)),
            .value("envoy_gateway_no_default_bind", "EnvoyGatewayNoDefaultBind", .flag),
            .value("envoy_dns_discovery_type", "EnvoyDNSDiscoveryType", .text),
            .value("config", "Config", .free),
        ])

    static let bindAddress = BlockSchema(
        "envoy_gateway_bind_addresses", label: BlockLabel("name", json: "Name"),
        [
            .value(nil, "Name", .text),
            .value("address", "Address", .text),
            .value("port", "Port", .integer),
        ])
}
