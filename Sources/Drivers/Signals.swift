/// Signal names and numbers as Linux on x86-64 and arm64 has them.
enum Signals {
    static let byName: [String: Int] = [
        "SIGHUP": 1, "SIGINT": 2, "SIGQUIT": 3, "SIGILL": 4, "SIGTRAP": 5, "SIGABRT": 6, "SIGIOT": 6, "SIGBUS": 7,
        "SIGFPE": 8, "SIGKILL": 9, "SIGUSR1": 10, "SIGSEGV": 11, "SIGUSR2": 12, "SIGPIPE": 13, "SIGALRM": 14,
        "SIGTERM": 15, "SIGSTKFLT": 16, "SIGCHLD": 17, "SIGCONT": 18, "SIGSTOP": 19, "SIGTSTP": 20, "SIGTTIN": 21,
        "SIGTTOU": 22, "SIGURG": 23, "SIGXCPU": 24, "SIGXFSZ": 25, "SIGVTALRM": 26, "SIGPROF": 27, "SIGWINCH": 28,
        "SIGIO": 29, "SIGPWR": 30, "SIGSYS": 31,
    ]

    /// Takes "SIGHUP", "sighup", "HUP" and "1".
    static func number(_ text: String) throws(DriverError) -> Int {
        let upper = text.uppercased()
        if let number = byName[upper] ?? byName["SIG" + upper] { return number }
        if let number = Int(text), (1...64).contains(number) { return number }
        throw DriverError(.failed, "\"\(text)\" is not the name of a signal; use one such as SIGHUP")
    }
}
