import Base
import HCL

/// One thing that a block of the configuration may say, and where it goes.
struct ConfigurationField {
    let name: String
    /// Nested blocks of this name instead of an attribute: read with these fields.
    let block: [ConfigurationField]?
    /// Free-form blocks are kept whole.
    let isFreeForm: Bool
    /// The block has a label (`plugin "docker"`), handed to `store`.
    let isLabelled: Bool
    /// Stores a value; returns what is wrong with it, or nil.
    let store: (inout AgentConfiguration, _ label: String, JSON) -> String?

    typealias Path<T> = WritableKeyPath<AgentConfiguration, T>

    private static func attribute(
        _ name: String, _ store: @escaping (inout AgentConfiguration, JSON) -> String?
    ) -> ConfigurationField {
        ConfigurationField(name: name, block: nil, isFreeForm: false, isLabelled: false) { store(&$0, $2) }
    }

    static func string(_ name: String, _ path: Path<String>) -> ConfigurationField {
        attribute(name) { configuration, value in
            guard let text = value.stringValue else { return "must be a string" }
            configuration[keyPath: path] = text
            return nil
        }
    }

    static func bool(_ name: String, _ path: Path<Bool>) -> ConfigurationField {
        attribute(name) { configuration, value in
            guard let flag = value.boolValue ?? Bool(value.stringValue ?? "") else { return "must be true or false" }
            configuration[keyPath: path] = flag
            return nil
        }
    }

    static func int(_ name: String, _ path: Path<Int>, in range: ClosedRange<Int> = 0...Int(Int32.max))
        -> ConfigurationField
    {
        attribute(name) { configuration, value in
            guard let number = value.intValue ?? Int64(value.stringValue ?? "") else { return "must be a whole number" }
            guard range.contains(Int(number)) else { return "must be from \(range.lowerBound) to \(range.upperBound)" }
            configuration[keyPath: path] = Int(number)
            return nil
        }
    }

    static func double(_ name: String, _ path: Path<Double>) -> ConfigurationField {
        attribute(name) { configuration, value in
            guard let number = value.doubleValue else { return "must be a number" }
            configuration[keyPath: path] = number
            return nil
        }
    }

    static func duration(_ name: String, _ path: Path<TimeSpan>) -> ConfigurationField {
        attribute(name) { configuration, value in
            guard let span = value.stringValue.flatMap({ TimeSpan(text: $0) }) else {
                return "must be a duration such as \"30s\" or \"1h30m\""
            }
            configuration[keyPath: path] = span
            return nil
        }
    }

    /// Appended to what an earlier source said.
    static func strings(_ name: String, _ path: Path<[String]>) -> ConfigurationField {
        attribute(name) { configuration, value in
            let texts = value.arrayValue?.map(\.stringValue)
            guard let texts, !texts.contains(nil) else { return "must be a list of strings" }
            configuration[keyPath: path] += texts.compactMap { $0 }
            return nil
        }
    }

    /// A block or an object of texts, merged by key.
    static func map(_ name: String, _ path: Path<[String: String]>) -> ConfigurationField {
        ConfigurationField(name: name, block: nil, isFreeForm: true, isLabelled: false) { configuration, _, value in
            guard let members = value.objectValue else { return "must be a block of key = \"value\" pairs" }
            for (key, value) in members.members {
                configuration[keyPath: path][key] = value.stringValue ?? value.text
            }
            return nil
        }
    }

    /// Any value, kept as it is under `name` in a tree.
    static func kept(_ name: String, _ path: Path<JSON>) -> ConfigurationField {
        ConfigurationField(name: name, block: nil, isFreeForm: true, isLabelled: false) { configuration, _, value in
            if configuration[keyPath: path].isNull { configuration[keyPath: path] = [:] }
            configuration[keyPath: path][name] = value
            return nil
        }
    }

    static func block(_ name: String, _ fields: [ConfigurationField]) -> ConfigurationField {
        ConfigurationField(name: name, block: fields, isFreeForm: false, isLabelled: false) { _, _, _ in nil }
    }

    /// `name "label" { … }`, handed over as a tree.
    static func labelled(
        _ name: String, _ store: @escaping (inout AgentConfiguration, String, JSON) -> String?
    ) -> ConfigurationField {
        ConfigurationField(name: name, block: nil, isFreeForm: true, isLabelled: true, store: store)
    }
}
