import Base
import CaravanClient
internal import Dispatch
internal import Glibc

/// `var lock`: runs a command while a lock on a variable is held.
enum VariableLockCommand {
    static let command = Command(
        "var lock", "Run a command while holding the lock of a variable", usage: "[options] <path> <command>…",
        details: """
            Takes the lock of a variable, runs a command, keeps the lock while it runs,
            and gives it back when it ends. Where somebody else has the lock, waits for it.
            The exit status is the command's. If the lock is lost, the command is ended.
            """,
        flags: [
            .verbose, .span("ttl", "How long the lock lives without being renewed.", default: .seconds(15)),
            .span("delay", "How long nobody gets a lock that ran out.", default: .seconds(15)),
            .bool("shell", "Run the command in a shell.", default: true),
            .bool("early-return", "Do not wait for a lock that somebody else has."),
            .number("max-retry", "count", "Tries after an error.", default: 5),
            .span("backoff", "Time between two tries.", default: .seconds(1)),
        ]
    ) { invocation in
        let client = try invocation.client
        guard invocation.arguments.count >= 2, let path = invocation.arguments.first else {
            throw UsageFailure("This command takes at least two arguments: <path> <command>")
        }
        let words = Array(invocation.arguments.dropFirst())
        let target =
            "/v1/var/"
            + path.split(separator: "/", omittingEmptySubsequences: false).map { Escaping.segment(String($0)) }
            .joined(separator: "/")
        guard let lock = try await acquire(target, client, invocation) else {
            throw CommandFailure("The lock of \(path) is held by somebody else")
        }
        if invocation.flags.bool("verbose") { invocation.line("Lock acquired: \(lock)") }
        let child = try spawn(
            invocation.flags.bool("shell") ? ["/bin/sh", "-c", words.joined(separator: " ")] : words,
            environment: invocation.environment)
        let status = try await hold(target, lock, while: child, client, invocation)
        let body: JSON = ["Lock": ["ID": .string(lock)]]
        _ = try await invocation.doing("Error releasing lock") {
            try await client.put(target, body, QueryOptions(parameters: [("lock-release", "")]))
        }
        return status
    }

    /// The id of the lock; nil when somebody else has it and waiting is not wanted.
    private static func acquire(_ target: String, _ client: Client, _ invocation: Invocation) async throws -> String? {
        let flags = invocation.flags
        let body: JSON = [
            "Lock": ["TTL": .string(flags.span("ttl").text), "LockDelay": .string(flags.span("delay").text)]
        ]
        var failures: Int64 = 0
        while true {
            do {
                let answer = try await client.put(target, body, QueryOptions(parameters: [("lock-acquire", "")]))
                return try answer.json().child("Lock").text("ID")
            } catch let error as ClientError where error.status == 409 {
                if flags.bool("early-return") { return nil }
            } catch let error as ClientError {
                // A wrong request stays wrong.
                if let status = error.status, status < 500 {
                    throw CommandFailure("Error acquiring lock: \(error.message)", advice: error.advice)
                }
                failures += 1
                if failures > flags.number("max-retry") {
                    throw CommandFailure("Error acquiring lock: \(error.message)", advice: error.advice)
                }
            }
            try await Task.sleep(nanoseconds: UInt64(max(flags.span("backoff").nanoseconds, 100_000_000)))
        }
    }

    /// Renews the lock until the command has ended; a lost lock ends the command.
    private static func hold(
        _ target: String, _ lock: String, while child: pid_t, _ client: Client, _ invocation: Invocation
    ) async throws -> Int32 {
        let pause = UInt64(max(invocation.flags.span("ttl").nanoseconds / 3, 1_000_000_000))
        let body: JSON = ["Lock": ["ID": .string(lock)]]
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { await wait(for: child) }
            group.addTask {
                while true {
                    try await Task.sleep(nanoseconds: pause)
                    do {
                        _ = try await client.put(target, body, QueryOptions(parameters: [("lock-renew", "")]))
                    } catch {
                        invocation.console.errorLine("The lock was lost: \(error)")
                        kill(child, SIGTERM)
                        return nil
                    }
                }
            }
            defer { group.cancelAll() }
            while let status = try await group.next() { if let status { return status } }
            return 1
        }
    }

    private static func spawn(_ words: [String], environment: [String: String]) throws -> pid_t {
        let settings = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = settings.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child = pid_t()
        let result = posix_spawnp(&child, words[0], nil, nil, &arguments, &variables)
        guard result == 0 else {
            throw CommandFailure("Error running \(words[0]): \(String(cString: strerror(result)))")
        }
        return child
    }

    /// Waiting blocks, so it has a thread of its own.
    private static func wait(for child: pid_t) async -> Int32 {
        await withCheckedContinuation { done in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(child, &status, 0) < 0, errno == EINTR {}
                done.resume(returning: status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F)
            }
        }
    }
}
