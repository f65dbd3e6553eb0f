@_spi(_Unicode) import Swift

extension String {
    /// The text in Unicode normalisation form C. Free for ASCII.
    var normalized: String {
        // The standard library keeps its own tables and offers them under this name only;
        // Foundation, which has a public one, stays out of Core.
        if utf8.allSatisfy({ $0 < 0x80 }) { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in _nfc { scalars.append(scalar) }
        return String(scalars)
    }
}
