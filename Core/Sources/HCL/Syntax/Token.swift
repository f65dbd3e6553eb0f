/// A token outside of strings. Strings are read by the parser itself, because only it knows where they end.
struct Token: Sendable {
    enum Kind: Sendable, Hashable {
        case endOfFile, newline, identifier, number
        /// The opening quote of a string.
        case quote
        /// `<<MARKER` or `<<-MARKER` with its line ending.
        case heredoc
        case openBrace, closeBrace, openBracket, closeBracket, openParenthesis, closeParenthesis
        /// `~}`, which ends an interpolation and trims what follows.
        case trimmingCloseBrace
        case assign, arrow, ellipsis, comma, dot, colon, question, not
        case binary(BinaryOperator)
        case invalid
    }

    var kind: Kind
    var start: Int
    var end: Int

    var range: ByteRange { ByteRange(start, end) }
}
