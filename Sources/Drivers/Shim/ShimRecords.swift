/// The form of the shim's spec, requests and replies: records `key=value`, each ended by a NUL byte.
/// A key may stand several times; the order counts.
struct ShimRecords: Hashable, Sendable {
    private(set) var pairs: [(key: String, value: String)] = []

    init() {}

    init(_ pairs: KeyValuePairs<String, String>) {
        for (key, value) in pairs { add(key, value) }
    }

    /// Reads the form; records without "=" are left out.
    init(parsing bytes: some Sequence<UInt8>) {
        for record in Array(bytes).split(separator: 0) {
            guard let sign = record.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = String(decoding: record[(sign + 1)...], as: UTF8.self)
            pairs.append((String(decoding: record[..<sign], as: UTF8.self), value))
        }
    }

    /// Adds a record. A NUL byte can't be passed to a process, so the value ends before it.
    mutating func add(_ key: String, _ value: String) {
        pairs.append((key, String(decoding: value.utf8.prefix { $0 != 0 }, as: UTF8.self)))
    }

    mutating func add(_ key: String, _ number: Int) { add(key, String(number)) }

    subscript(key: String) -> String? { pairs.first { $0.key == key }?.value }

    func all(_ key: String) -> [String] { pairs.filter { $0.key == key }.map(\.value) }

    func int(_ key: String) -> Int { self[key].flatMap { Int($0) } ?? 0 }
    func unsigned(_ key: String) -> UInt64 { self[key].flatMap { UInt64($0) } ?? 0 }

    var bytes: [UInt8] { pairs.flatMap { Array("\($0.key)=\($0.value)".utf8) + [0] } }

    static func == (a: ShimRecords, b: ShimRecords) -> Bool { a.bytes == b.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

/// A frame on the shim's socket: a type byte, the length in four bytes, big end first, the payload.
struct ShimFrame: Hashable, Sendable {
    /// Requests: Q status, T stats, S signal, K stop, A await the end, E exec, I stdin, W window size, F forget.
    /// Answers: R reply, X refusal, O stdout, P stderr, Z end of the command.
    var type: Character
    var payload: [UInt8]

    /// Longest payload that is taken from the other side.
    static let payloadMax = 16 << 20

    init(_ type: Character, _ payload: [UInt8] = []) {
        self.type = type
        self.payload = payload
    }

    init(_ type: Character, _ records: ShimRecords) { self.init(type, records.bytes) }

    var bytes: [UInt8] {
        let count = UInt32(payload.count)
        return [
            type.asciiValue ?? 0, UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255),
            UInt8(count & 255),
        ] + payload
    }

    /// Takes the first whole frame off the buffer; nil while there is none. Throws on a length over the limit.
    static func take(from buffer: inout [UInt8]) throws(DriverError) -> ShimFrame? {
        guard buffer.count >= 5 else { return nil }
        let count = buffer[1...4].reduce(0) { $0 << 8 | Int($1) }
        if count > payloadMax { throw DriverError(.failed, "the task's helper process sent a frame of \(count) bytes") }
        guard buffer.count >= 5 + count else { return nil }
        let frame = ShimFrame(Character(UnicodeScalar(buffer[0])), Array(buffer[5..<5 + count]))
        buffer.removeFirst(5 + count)
        return frame
    }
}
