internal import Glibc

/// The system's words for an error number, in lower case as messages carry them.
func errnoText(_ number: Int32) -> String {
    guard let words = strerror(number) else { return "error \(number)" }
    let text = String(cString: words)
    return text.prefix(1).lowercased() + text.dropFirst()
}
