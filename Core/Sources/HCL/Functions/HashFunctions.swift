/// Hashes and UUIDs.
enum HashFunctions {
    static let table: [String: Function] = [
        "md5": Function([.string("str")], md5),
        "sha1": Function([.string("str")], sha1),
        "sha256": Function([.string("str")], sha256),
        "sha512": Function([.string("str")], sha512),
        "bcrypt": Function([.string("str")], variadic: .number("cost"), bcrypt),
        "uuidv4": Function([], uuidV4),
        "uuidv5": Function([.string("namespace"), .string("name")], uuidV5),
        "rsadecrypt": Function([.string("ciphertext"), .string("privatekey")], rsaDecrypt),
    ]

    /// Hashing costs more than reading.
    private static func digest(
        _ arguments: [Value], _ environment: Function.Environment, _ function: ([UInt8]) -> [UInt8]
    ) throws(FunctionError) -> Value {
        let bytes = Array(arguments.text(0).utf8)
        try environment.charge(16 * (bytes.count + 64))
        return .string(Digest.hexadecimal(function(bytes)))
    }

    static func md5(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        try digest(arguments, environment, Digest.md5)
    }

    static func sha1(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        try digest(arguments, environment, Digest.sha1)
    }

    static func sha256(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        try digest(arguments, environment, Digest.sha256)
    }

    static func sha512(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        try digest(arguments, environment, Digest.sha512)
    }

    private static func randomBytes(_ count: Int, _ environment: Function.Environment) throws(FunctionError) -> [UInt8]
    {
        guard let random = environment.random else { throw FunctionError("random numbers are not available here") }
        var bytes: [UInt8] = []
        while bytes.count < count {
            let word = random()
            for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * place))) }
        }
        return Array(bytes.prefix(count))
    }

    static func bcrypt(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        guard arguments.count <= 2 else { throw FunctionError("bcrypt() takes no more than two arguments") }
        let cost = arguments.count == 2 ? try arguments.integer(1) : 10
        guard Bcrypt.costRange.contains(cost) else {
            throw FunctionError(
                "cost must be between \(Bcrypt.costRange.lowerBound) and \(Bcrypt.costRange.upperBound)", argument: 1)
        }
        let password = Array(arguments.text(0).utf8)
        guard password.count <= 72 else { throw FunctionError("password length exceeds 72 bytes", argument: 0) }
        try environment.charge(20_000 << cost)
        return .string(Bcrypt.hash(password, salt: try randomBytes(16, environment), cost: cost))
    }

    static func uuidV4(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        .string(uuid(try randomBytes(16, environment), version: 4))
    }

    private static func uuid(_ source: [UInt8], version: UInt8) -> String {
        var bytes = Array(source.prefix(16))
        bytes[6] = bytes[6] & 0x0F | version << 4
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array(Digest.hexadecimal(bytes))
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }

    private static func uuidBytes(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
        let digits = Array(parts.joined())
        var bytes: [UInt8] = []
        for at in stride(from: 0, to: 32, by: 2) {
            guard let high = digits[at].hexDigitValue, let low = digits[at + 1].hexDigitValue else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    static func uuidV5(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        let namespace = arguments.text(0)
        let known = ["dns": 0x10, "url": 0x11, "oid": 0x12, "x500": 0x14]
        let text = known[namespace].map { "6ba7b8\(String($0, radix: 16))-9dad-11d1-80b4-00c04fd430c8" } ?? namespace
        guard let bytes = uuidBytes(text) else {
            throw FunctionError(
                "uuidv5() doesn't support namespace \"\(namespace)\": it must be dns, url, oid, x500 or a UUID",
                argument: 0)
        }
        try environment.charge(16 * (arguments.text(1).utf8.count + 64))
        return .string(uuid(Digest.sha1(bytes + Array(arguments.text(1).utf8)), version: 5))
    }

    static func rsaDecrypt(_ arguments: [Value], _ environment: Function.Environment) throws(FunctionError) -> Value {
        guard let cipher = Base64.decoded(arguments.text(0)) else {
            throw FunctionError("failed to decode input: the cipher text must be base64-encoded", argument: 0)
        }
        guard let key = RSAPrivateKey(pem: arguments.text(1)) else {
            throw FunctionError(
                "failed to parse key: an unencrypted RSA private key in PEM form is required", argument: 1)
        }
        try environment.charge(20_000_000)
        guard let plain = key.decrypted(cipher), plain.firstInvalidUTF8 == nil else {
            throw FunctionError("failed to decrypt: the key doesn't fit the cipher text", argument: 0)
        }
        return Value(String(decoding: plain, as: UTF8.self))
    }
}
