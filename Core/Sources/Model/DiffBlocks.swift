import Base

/// Compares blocks: objects, lists taken as sets, lists whose elements have names.
struct DiffBlocks {
    /// What later versions of the API added and nobody has set: shown only when it says something.
    private static let quiet: [String: JSON] = [
        "RenderTemplates": false, "Disabled": false, "SecretsMB": 0, "IgnoreCollision": false,
        "FailuresBeforeWarning": 0, "GetterInsecure": false, "Chown": false, "Once": false, "ErrMissingKey": false,
        "DisableFile": false, "AllowTokenExpiration": false, "PreventRescheduleOnLost": false, "NodePool": "default",
        "Provider": "consul", "Cluster": "default", "RunOnFirstRender": false,
    ]

    /// Fields that their block's readers don't know as part of it.
    private static let leftOut: [String: Set<String>] = [
        "Update": ["Stagger"], "Scaling": ["ID", "CreateIndex", "ModifyIndex", "Target", "Type"],
        "ScalingPolicy": ["ID", "CreateIndex", "ModifyIndex", "Target"], "Service": ["Namespace"],
    ]

    /// A plain value as text; nil for lists and objects, "" for what isn't set.
    private func text(_ value: JSON) -> String? {
        switch value {
        case .null: ""
        case .bool(let flag): flag ? "true" : "false"
        case .int, .double: value.text
        case .string(let text): text
        case .array, .object: nil
        }
    }

    /// The plain fields of an object.
    func plain(_ object: JSONObject, _ leftOut: Set<String>) -> [String: String] {
        var result: [String: String] = [:]
        for (name, value) in object.members where !leftOut.contains(name) && Self.quiet[name] != value {
            if let text = text(value), !text.isEmpty { result[name] = text }
        }
        return result
    }

    /// A tree as fields named by their paths: `args[0]`, `Meta[key]`.
    func flat(_ tree: JSON?, _ name: String) -> [String: String] {
        var result: [String: String] = [:]
        switch tree ?? .null {
        case .array(let elements):
            for (at, element) in elements.enumerated() { result.merge(flat(element, "\(name)[\(at)]")) { $1 } }
        case .object(let object):
            for (key, value) in object.members {
                result.merge(flat(value, name.isEmpty ? key : "\(name)[\(key)]")) { $1 }
            }
        case let value:
            if let text = text(value), !text.isEmpty { result[name] = text }
        }
        return result
    }

    func compare(_ old: [String: String], _ new: [String: String], withContext: Bool) -> [FieldDiff] {
        Set(old.keys).union(new.keys).sorted().compactMap {
            FieldDiff($0, old[$0] ?? "", new[$0] ?? "", withContext: withContext)
        }
    }

    /// One block; nil when nothing changed in it.
    func object(_ name: String, _ old: JSON?, _ new: JSON?) -> ObjectDiff? {
        let before = old?.objectValue
        let after = new?.objectValue
        guard before != after, before != nil || after != nil else { return nil }
        var diff = ObjectDiff(type: DiffType(old: before != nil, new: after != nil, changed: true), name: name)
        if name == "Config" || name == "Policy" {
            diff.fields = compare(flat(old, ""), flat(new, ""), withContext: true)
        } else {
            let leftOut = Self.leftOut[name] ?? []
            diff.fields = compare(
                plain(before ?? [:], leftOut), plain(after ?? [:], leftOut), withContext: true)
            diff.objects = inner(before ?? [:], after ?? [:], leftOut)
        }
        let changes = diff.fields.contains { $0.type != .none } || !diff.objects.isEmpty
        return changes ? diff : nil
    }

    /// The blocks and lists inside a block, by the names that the API gives them.
    private func inner(_ old: JSONObject, _ new: JSONObject, _ leftOut: Set<String>) -> [ObjectDiff] {
        var result: [ObjectDiff] = []
        for name in Set(old.names).union(new.names).subtracting(leftOut).sorted() {
            let pair = (old[name], new[name])
            switch pair.1?.isNull ?? true ? pair.0 ?? .null : pair.1 ?? .null {
            case .object: result += [object(Self.renamed[name] ?? name, pair.0, pair.1)].compactMap { $0 }
            case .array(let elements):
                if name == "Checks" {
                    result += named("Check", "Name", pair.0, pair.1)
                } else if let first = elements.first, first.objectValue != nil {
                    result += set(Self.singular[name] ?? name, pair.0, pair.1)
                } else {
                    result += texts(name, pair.0, pair.1)
                }
            default: break
            }
        }
        return result
    }

    private static let renamed = ["Connect": "ConsulConnect", "Proxy": "ConsulProxy"]

    private static let singular: [String: String] = [
        "DynamicPorts": "Dynamic Port", "ReservedPorts": "Static Port", "Networks": "Network",
        "Devices": "Device", "Constraints": "Constraint", "Affinities": "Affinity", "Upstreams": "ConsulUpstreams",
        "SpreadTarget": "SpreadTarget",
    ]

    func objects(_ names: [(member: String, name: String)], _ old: JSONObject, _ new: JSONObject) -> [ObjectDiff] {
        names.compactMap { object($0.name, old[$0.member], new[$0.member]) }
    }

    /// Constraints, affinities and spreads.
    func placement(_ old: JSONObject, _ new: JSONObject) -> [ObjectDiff] {
        set("Constraint", old["Constraints"], new["Constraints"])
            + set("Affinity", old["Affinities"], new["Affinities"])
            + set("Spread", old["Spreads"], new["Spreads"])
    }

    /// A list whose order and names say nothing: elements come or go whole.
    func set(_ name: String, _ old: JSON?, _ new: JSON?) -> [ObjectDiff] {
        var gone = old?.arrayValue ?? []
        var come: [JSON] = []
        for element in new?.arrayValue ?? [] {
            if let at = gone.firstIndex(of: element) { gone.remove(at: at) } else { come.append(element) }
        }
        return come.compactMap { object(name, nil, $0) } + gone.compactMap { object(name, $0, nil) }
    }

    /// A list whose elements are known by a field.
    func named(_ name: String, _ key: String, _ old: JSON?, _ new: JSON?) -> [ObjectDiff] {
        func byKey(_ list: JSON?) -> [String: JSON] {
            Dictionary((list?.arrayValue ?? []).map { ($0[key]?.stringValue ?? "", $0) }) { first, _ in first }
        }
        let before = byKey(old)
        let after = byKey(new)
        return Set(before.keys).union(after.keys).sorted().compactMap { object(name, before[$0], after[$0]) }
    }

    /// An object whose members are blocks.
    func map(_ name: String, _ old: JSON?, _ new: JSON?) -> [ObjectDiff] {
        let names = Set(old?.objectValue?.names ?? []).union(new?.objectValue?.names ?? [])
        return names.sorted().compactMap { object(name, old?[$0], new?[$0]) }
    }

    /// A list of texts as a block of its own, each text a field of the list's name.
    func texts(_ name: String, _ old: JSON?, _ new: JSON?) -> [ObjectDiff] {
        let before = Set((old?.arrayValue ?? []).compactMap(text))
        let after = Set((new?.arrayValue ?? []).compactMap(text))
        guard before != after else { return [] }
        var diff = ObjectDiff(type: DiffType(old: !before.isEmpty, new: !after.isEmpty, changed: true), name: name)
        diff.fields = before.union(after).sorted().compactMap { text in
            FieldDiff(name, before.contains(text) ? text : "", after.contains(text) ? text : "", withContext: true)
        }
        return [diff]
    }
}
