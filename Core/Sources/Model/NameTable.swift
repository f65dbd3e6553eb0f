/// Numbers by name, for names of the API: upper and lower case are the same. Asked for every member of every request.
struct NameTable: Sendable {
    private struct Entry: Sendable {
        let name: String
        let hash: UInt32
        var number: Int
    }

    private var entries: [Entry] = []
    /// Places in `entries` by the low bits of the hash, -1 where there is none; the next free one takes a second name.
    private var slots: [Int16] = Array(repeating: -1, count: 8)

    /// Gives a name a number; of several the last counts.
    mutating func add(_ name: String, _ number: Int) {
        let hash = Self.hash(name)
        if let at = find(name, hash) {
            entries[at].number = number
            return
        }
        entries.append(Entry(name: name, hash: hash, number: number))
        if entries.count * 2 > slots.count {
            slots = Array(repeating: -1, count: slots.count * 2)
            for at in entries.indices { place(at) }
        } else {
            place(entries.count - 1)
        }
    }

    subscript(name: String) -> Int? {
        if let at = find(name, Self.hash(name)) { return entries[at].number }
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return nil }
        // The Kelvin sign is a k, too.
        let lowered = name.lowercased()
        return find(lowered, Self.hash(lowered)).map { entries[$0].number }
    }

    private mutating func place(_ at: Int) {
        var slot = Int(entries[at].hash) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int16(at)
    }

    private func find(_ name: String, _ hash: UInt32) -> Int? {
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let at = Int(slots[slot])
            if entries[at].hash == hash, Self.areEqual(entries[at].name, name) { return at }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// FNV-1a of the lowered bytes.
    private static func hash(_ name: String) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for byte in name.utf8 { hash = (hash ^ UInt32(lowered(byte))) &* 0x0100_0193 }
        return hash
    }

    private static func areEqual(_ a: String, _ b: String) -> Bool {
        a == b || (a.utf8.count == b.utf8.count && zip(a.utf8, b.utf8).allSatisfy { lowered($0) == lowered($1) })
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
    }
}
