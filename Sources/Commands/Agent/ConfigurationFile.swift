import Base
import Foundation
import HCL

/// Why the configuration can't be used: every problem found, with its place.
struct ConfigurationError: Error, CustomStringConvertible {
    var description: String
}

extension AgentConfiguration {
    /// Reads a file, or the `.hcl` and `.json` files of a directory in the order of their names.
    mutating func load(path: String) throws(ConfigurationError) {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ConfigurationError(description: "Error loading configuration from \(path): no such file or directory")
        }
        guard isDirectory.boolValue else { return try loadFile(path) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.sorted() where Self.isConfiguration(name) {
            try loadFile(path.hasSuffix("/") ? path + name : path + "/" + name)
        }
    }

    /// Editors' leavings are passed over.
    private static func isConfiguration(_ name: String) -> Bool {
        (name.hasSuffix(".hcl") || name.hasSuffix(".json")) && !name.hasPrefix(".#")
            && !(name.hasPrefix("#") && name.hasSuffix("#"))
    }

    private mutating func loadFile(_ path: String) throws(ConfigurationError) {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError(description: "Error loading configuration from \(path): it can't be read")
        }
        try read([UInt8](data), name: path)
        files.append(path)
    }

    /// Reads the text of a file, HCL or JSON.
    mutating func read(_ bytes: [UInt8], name: String) throws(ConfigurationError) {
        let document = Document(parsing: bytes, name: name)
        var diagnostics = document.diagnostics
        if !diagnostics.hasErrors {
            var reader = ConfigurationReader(configuration: self, diagnostics: diagnostics)
            reader.read(document.body, ConfigurationSchema.top, block: "")
            (self, diagnostics) = (reader.configuration, reader.diagnostics)
        }
        guard diagnostics.hasErrors else { return }
        throw ConfigurationError(
            description: "Error loading configuration from \(name):\n"
                + diagnostics.rendered(sources: [document.source]))
    }
}

private struct ConfigurationReader {
    var configuration: AgentConfiguration
    var diagnostics: Diagnostics
    private let context = EvaluationContext()

    init(configuration: AgentConfiguration, diagnostics: Diagnostics) {
        self.configuration = configuration
        self.diagnostics = diagnostics
    }

    mutating func read(_ body: Body, _ fields: [ConfigurationField], block: String) {
        let content = body.freeForm(in: context, &diagnostics)
        for attribute in content.attributes {
            guard let field = field(attribute.name, fields, block, at: attribute.nameRange) else { continue }
            guard let value = attribute.expression.evaluate(in: context, &diagnostics) else { continue }
            store(value.json, field, block, at: attribute.expression.range)
        }
        for block in content.blocks {
            guard let field = field(block.type, fields, "", at: block.typeRange) else { continue }
            guard block.labels.count == (field.isLabelled ? 1 : 0) else {
                diagnostics.error(
                    "Wrong number of labels",
                    "The block \"\(block.type)\" has \(field.isLabelled ? "one label, its name" : "no labels").",
                    at: block.headerRange)
                continue
            }
            if let fields = field.block {
                read(block.body, fields, block: block.type)
            } else if field.isFreeForm {
                let tree = tree(block.body)
                report(field.store(&configuration, block.labels.first?.value ?? "", tree), field, at: block.headerRange)
            } else {
                diagnostics.error(
                    "Not a block", "\"\(block.type)\" is an argument: write \(block.type) = … instead.",
                    at: block.typeRange)
            }
        }
    }

    private mutating func field(
        _ name: String, _ fields: [ConfigurationField], _ block: String, at range: SourceRange
    ) -> ConfigurationField? {
        if let field = fields.first(where: { $0.name == name }) { return field }
        diagnostics.error(
            "\(block.isEmpty ? "configuration" : block) unexpected keys \(name)",
            "There is no such option here.\(Suggestion.sentence(for: name, among: fields.map(\.name)))", at: range)
        return nil
    }

    private mutating func report(_ fault: String?, _ field: ConfigurationField, at range: SourceRange) {
        if let fault { diagnostics.error("Invalid value for \(field.name)", "\(field.name) \(fault).", at: range) }
    }

    /// A value of the JSON syntax, or of `name = { … }`: blocks come as objects.
    private mutating func store(_ value: JSON, _ field: ConfigurationField, _ block: String, at range: SourceRange) {
        if field.isLabelled {
            for (label, tree) in objects(value).flatMap(\.members) {
                for object in objects(tree) {
                    report(field.store(&configuration, label, .object(object)), field, at: range)
                }
            }
        } else if let fields = field.block {
            for member in objects(value).flatMap(\.members) {
                guard let inner = self.field(member.name, fields, field.name, at: range) else { continue }
                store(member.value, inner, field.name, at: range)
            }
        } else {
            report(field.store(&configuration, "", value), field, at: range)
        }
    }

    /// An object, or the objects of a list: JSON files write single blocks either way.
    private func objects(_ value: JSON) -> [JSONObject] {
        value.objectValue.map { [$0] } ?? (value.arrayValue ?? []).compactMap(\.objectValue)
    }

    /// A free-form block as an object; a block type that comes more than once becomes a list.
    private mutating func tree(_ body: Body) -> JSON {
        var object = JSONObject()
        let content = body.freeForm(in: context, &diagnostics)
        for attribute in content.attributes {
            if let value = attribute.expression.evaluate(in: context, &diagnostics) {
                object[attribute.name] = value.json
            }
        }
        for block in content.blocks {
            var value = tree(block.body)
            for label in block.labels.reversed() { value = [label.value: value] }
            switch object[block.type] {
            case nil: object[block.type] = value
            case .array(let earlier): object[block.type] = .array(earlier + [value])
            case let earlier?: object[block.type] = .array([earlier, value])
            }
        }
        return .object(object)
    }
}
