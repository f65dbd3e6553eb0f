public import Base
import Model
public import State

/// A wish about variables: small secrets and settings under paths.
public enum VariableCommand: Sendable {
    /// Stores a variable. `check` is the modify index it must have now; 0: it must not exist; nil: whatever.
    case put(Variable, check: UInt64?)
    case delete(namespace: String, path: String, check: UInt64?)
    /// Stores the items and takes the lock with a new id, or keeps one that the caller has already.
    case acquire(Variable, newLock: String)
    case renew(namespace: String, path: String, lock: String)
    case release(namespace: String, path: String, lock: String)
}

/// A variable as it is stored.
public struct Variable: Codable, Hashable, Sendable {
    public var namespace = ""
    public var path = ""
    public var items: [String: String] = [:]
    public var lock: Lock?
    public var createIndex: UInt64 = 0
    public var modifyIndex: UInt64 = 0
    /// Nanoseconds since the epoch.
    public var createTime: Int64 = 0
    public var modifyTime: Int64 = 0

    /// A claim on a variable that ends unless it is renewed.
    public struct Lock: Codable, Hashable, Sendable {
        public var id = ""
        public var ttl = TimeSpan.zero
        /// After the lock ran out, nobody else gets it for this long.
        public var lockDelay = TimeSpan.zero
        /// When it runs out, in nanoseconds since the epoch.
        public var expires: Int64 = 0

        public init() {}
    }

    public init() {}

    public static let table = "variable"
    /// Bytes of all keys and values together.
    public static let itemBytesMax = 65536
    /// Namespaces have no `@` in their names.
    public static func key(_ namespace: String, _ path: String) -> String { "\(namespace)@\(path)" }

    /// Whether a lock is held at a time.
    public func isLocked(_ now: Instant) -> Bool { lock.map { $0.expires > now.nanoseconds } ?? false }
}

extension State {
    public func variable(_ namespace: String, _ path: String) -> Variable? {
        record(table: Variable.table, key: Variable.key(namespace, path)).flatMap(Self.variable)
    }

    /// By namespace and path.
    public var allVariables: [Variable] {
        records(table: Variable.table).compactMap { Self.variable($0.value) }
            .sorted { $0.namespace != $1.namespace ? $0.namespace < $1.namespace : $0.path < $1.path }
    }

    private static func variable(_ tree: JSON) -> Variable? { try? WireDecoder().decode(Variable.self, from: tree) }
}

extension ControlPlane {
    private static let lockConflict = CommandError(409, "attempting to modify locked variable")

    mutating func variables(_ command: VariableCommand) throws(CommandError) -> Reply {
        switch command {
        case .put(let variable, let check):
            let old = head.variable(variable.namespace, variable.path)
            if let check, check != old?.modifyIndex ?? 0 { return conflict() }
            if let old, old.isLocked(now), old.lock?.id != variable.lock?.id { throw Self.lockConflict }
            return store(variable, over: old, lock: old.flatMap { $0.isLocked(now) ? $0.lock : nil })
        case .delete(let namespace, let path, let check):
            let old = head.variable(namespace, path)
            if let check, check != old?.modifyIndex ?? 0 { return conflict() }
            guard let old else { return Reply() }
            guard !old.isLocked(now) else { throw Self.lockConflict }
            var reply = Reply()
            reply.index = commit(
                "VariableDeleted", [.record(table: Variable.table, key: Variable.key(namespace, path), nil)])
            return reply
        case .acquire(let variable, let newLock): return acquire(variable, newLock)
        case .renew(let namespace, let path, let id):
            var variable = try held(namespace, path, id)
            let life = variable.lock?.ttl ?? .zero
            variable.lock?.expires = (now + life).nanoseconds
            return store(variable, over: variable, lock: variable.lock)
        case .release(let namespace, let path, let id):
            let variable = try held(namespace, path, id)
            return store(variable, over: variable, lock: nil)
        }
    }

    private func conflict() -> Reply {
        var reply = Reply()
        reply.updated = false
        return reply
    }

    private func held(_ namespace: String, _ path: String, _ id: String) throws(CommandError) -> Variable {
        guard let variable = head.variable(namespace, path) else { throw CommandError(404, "variable not found") }
        guard variable.isLocked(now), variable.lock?.id == id, !id.isEmpty else { throw Self.lockConflict }
        return variable
    }

    private mutating func acquire(_ wanted: Variable, _ newLock: String) -> Reply {
        let old = head.variable(wanted.namespace, wanted.path)
        var lock = wanted.lock ?? Variable.Lock()
        if let held = old?.lock {
            let isOwn = held.id == lock.id && !lock.id.isEmpty
            let free = Instant(nanoseconds: held.expires) + held.lockDelay
            guard isOwn || free <= now else { return conflict() }
            if !isOwn { lock.id = newLock }
        } else {
            lock.id = newLock
        }
        lock.expires = (now + lock.ttl).nanoseconds
        var variable = wanted
        // Who only wants the lock changes nothing else.
        if variable.items.isEmpty { variable.items = old?.items ?? [:] }
        return store(variable, over: old, lock: lock)
    }

    private mutating func store(_ wanted: Variable, over old: Variable?, lock: Variable.Lock?) -> Reply {
        var variable = wanted
        variable.lock = lock
        (variable.createIndex, variable.modifyIndex) = (old?.createIndex ?? nextIndex, nextIndex)
        (variable.createTime, variable.modifyTime) = (old?.createTime ?? now.nanoseconds, now.nanoseconds)
        var reply = Reply()
        // Texts and numbers always encode.
        let tree = (try? WireEncoder().encode(variable)) ?? .null
        let key = Variable.key(variable.namespace, variable.path)
        reply.index = commit("VariableUpdated", [.record(table: Variable.table, key: key, tree)])
        return reply
    }
}
