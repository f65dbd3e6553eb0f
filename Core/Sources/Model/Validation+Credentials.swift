import Base

extension Validation {
    /// Vault, secrets and identities of a task.
    static func credentials(_ task: TaskSpec, _ problems: inout Problems) {
        if let vault = task.vault?.objectValue {
            problems.add("Vault validation failed", self.vault(vault), at: "Vault")
        }
        secrets(task, &problems)
        let own = task.identity.map { [($0, "Identity" as FieldPath)] } ?? []
        for (identity, path) in task.identities.enumerated().map({ ($1, FieldPath("Identities", $0)) }) + own {
            guard let identity = identity.objectValue else { continue }
            problems.add("Identity \(identity.text("Name")) is invalid", self.identity(identity), at: path)
        }
        if let schedule = task.schedule, !schedule.isNull {
            problems.add(at: "Schedule", "task schedules requires Nomad Enterprise; remove the schedule block")
        }
    }

    private static func vault(_ vault: JSONObject) -> Problems {
        var problems = Problems()
        switch vault.text("ChangeMode") {
        case "noop", "restart": break
        case "signal":
            problems.add(
                if: vault.text("ChangeSignal").isEmpty, at: "ChangeMode",
                "Signal must be specified when using change mode \"signal\"")
        default:
            problems.add(
                at: "ChangeMode",
                "Unknown change mode \"\(vault.text("ChangeMode"))\"; must be noop, restart or signal")
        }
        for policy in vault["Policies"]?.arrayValue ?? [] where policy == "root" {
            problems.add(at: "Policies", "Can not specify \"root\" policy")
        }
        return problems
    }

    private static func secrets(_ task: TaskSpec, _ problems: inout Problems) {
        var seen: Set<String> = []
        for (at, secret) in task.secrets.enumerated().compactMap({ at, tree in tree.objectValue.map { (at, $0) } }) {
            var inner = Problems()
            let name = secret.text("Name")
            let isValid =
                (1...128).contains(name.utf8.count)
                && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            inner.add(if: !isValid, "secret name must be 1 to 128 letters, digits or underscores")
            inner.add(if: !seen.insert(name).inserted, "secret name is used twice in the task")
            let provider = secret.text("Provider")
            inner.add(if: provider.isEmpty, at: "Provider", "secret provider cannot be empty")
            inner.add(if: secret.text("Path").isEmpty, at: "Path", "secret path cannot be empty")
            let isBuiltIn = provider == "nomad" || provider == "vault"
            inner.add(
                if: isBuiltIn && !(secret.object("Env")?.isEmpty ?? true), at: "Env",
                "\(provider) provider cannot use the env block")
            inner.add(
                if: !isBuiltIn && !(secret.object("Config")?.isEmpty ?? true), at: "Config",
                "custom plugin provider cannot use the config block")
            inner.add(
                if: provider == "vault" && task.vault == nil, at: "Provider",
                "vault provider requires a vault block in the task")
            problems.add("Secret \(name) is invalid", inner, at: FieldPath("Secrets", at))
        }
    }

    static func identity(_ identity: JSONObject) -> Problems {
        var problems = Problems()
        let name = identity.text("Name")
        problems.add(
            if: !name.isEmpty
                && !(name.utf8.count <= 128
                    && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }),
            at: "Name",
            "invalid name \"\(name)\": must match regex ^[a-zA-Z0-9-_]{1,128}$")
        let ttl = identity["TTL"]?.intValue ?? 0
        problems.add(if: ttl < 0, at: "TTL", "ttl must be >= 0")
        problems.add(
            if: ttl > 0 && ["", "default"].contains(name), at: "TTL", "ttl is not possible for the default identity")
        problems.add(
            if: !identity.text("Filepath").isEmpty && identity["File"] != true, at: "Filepath",
            "filepath requires file = true")
        let mode = identity.text("ChangeMode")
        problems.add(
            if: !["", "noop", "restart", "signal"].contains(mode), at: "ChangeMode",
            "invalid change_mode \"\(mode)\"; must be noop, restart or signal")
        problems.add(
            if: mode == "signal" && identity.text("ChangeSignal").isEmpty, at: "ChangeMode",
            "change_signal must be set with change_mode=signal")
        problems.add(
            if: mode != "signal" && !identity.text("ChangeSignal").isEmpty, at: "ChangeSignal",
            "change_signal is only possible with change_mode=signal")
        return problems
    }
}
