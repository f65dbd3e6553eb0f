/// A token of a filter with its place, counted in bytes from 0.
struct FilterToken: Hashable {
    enum Kind: Hashable {
        case word(String)
        case number(String)
        case string(String)
        /// `==`, `!=` or one of `( ) { } [ ] . ,`.
        case sign(String)
        case end
    }
    var kind: Kind
    var offset: Int
}

/// Cuts a filter into tokens.
struct FilterLexer {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    static func tokens(_ text: String) throws(FilterError) -> [FilterToken] {
        guard text.utf8.count <= FilterLimits.bytesMax else {
            throw FilterError(message: "the filter is longer than \(FilterLimits.bytesMax) bytes")
        }
        var lexer = FilterLexer(text)
        var tokens: [FilterToken] = []
        while true {
            let token = try lexer.next()
            tokens.append(token)
            if token.kind == .end { return tokens }
        }
    }

    private mutating func next() throws(FilterError) -> FilterToken {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
        let start = at
        guard at < bytes.count else { return FilterToken(kind: .end, offset: start) }
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "\""): return FilterToken(kind: .string(try quoted()), offset: start)
        case UInt8(ascii: "`"): return FilterToken(kind: .string(try raw()), offset: start)
        case UInt8(ascii: "="), UInt8(ascii: "!"):
            guard at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "=") else {
                throw fault("expected == or !=")
            }
            at += 2
            return FilterToken(kind: .sign(byte == UInt8(ascii: "=") ? "==" : "!="), offset: start)
        case _ where "(){}[].,".utf8.contains(byte):
            at += 1
            return FilterToken(kind: .sign(String(UnicodeScalar(byte))), offset: start)
        case _ where Self.isDigit(byte) || byte == UInt8(ascii: "-"):
            return FilterToken(kind: .number(try number()), offset: start)
        case _ where Self.isLetter(byte) || byte == UInt8(ascii: "_"):
            while at < bytes.count, Self.isWordByte(bytes[at]) { at += 1 }
            return FilterToken(kind: .word(text(from: start)), offset: start)
        default: throw fault("'\(Character(UnicodeScalar(byte)))' does not belong here")
        }
    }

    private func fault(_ reason: String) -> FilterError { FilterError(message: "1:\(at + 1) (\(at)): \(reason)") }
    private func text(from start: Int) -> String { String(decoding: bytes[start..<at], as: UTF8.self) }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }
    private static func isWordByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "/")
    }

    private mutating func number() throws(FilterError) -> String {
        let start = at
        if bytes[at] == UInt8(ascii: "-") { at += 1 }
        guard at < bytes.count, Self.isDigit(bytes[at]) else { throw fault("expected a digit") }
        while at < bytes.count, Self.isDigit(bytes[at]) { at += 1 }
        // A fraction, unless the point begins the next part of a selector.
        if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "."), Self.isDigit(bytes[at + 1]) {
            at += 1
            while at < bytes.count, Self.isDigit(bytes[at]) { at += 1 }
        }
        return text(from: start)
    }

    private mutating func raw() throws(FilterError) -> String {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "`") { at += 1 }
        guard at < bytes.count else { throw fault("the string is not closed") }
        defer { at += 1 }
        return text(from: start)
    }

    private mutating func quoted() throws(FilterError) -> String {
        at += 1
        var out: [UInt8] = []
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            guard bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count else {
                out.append(bytes[at])
                at += 1
                continue
            }
            switch bytes[at + 1] {
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(bytes[at + 1])
            default: throw fault("unknown escape; use a `raw` string")
            }
            at += 2
        }
        guard at < bytes.count else { throw fault("the string is not closed") }
        at += 1
        return String(decoding: out, as: UTF8.self)
    }
}
