import Base

/// Files that describe a volume, in HCL or JSON.
enum VolumeSpecification {
    private static let names = [
        "id": "ID", "name": "Name", "namespace": "Namespace", "type": "Type", "external_id": "ExternalID",
        "plugin_id": "PluginID", "snapshot_id": "SnapshotID", "clone_id": "CloneID",
        "capacity_min": "RequestedCapacityMin", "capacity_max": "RequestedCapacityMax",
        "capability": "RequestedCapabilities", "mount_options": "MountOptions",
        "topology_request": "RequestedTopologies", "secrets": "Secrets", "parameters": "Parameters",
        "context": "Context",
    ]
    private static let capabilityNames = ["access_mode": "AccessMode", "attachment_mode": "AttachmentMode"]
    private static let mountNames = ["fs_type": "FSType", "mount_flags": "MountFlags"]
    private static let topologyNames = ["required": "Required", "preferred": "Preferred"]

    /// Reads a file, or standard input for `-`, into the API's form.
    static func read(path: String) throws -> JSON {
        let bytes: [UInt8]
        do {
            bytes = try StandardInput.file(path)
        } catch {
            throw CommandFailure("Failed to read volume file: \(error)")
        }
        return try parse(bytes, name: path == "-" ? "standard input" : path)
    }

    static func parse(_ bytes: [UInt8], name: String) throws -> JSON {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let isJSON = bytes.first { !space.contains($0) } == UInt8(ascii: "{")
        let tree = try SpecificationFile.tree(
            bytes, name: name, json: isJSON, repeated: ["capability", "topology"], takesLegacy: true)
        // The API's own form, as `volume status -json` prints it or a request has it.
        if isJSON, let volume = tree["Volumes"]?[0] { return volume }
        if isJSON, tree["ID"] != nil { return .object(tree) }
        var volume = try SpecificationFile.renamed(tree, names, in: "volume")
        let type = volume["Type"]?.stringValue ?? "csi"
        volume["Type"] = nil
        guard type == "csi" else {
            throw CommandFailure(
                type == "host"
                    ? "Dynamic host volumes are not supported: configure host_volume in the client block of the node"
                    : "Error unknown volume type: \(type); must be csi")
        }
        for name in ["RequestedCapacityMin", "RequestedCapacityMax"] {
            if let size = volume[name] { volume[name] = .int(try Self.bytes(of: size, name)) }
        }
        if let list = volume["RequestedCapabilities"] {
            volume["RequestedCapabilities"] = .array(try elements(list).map { try inner($0, capabilityNames) })
        }
        if let options = volume["MountOptions"] { volume["MountOptions"] = try inner(single(options), mountNames) }
        for name in ["Secrets", "Parameters", "Context"] {
            if let map = volume[name] { volume[name] = single(map) }
        }
        if let request = volume["RequestedTopologies"] { volume["RequestedTopologies"] = try topologies(request) }
        return .object(volume)
    }

    private static func inner(_ tree: JSON, _ names: [String: String]) throws -> JSON {
        guard let object = tree.objectValue else { throw CommandFailure("volume: \(tree.text) must be a block") }
        return .object(try SpecificationFile.renamed(object, names, in: "volume"))
    }

    private static func elements(_ tree: JSON) -> [JSON] { tree.arrayValue ?? [tree] }

    /// A block that can stand once; JSON may have it as a list of one.
    private static func single(_ tree: JSON) -> JSON { tree.arrayValue?.first ?? tree }

    /// `required { topology { segments { … } } }` becomes `{"Required": [{"Segments": {…}}]}`.
    private static func topologies(_ request: JSON) throws -> JSON {
        guard var object = try inner(single(request), topologyNames).objectValue else { return .null }
        for name in topologyNames.values.sorted() {
            guard let place = object[name] else { continue }
            let topologies = single(place)["topology"].map(elements) ?? []
            object[name] = .array(topologies.map { ["Segments": single($0["segments"] ?? [:])] })
        }
        return .object(object)
    }

    /// `10GiB`, `200G`, `512 MB` or a number of bytes.
    static func bytes(of size: JSON, _ name: String) throws -> Int64 {
        if let number = size.intValue { return number }
        let text = size.stringValue ?? ""
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let unit = text.dropFirst(digits.count).filter { $0 != " " }.lowercased()
        let powers: [Character: Int] = ["k": 1, "m": 2, "g": 3, "t": 4, "p": 5, "e": 6]
        let rest = unit.dropFirst()
        if let number = Double(digits), number >= 0 {
            var factor: Double?
            if unit.isEmpty || unit == "b" {
                factor = 1
            } else if let power = unit.first.flatMap({ powers[$0] }), ["", "b", "i", "ib"].contains(rest) {
                factor = (0..<power).reduce(1.0) { product, _ in product * (rest.hasPrefix("i") ? 1024 : 1000) }
            }
            if let factor, number * factor < 9e18 { return Int64(number * factor) }
        }
        let key = names.first { $0.value == name }?.key ?? name
        throw CommandFailure("volume: \(key) is no size: \(size.text); write for example \"10GiB\"")
    }
}
