import Base

/// The rules for ids and id prefixes of tables whose keys are UUIDs.
enum UUIDText {
    /// An id for a look-up of one object: all 36 characters.
    /// - Parameter table: as the message begins, `alloc lookup failed`.
    static func whole<Kind>(_ text: String, _ table: String) throws(APIError) -> ID<Kind> {
        guard text.utf8.count == 36 else { throw .failed("\(table): index error: UUID must be 36 characters") }
        guard let id = ID<Kind>(text) else { throw .failed("\(table): index error: \(fault(in: text))") }
        return id
    }

    /// A checked prefix, in lower case without hyphens, to compare with `digits(of:)`.
    static func prefix(_ text: String, _ table: String) throws(APIError) -> String {
        guard text.utf8.count <= 36 else {
            throw .failed("\(table): index error: Invalid UUID length. UUID have 36 characters; got \(text.utf8.count)")
        }
        let hyphens = text.utf8.count { $0 == UInt8(ascii: "-") }
        guard hyphens <= 4 else { throw .failed("\(table): index error: Invalid UUID: more than 4 hyphens") }
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count % 2 == 0 else {
            throw .failed("\(table): index error: Input (without hyphens) must be even length")
        }
        guard digits.utf8.allSatisfy(isHex) else { throw .failed("\(table): index error: \(fault(in: digits))") }
        return digits.lowercased()
    }

    /// The 32 digits of an id.
    static func digits<Kind>(of id: ID<Kind>) -> String { id.text.filter { $0 != "-" } }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private static func fault(in text: String) -> String {
        guard let scalar = text.unicodeScalars.first(where: { $0 != "-" && !($0.isASCII && isHex(UInt8($0.value))) })
        else {
            return "Invalid UUID: its hyphens are not where they belong"
        }
        let code = String(scalar.value, radix: 16, uppercase: true)
        let padded = String(repeating: "0", count: max(0, 4 - code.count)) + code
        return "Invalid UUID: encoding/hex: invalid byte: U+\(padded) '\(Character(scalar))'"
    }
}
