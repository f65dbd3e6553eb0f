import Base
import Model

/// The names that configuration files may use. What is read and not acted on yet is `kept`.
enum ConfigurationSchema {
    // Computed, because key paths are not Sendable and so can't be stored in statics.
    static var top: [ConfigurationField] {
        [
            .string("region", \.region), .string("datacenter", \.datacenter), .string("name", \.name),
            .string("data_dir", \.dataDir), .string("plugin_dir", \.pluginDir), .string("bind_addr", \.bindAddr),
            .bool("enable_debug", \.enableDebug), .string("log_level", \.logLevel), .bool("log_json", \.logJSON),
            .string("log_file", \.logFile), .bool("leave_on_interrupt", \.leaveOnInterrupt),
            .bool("leave_on_terminate", \.leaveOnTerminate), .bool("disable_update_check", \.disableUpdateCheck),
            .map("http_api_response_headers", \.httpHeaders),
            .block(
                "ports",
                [
                    .int("http", \.ports.http, in: port), .int("rpc", \.ports.rpc, in: port),
                    .int("serf", \.ports.serf, in: port),
                ]),
            .block(
                "addresses",
                [.string("http", \.addresses.http), .string("rpc", \.addresses.rpc), .string("serf", \.addresses.serf)]),
            .block(
                "advertise",
                [.string("http", \.advertise.http), .string("rpc", \.advertise.rpc), .string("serf", \.advertise.serf)]),
            .block("server", server), .block("client", client), .block("tls", tls), .block("acl", acl),
            .block("telemetry", telemetry), .block("limits", limits),
            .labelled("plugin") { configuration, label, tree in
                configuration.plugins[label] = tree
                return nil
            },
        ]
            + keptNames.map { name in
                ConfigurationField(name: name, block: nil, isFreeForm: true, isLabelled: false) {
                    configuration, _, tree in
                    configuration.keptBlocks[name] = tree
                    return nil
                }
            }
    }

    private static let port = 0...65535

    /// Blocks and options of the configuration language that this agent knows by name only.
    private static let keptNames = [
        "consul", "vault", "autopilot", "audit", "sentinel", "ui", "rpc", "reporting", "keyring", "enable_syslog",
        "syslog_facility", "eventlog", "disable_anonymous_signature", "log_include_location", "log_rotate_bytes",
        "log_rotate_duration", "log_rotate_max_files",
    ]

    private static var server: [ConfigurationField] {
        [
            .bool("enabled", \.server.enabled), .int("bootstrap_expect", \.server.bootstrapExpect),
            .string("data_dir", \.server.dataDir), .duration("heartbeat_grace", \.server.heartbeatGrace),
            .duration("min_heartbeat_ttl", \.server.minHeartbeatTTL),
            .double("max_heartbeats_per_second", \.server.maxHeartbeatsPerSecond),
            .duration("node_gc_threshold", \.server.nodeGCThreshold),
            .duration("job_gc_threshold", \.server.jobGCThreshold),
            .duration("job_gc_interval", \.server.jobGCInterval),
            .duration("eval_gc_threshold", \.server.evalGCThreshold),
            .duration("batch_eval_gc_threshold", \.server.batchEvalGCThreshold),
            .duration("deployment_gc_threshold", \.server.deploymentGCThreshold),
            .int("event_buffer_size", \.server.eventBufferSize),
            .strings("enabled_schedulers", \.server.enabledSchedulers),
            .int("num_schedulers", \.server.numSchedulers),
            .int("job_max_priority", \.server.jobMaxPriority, in: 100...32766),
            .int("job_default_priority", \.server.jobDefaultPriority, in: 50...32765),
            .int("job_max_count", \.server.jobMaxCount),
            .block("default_scheduler_config", scheduler),
            ConfigurationField(name: "search", block: nil, isFreeForm: true, isLabelled: false) {
                $0.server.search = $2
                return nil
            },
        ]
            + [
                "authoritative_region", "protocol_version", "raft_protocol", "raft_multiplier", "raft_trailing_logs",
                "raft_snapshot_threshold", "raft_snapshot_interval", "raft_boltdb", "raft_logstore",
                "csi_volume_claim_gc_interval",
                "csi_volume_claim_gc_threshold", "csi_plugin_gc_threshold", "acl_token_gc_threshold",
                "root_key_gc_interval",
                "root_key_gc_threshold", "root_key_rotation_threshold", "failover_heartbeat_ttl", "encrypt",
                "non_voting_server",
                "redundancy_zone", "upgrade_version", "rejoin_after_leave", "start_join", "retry_join", "retry_max",
                "retry_interval", "server_join", "plan_rejection_tracker", "plan_apply_pipeline", "enable_event_broker",
                "deploy_query_rate_limit", "job_default_priority", "job_max_source_size", "job_tracked_versions",
                "oidc_issuer",
                "start_timeout", "client_introduction", "license_path",
            ].map { .kept($0, \.server.kept) }
    }

