/// Functions on IP networks.
enum NetworkFunctions {
    static let table: [String: Function] = [
        "cidrhost": Function([.string("prefix"), .number("hostnum")], host),
        "cidrnetmask": Function([.string("prefix")], netmask),
        "cidrsubnet": Function([.string("prefix"), .number("newbits"), .number("netnum")], subnet),
        "cidrsubnets": Function([.string("prefix")], variadic: .number("newbits"), subnets),
    ]

    private static func network(_ text: String) throws(FunctionError) -> IPNetwork {
        guard let network = IPNetwork(text) else {
            throw FunctionError("invalid CIDR expression: invalid CIDR address: \(text)", argument: 0)
        }
        return network
    }

    /// A negative number counts from the end of the network.
    static func host(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var network = try network(arguments.text(0))
        let free = network.bits - network.length
        guard let number = arguments.number(1).roundedIfWhole else {
            throw FunctionError("hostnum must be a whole number", argument: 1)
        }
        let size = number.big.integerPart
        let fits = size.bitWidth <= free || (number.isNegative && BigNatural.compare(size, BigNatural(1) << free) == 0)
        guard fits else {
            throw FunctionError(
                "prefix of \(network.length) does not accommodate a host numbered \(number)", argument: 1)
        }
        var value: UInt128 = 0
        for word in size.words.reversed() { value = value << 32 | UInt128(word) }
        let mask: UInt128 = free == 128 ? .max : (1 << UInt128(free)) - 1
        network.address |= (number.isNegative ? 0 &- value : value) & mask
        return .string(network.addressText)
    }

    static func netmask(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var network = try network(arguments.text(0))
        guard network.bits == 32 else {
            throw FunctionError("IPv6 addresses cannot have a netmask: \(arguments.text(0))", argument: 0)
        }
        network.address =
            network.length == 0 ? 0 : (UInt128(UInt32.max) << UInt128(32 - network.length)) & UInt128(UInt32.max)
        return .string(network.addressText)
    }

    static func subnet(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        var network = try network(arguments.text(0))
        let added = try arguments.integer(1)
        guard added >= 0, network.length + added <= network.bits else {
            throw FunctionError(
                "insufficient address space to extend prefix of \(network.length) by \(added)", argument: 1)
        }
        let number = arguments.number(2)
        guard number.isInteger, !number.isNegative, number.big.integerPart.bitWidth <= added else {
            throw FunctionError(
                "prefix extension of \(added) does not accommodate a subnet numbered \(number)", argument: 2)
        }
        var value: UInt128 = 0
        for word in number.big.integerPart.words.reversed() { value = value << 32 | UInt128(word) }
        network.length += added
        let shift = network.bits - network.length
        if shift < 128 { network.address |= value << UInt128(shift) }
        return .string(network.text)
    }

    /// Networks of the given lengths, one after another.
    static func subnets(_ arguments: [Value], _: Function.Environment) throws(FunctionError) -> Value {
        let network = try network(arguments.text(0))
        var next: UInt128 = network.address
        var isFull = false
        var out: [Value] = []
        for at in arguments.indices.dropFirst() {
            let added = try arguments.integer(at)
            guard added >= 1 else { throw FunctionError("must extend prefix by at least one bit", argument: at) }
            guard added <= 32 else { throw FunctionError("may not extend prefix by more than 32 bits", argument: at) }
            let length = network.length + added
            guard length <= network.bits else {
                throw FunctionError(
                    "would extend prefix to \(length) bits, which is too long for an "
                        + (network.bits == 32 ? "IPv4 address" : "IPv6 address"),
                    argument: at)
            }
            let size = UInt128(1) << UInt128(network.bits - length)
            let (aligned, overflow) = next.addingReportingOverflow(size - 1)
            let start = aligned & ~(size - 1)
            let end = network.last
            guard !isFull, !overflow, start <= end, end - start >= size - 1 else {
                throw FunctionError(
                    "not enough remaining address space for a subnet with a prefix of \(length) bits", argument: at)
            }
            var subnet = network
            subnet.address = start
            subnet.length = length
            out.append(.string(subnet.text))
            let (following, atEnd) = start.addingReportingOverflow(size)
            next = following
            isFull = atEnd
        }
        return .list(out, of: .string)
    }
}

extension Number {
    fileprivate var roundedIfWhole: Number? { isInteger ? self : nil }
}

/// An address with the length of its network prefix; the bits beyond the prefix are zero.
struct IPNetwork {
    var address: UInt128
    /// 32 or 128.
    var bits: Int
    var length: Int

    /// Reads `10.0.0.0/8` or `fd00::/64`; the host bits are cleared.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]), parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        if let four = IPNetwork.four(parts[0]) {
            (address, bits) = (UInt128(four), 32)
        } else if let six = IPNetwork.six(parts[0]) {
            (address, bits) = (six, 128)
        } else {
            return nil
        }
        guard (0...bits).contains(length) else { return nil }
        self.length = length
        let free = UInt128(bits - length)
        address = free >= 128 ? 0 : (address >> free) << free
    }

    var last: UInt128 {
        let free = UInt128(bits - length)
        return free >= 128 ? .max : address | ((1 << free) - 1)
    }

    var text: String { "\(addressText)/\(length)" }

    var addressText: String {
        if bits == 32 {
            return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: address >> UInt128($0))) }.joined(
                separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: address >> UInt128(112 - 16 * $0)) }
        // The longest run of two or more zero groups is left out.
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(1, best.count) { best = start..<end }
            start = max(end, start + 1)
        }
        let hex = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        return best.isEmpty
            ? hex(groups[...]) : hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
    }

    private static func four(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            let isPlain = part.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } && (part.count == 1 || !part.hasPrefix("0"))
            guard isPlain, let byte = UInt8(part) else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func six(_ text: Substring) -> UInt128? {
        guard text.contains(":"), text.utf8.count <= 45 else { return nil }
        var halves: [[UInt16]] = []
        var rest = text
        while true {
            let end = rest.firstRange(of: "::")
            guard let groups = groups(end.map { rest[..<$0.lowerBound] } ?? rest) else { return nil }
            halves.append(groups)
            guard let end else { break }
            rest = rest[end.upperBound...]
        }
        let count = halves.reduce(0) { $0 + $1.count }
        guard halves.count == 1 ? count == 8 : halves.count == 2 && count < 8 else { return nil }
        let all = halves[0] + Array(repeating: 0, count: 8 - count) + (halves.count == 2 ? halves[1] : [])
        return all.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    }

    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var out: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (at, part) in parts.enumerated() {
            if at == parts.count - 1, part.contains(".") {
                guard let four = four(part) else { return nil }
                out += [UInt16(four >> 16), UInt16(four & 0xFFFF)]
            } else {
                guard (1...4).contains(part.count), let group = UInt16(part, radix: 16), !part.hasPrefix("+") else {
                    return nil
                }
                out.append(group)
            }
        }
        return out
    }
}
