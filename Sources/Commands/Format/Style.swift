/// Colours and bold, on terminals only.
struct Style: Sendable {
    var isOn: Bool

    static let plain = Style(isOn: false)

    init(isOn: Bool) { self.isOn = isOn }

    /// Flags win over the environment, and that over what the output is.
    init(console: Console, environment: [String: String], off: Bool, on: Bool) {
        func isSet(_ name: String) -> Bool {
            ["CARAVAN_", "NOMAD_"].contains { !(environment[$0 + name] ?? "").isEmpty }
        }
        if off || isSet("CLI_NO_COLOR") || !(environment["NO_COLOR"] ?? "").isEmpty {
            isOn = false
        } else if on || isSet("CLI_FORCE_COLOR") {
            isOn = true
        } else {
            isOn = console.isTerminal && environment["TERM"] != "dumb"
        }
    }

    func bold(_ text: String) -> String { wrap("1", text) }
    func dim(_ text: String) -> String { wrap("2", text) }
    func red(_ text: String) -> String { wrap("31", text) }
    func green(_ text: String) -> String { wrap("32", text) }
    func yellow(_ text: String) -> String { wrap("33", text) }

    private func wrap(_ code: String, _ text: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