    private static var client: [ConfigurationField] {
        [
            .bool("enabled", \.client.enabled), .string("state_dir", \.client.stateDir),
            .string("alloc_dir", \.client.allocDir),
            .strings("servers", \.client.servers), .string("node_class", \.client.nodeClass),
            .string("node_pool", \.client.nodePool), .map("meta", \.client.meta), .map("options", \.client.options),
            .map("chroot_env", \.client.chrootEnv), .string("network_interface", \.client.networkInterface),
            .int("network_speed", \.client.networkSpeed), .int("cpu_total_compute", \.client.cpuTotalCompute),
            .int("memory_total_mb", \.client.memoryTotalMB), .int("disk_total_mb", \.client.diskTotalMB),
            .int("disk_free_mb", \.client.diskFreeMB), .int("min_dynamic_port", \.client.minDynamicPort, in: port),
            .int("max_dynamic_port", \.client.maxDynamicPort, in: port),
            .duration("max_kill_timeout", \.client.maxKillTimeout),
            .block(
                "reserved",
                [
                    .int("cpu", \.client.reserved.cpu), .string("cores", \.client.reserved.cores),
                    .int("memory", \.client.reserved.memory), .int("disk", \.client.reserved.disk),
                    .string("reserved_ports", \.client.reserved.reservedPorts),
                ]),
            .duration("gc_interval", \.client.gcInterval), .int("gc_max_allocs", \.client.gcMaxAllocs),
            .double("gc_disk_usage_threshold", \.client.gcDiskUsageThreshold),
            .double("gc_inode_usage_threshold", \.client.gcInodeUsageThreshold),
            .bool("disable_remote_exec", \.client.disableRemoteExec),
            .string("bridge_network_name", \.client.bridgeNetworkName),
            .string("bridge_network_subnet", \.client.bridgeNetworkSubnet),
            .bool("bridge_network_hairpin_mode", \.client.bridgeNetworkHairpinMode),
            .string("cni_path", \.client.cniPath),
            .string("cni_config_dir", \.client.cniConfigDir), .string("cgroup_parent", \.client.cgroupParent),
            .labelled("host_volume") { configuration, label, tree in
                guard let path = tree["path"]?.stringValue, !path.isEmpty else {
                    return "Missing path in host_volume config"
                }
                var volume = HostVolume()
                (volume.name, volume.path) = (label, path)
                volume.readOnly = tree["read_only"]?.boolValue ?? false
                configuration.client.hostVolumes[label] = volume
                return nil
            },
            .labelled("host_network") { configuration, label, tree in
                configuration.client.hostNetworks[label] = tree
                return nil
            },
        ]
            + [
                "alloc_mounts_dir", "host_volumes_dir", "host_volume_plugin_dir", "common_plugin_dir", "server_join",
                "default_ineligible", "preferred_address_family", "cpu_disable_dmidecode", "reservable_cores",
                "client_min_port",
                "client_max_port", "gc_parallel_destroys", "gc_volumes_on_node_gc", "no_host_uuid", "node_max_allocs",
                "bridge_network_subnet_ipv6", "bind_wildcard_default_host_network",
                "nomad_service_discovery", "fingerprint", "template", "artifact", "drain_on_shutdown", "users",
            ].map { .kept($0, \.client.kept) }
    }

