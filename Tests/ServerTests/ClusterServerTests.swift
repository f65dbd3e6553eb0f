import Base
import ControlPlane
import Foundation
import Journal
import Logging
import Model
import Server
import State
import Synchronization
import Testing

/// Keeps entries in memory, and can be told to fail: for what the shell does around a journal. What a journal on disk
/// does is tested with the real one.
private final class MemoryJournal: Journal {
    let entries = Mutex<[Entry]>([])
    let fails = Mutex(false)

    func load() async throws -> State {
        var state = State()
        for entry in entries.withLock({ $0 }) { state.apply(entry) }
        return state
    }
    func append(_ new: [Entry]) async throws {
        if fails.withLock({ $0 }) { throw JournalError(path: "memory", reason: "told to fail", advice: "") }
        entries.withLock { $0 += new }
    }
    var wantsSnapshot: Bool { false }
    func store(snapshot: State) async throws {}
}

@Suite struct ClusterServerTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs a server around a body and ends it afterwards.
    private static func with(_ journal: MemoryJournal, _ body: @Sendable (ClusterServer) async throws -> Void)
        async throws
    {
        let server = try await ClusterServer(
            configuration: .init(seed: 1) { Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1e9)) },
            journal: journal,
            logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await server.run() }
            try await body(server)
            group.cancelAll()
        }
    }

    private static func namespace(_ name: String) -> Command {
        var namespace = Namespace()
        namespace.name = name
        return .putNamespace(namespace)
    }

    @Test func anAnsweredCommandIsInTheJournalAndInTheCommittedState() async throws {
        let journal = MemoryJournal()
        try await Self.with(journal) { server in
            let reply = try await server.submit(Self.namespace("apps"))
            #expect(reply.index == server.committed.index)
            #expect(server.committed.namespace("apps") != nil)
            #expect(journal.entries.withLock { $0.count } >= 1)
        }
        #expect(try await journal.load().namespace("apps") != nil)
    }

    @Test func manyWritersGetTheirOwnAnswers() async throws {
        try await Self.with(MemoryJournal()) { server in
            try await withThrowingTaskGroup(of: LogIndex.self) { group in
                for n in 0..<200 { group.addTask { try await server.submit(Self.namespace("n\(n)")).index } }
                var indexes: Set<LogIndex> = []
                for try await index in group { indexes.insert(index) }
                #expect(indexes.count == 200, "every command has an entry of its own")
            }
        }
    }

    @Test func aRefusalIsThrownWithItsStatus() async throws {
        try await Self.with(MemoryJournal()) { server in
            let error = await #expect(throws: CommandError.self) {
                try await server.submit(.deleteNamespace("default"))
            }
            #expect(error?.message.contains("default") == true)
        }
    }

    @Test func aBlockingQueryWakesWithTheChange() async throws {
        try await Self.with(MemoryJournal()) { server in
            let before = server.committed.tableIndex(.namespaces)
            async let changed = server.wait(past: before, tables: [.namespaces], until: server.now() + .minutes(1))
            _ = try await server.submit(Self.namespace("apps"))
            #expect(await changed.tableIndex(.namespaces) > before)
            // A deadline that has passed answers at once with what there is.
            let unchanged = await server.wait(past: .max, tables: [.jobs], until: server.now())
            #expect(unchanged.index == server.committed.index)
        }
    }

    @Test func eventsComeInOrderFromTheOldestRemembered() async throws {
        try await Self.with(MemoryJournal()) { server in
            for name in ["a", "b"] { _ = try await server.submit(Self.namespace(name)) }
            var seen: [LogIndex] = []
            for await event in server.events(from: 0) {
                seen.append(event.entry.index)
                if seen.count == 2 { break }
            }
            #expect(seen == seen.sorted() && seen.count == 2)
        }
    }

    @Test func aJournalThatFailsIsAnErrorAndNothingIsPublished() async throws {
        let journal = MemoryJournal()
        try await Self.with(journal) { server in
            journal.fails.withLock { $0 = true }
            await #expect(throws: CommandError.self) { try await server.submit(Self.namespace("lost")) }
            #expect(server.committed.namespace("lost") == nil)
        }
    }
}
