import Base

extension Validation {
    static func check(_ check: CheckSpec, of service: ServiceSpec) -> Problems {
        var problems = Problems()
        let type = check.type.lowercased()
        let types = service.provider == "nomad" ? ["tcp", "http"] : ["grpc", "http", "tcp", "script"]
        problems.add(
            if: !types.contains(type), at: "Type",
            "invalid type (\"\(check.type)\"), must be one of \(types.map { "\"\($0)\"" }.joined(separator: ", ")) type"
        )
        problems.add(
            if: check.interval < .seconds(1), at: "Interval",
            check.interval == .zero
                ? "missing required value interval. Interval cannot be less than 1s"
                : "interval (\(check.interval.text)) cannot be lower than 1s")
        problems.add(
            if: check.timeout < .seconds(1), at: "Timeout",
            check.timeout == .zero
                ? "missing required value timeout. Timeout cannot be less than 1s"
                : "timeout (\(check.timeout.text)) is lower than required minimum timeout 1s")
        if type == "http" {
            problems.add(if: check.path.isEmpty, at: "Path", "http type must have a valid http path")
            problems.add(
                if: check.path.contains("://"), at: "Path", "relative http path required, not \"\(check.path)\"")
        }
        problems.add(
            if: type == "script" && check.command.isEmpty, at: "Command",
            "script type must have a valid script path: set command")
        problems.add(
            if: !["", "passing", "warning", "critical"].contains(check.initialStatus), at: "InitialStatus",
            "invalid initial check state (\(check.initialStatus)), must be one of \"passing\", \"critical\", \"warning\" or empty"
        )
        problems.add(
            if: !["", "host", "driver", "alloc", "alloc_ipv6"].contains(check.addressMode), at: "AddressMode",
            "invalid address_mode \"\(check.addressMode)\"; must be host, driver, alloc or alloc_ipv6")
        onUpdate(check, &problems)
        thresholds(check, type: type, &problems)
        problems.add(if: check.notes.utf8.count > 255, at: "Notes", "notes must not be longer than 255 characters")
        problems.add(
            if: check.expose && type != "http" && type != "grpc", at: "Expose",
            "expose may only be set on HTTP or gRPC checks, not on \(check.type)")
        let hasSidecar = service.connect?["SidecarService"]?.objectValue != nil
        problems.add(
            if: type == "tcp" && hasSidecar, at: "Type",
            "tcp checks are not valid for Connect enabled services: only the sidecar reaches the service")
        problems.add(
            if: check.expose && !hasSidecar && service.provider != "nomad", at: "Expose",
            "exposed service check requires use of sidecar_proxy: expose leads past the sidecar of a group service")
        if service.provider == "nomad" { nomadOnly(check, &problems) }
        return problems
    }

    private static func onUpdate(_ check: CheckSpec, _ problems: inout Problems) {
        switch check.onUpdate {
        case "", "require_healthy": break
        case "ignore_warnings":
            problems.add(
                if: check.checkRestart.map { !$0.ignoreWarnings } ?? false, at: "CheckRestart",
                "on_update value \"ignore_warnings\" not supported with check_restart ignore_warnings value \"false\"")
        case "ignore":
            problems.add(
                if: check.checkRestart != nil, at: "CheckRestart",
                "on_update value \"ignore\" is not compatible with check_restart")
        default:
            problems.add(
                at: "OnUpdate",
                "on_update must be \"require_healthy\", \"ignore_warnings\" or \"ignore\"; not \"\(check.onUpdate)\"")
        }
        if let restart = check.checkRestart {
            problems.add(
                if: restart.limit < 0, at: "CheckRestart.Limit",
                "limit must be greater than or equal to 0 but found \(restart.limit)")
            problems.add(
                if: restart.grace < .zero, at: "CheckRestart.Grace",
                "grace period must be greater than or equal to 0 but found \(restart.grace.text)")
        }
    }

    private static func thresholds(_ check: CheckSpec, type: String, _ problems: inout Problems) {
        let values = [
            ("success_before_passing", "SuccessBeforePassing", check.successBeforePassing),
            ("failures_before_critical", "FailuresBeforeCritical", check.failuresBeforeCritical),
            ("failures_before_warning", "FailuresBeforeWarning", check.failuresBeforeWarning),
        ]
        for (name, field, value) in values {
            problems.add(if: value < 0, at: FieldPath(field: field), "\(name) must be non-negative, not \(value)")
            problems.add(
                if: value > 0 && !["tcp", "http", "grpc"].contains(type), at: FieldPath(field: field),
                "\(name) not supported for check of type \"\(check.type)\"")
        }
    }

    /// What checks of the cluster's own provider can't do.
    private static func nomadOnly(_ check: CheckSpec, _ problems: inout Problems) {
        let unsupported: [(Bool, FieldPath, String)] = [
            (check.expose, "Expose", "expose"),
            (check.onUpdate == "ignore_warnings", "OnUpdate", "on_update = \"ignore_warnings\""),
            (
                check.checkRestart?.ignoreWarnings ?? false, "CheckRestart.IgnoreWarnings",
                "check_restart ignore_warnings"
            ),
            (check.addressMode == "driver", "AddressMode", "address_mode = \"driver\""),
            (check.successBeforePassing > 0, "SuccessBeforePassing", "success_before_passing"),
            (check.failuresBeforeCritical > 0, "FailuresBeforeCritical", "failures_before_critical"),
            (check.failuresBeforeWarning > 0, "FailuresBeforeWarning", "failures_before_warning"),
            (!check.tlsServerName.isEmpty, "TLSServerName", "tls_server_name"),
        ]
        for (isUsed, path, name) in unsupported where isUsed {
            problems.add(at: path, "\(name) is not possible with provider \"nomad\"")
        }
        let methods = ["", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"]
        problems.add(
            if: !methods.contains(check.method.uppercased()), at: "Method",
            "method type \"\(check.method)\" not supported in Nomad http check")
    }
}