    private static var tls: [ConfigurationField] {
        [
            .bool("http", \.tls.http), .bool("rpc", \.tls.rpc), .string("ca_file", \.tls.caFile),
            .string("cert_file", \.tls.certFile), .string("key_file", \.tls.keyFile),
            .bool("verify_server_hostname", \.tls.verifyServerHostname),
            .bool("verify_https_client", \.tls.verifyHTTPSClient),
        ]
    }

    private static var acl: [ConfigurationField] {
        [
            .bool("enabled", \.acl.enabled), .duration("token_ttl", \.acl.tokenTTL),
            .duration("policy_ttl", \.acl.policyTTL),
            .duration("token_min_expiration_ttl", \.acl.tokenMinExpirationTTL),
            .duration("token_max_expiration_ttl", \.acl.tokenMaxExpirationTTL),
            .string("replication_token", \.acl.replicationToken),
        ]
    }

    private static var telemetry: [ConfigurationField] {
        [
            .duration("collection_interval", \.telemetry.collectionInterval),
            .bool("prometheus_metrics", \.telemetry.prometheusMetrics),
            .bool("publish_allocation_metrics", \.telemetry.publishAllocationMetrics),
            .bool("publish_node_metrics", \.telemetry.publishNodeMetrics),
            .bool("disable_hostname", \.telemetry.disableHostname),
        ]
            + [
                "in_memory_collection_interval", "in_memory_retention_period", "statsite_address", "statsd_address",
                "datadog_address", "datadog_tags", "use_node_name", "prefix_filter", "filter_default",
                "disable_dispatched_job_summary_metrics", "include_alloc_metadata_in_metrics",
            ].map { .kept($0, \.telemetry.kept) }
    }

    /// What a new cluster's scheduler configuration is; once there is one, operators change it through the API.
    private static var scheduler: [ConfigurationField] {
        [
            ConfigurationField(name: "scheduler_algorithm", block: nil, isFreeForm: false, isLabelled: false) {
                guard let name = $2.stringValue, ["binpack", "spread"].contains(name) else {
                    return "must be \"binpack\" or \"spread\""
                }
                $0.server.scheduler.schedulerAlgorithm = name
                return nil
            },
            .bool("memory_oversubscription_enabled", \.server.scheduler.memoryOversubscriptionEnabled),
            .bool("reject_job_registration", \.server.scheduler.rejectJobRegistration),
            .bool("pause_eval_broker", \.server.scheduler.pauseEvalBroker),
            // Every node is looked at, whatever the limit.
            ConfigurationField(
                name: "node_limit_for_feasibility_checks", block: nil, isFreeForm: false, isLabelled: false
            ) { _, _, value in value.intValue == nil ? "must be a whole number" : nil },
            .block(
                "preemption_config",
                [
                    .bool("system_scheduler_enabled", \.server.scheduler.preemptionConfig.systemSchedulerEnabled),
                    .bool("sysbatch_scheduler_enabled", \.server.scheduler.preemptionConfig.sysBatchSchedulerEnabled),
                    .bool("batch_scheduler_enabled", \.server.scheduler.preemptionConfig.batchSchedulerEnabled),
                    .bool("service_scheduler_enabled", \.server.scheduler.preemptionConfig.serviceSchedulerEnabled),
                ]),
        ]
    }

    private static var limits: [ConfigurationField] {
        [
            .duration("https_handshake_timeout", \.limits.httpsHandshakeTimeout),
            .int("http_max_conns_per_client", \.limits.httpMaxConnsPerClient),
            .duration("rpc_handshake_timeout", \.limits.rpcHandshakeTimeout),
            .int("rpc_max_conns_per_client", \.limits.rpcMaxConnsPerClient),
        ]
    }
}
