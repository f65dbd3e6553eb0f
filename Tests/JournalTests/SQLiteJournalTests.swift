import Base
import Foundation
import GRDB
import Journal
import Logging
import Model
import State
import Testing

/// A journal file in a directory of its own.
private struct Place: ~Copyable {
    let directory = FileManager.default.temporaryDirectory.appending(
        path: "journal-\(UInt64.random(in: 0...UInt64.max))")
    var path: String { directory.appending(path: "journal.sqlite").path() }

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: directory) }

    func open() throws -> SQLiteJournal {
        try SQLiteJournal(path: path, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// All of the file, the write-ahead log merged in.
    func settle() throws {
        _ = try FileManager.default.contentsOfDirectory(atPath: directory.path())
    }
}

private func entry(_ index: LogIndex) -> Entry {
    var namespace = Namespace()
    namespace.name = "n\(index)"
    return Entry(
        index: index, time: Instant(nanoseconds: Int64(index)), cause: "Test", changes: [.namespace(namespace)])
}

@Suite struct SQLiteJournalTests {
    @Test func whatWasAppendedComesBack() async throws {
        let place = try Place()
        var state = State()
        do {
            let journal = try place.open()
            #expect(try await journal.load().index == 0)
            for index in 1...20 {
                try await journal.append([entry(LogIndex(index))])
                state.apply(entry(LogIndex(index)))
            }
        }
        let again = try await place.open().load()
        #expect(try again.digest() == state.digest())
    }

    @Test func aSnapshotReplacesTheEntriesItCovers() async throws {
        let place = try Place()
        var state = State()
        let journal = try place.open()
        _ = try await journal.load()
        for index in 1...10 {
            try await journal.append([entry(LogIndex(index))])
            state.apply(entry(LogIndex(index)))
        }
        try await journal.store(snapshot: state)
        try await journal.append([entry(11)])
        state.apply(entry(11))
        #expect(try await place.open().load().digest() == state.digest())
    }

    /// Many entries go in while a snapshot of many pieces is written; whatever came first, nothing is missing.
    @Test func appendsGoOnBesideASnapshot() async throws {
        let place = try Place()
        let journal = try place.open()
        _ = try await journal.load()
        var state = State()
        // Two kinds of things, each of which fills a piece.
        for index in 1...6 {
            var large = Namespace()
            (large.name, large.description) = ("large-\(index)", String(repeating: "\(index) ", count: 600_000))
            let record = Change.record(table: "test", key: large.name, .string(large.description))
            let entry = Entry(
                index: LogIndex(index), time: .zero, cause: "Test", changes: [.namespace(large), record])
            try await journal.append([entry])
            state.apply(entry)
        }
        let shown = state
        async let stored: Void = journal.store(snapshot: shown)
        for index in 7...54 {
            try await journal.append([entry(LogIndex(index))])
            state.apply(entry(LogIndex(index)))
        }
        try await stored
        #expect(try await place.open().load().digest() == state.digest())
        let database = try DatabaseQueue(path: place.path)
        let (pieces, entries) = try await database.read { db in
            (
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM snapshots") ?? 0,
                try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM entries") ?? 0
            )
        }
        #expect(pieces > 1)
        #expect(entries == 48)
    }

    /// The server ended while it wrote a snapshot: the one before counts, and the next one takes the remains away.
    @Test func aSnapshotThatWasCutOffDoesNotCount() async throws {
        let place = try Place()
        var state = State()
        let journal = try place.open()
        _ = try await journal.load()
        for index in 1...6 {
            try await journal.append([entry(LogIndex(index))])
            state.apply(entry(LogIndex(index)))
            if index == 2 { try await journal.store(snapshot: state) }
        }
        let database = try DatabaseQueue(path: place.path)
        try await database.write { db in
            try db.execute(
                sql: "INSERT INTO snapshots (idx, piece, pieces, bytes, checksum) VALUES (5, 0, 0, x'01', 1)")
        }
        let again = try place.open()
        #expect(try await again.load().digest() == state.digest())
        try await again.store(snapshot: state)
        let indexes = try await database.read { try Int.fetchAll($0, sql: "SELECT DISTINCT idx FROM snapshots") }
        #expect(indexes == [6])
        #expect(try await place.open().load().digest() == state.digest())
    }

    @Test func aGroupIsAllOrNothing() async throws {
        let place = try Place()
        let journal = try place.open()
        _ = try await journal.load()
        try await journal.append([entry(1)])
        // The second entry of the group repeats an index: neither may stay.
        await #expect(throws: (any Error).self) { try await journal.append([entry(2), entry(2)]) }
        #expect(try await place.open().load().index == 1)
    }

    @Test func aForeignFileIsRefusedAndLeftAlone() async throws {
        let place = try Place()
        try "not a journal at all".write(toFile: place.path, atomically: true, encoding: .utf8)
        let error = #expect(throws: JournalError.self) { try place.open() }
        #expect(error?.description.contains(place.path) == true)
        #expect(try String(contentsOfFile: place.path, encoding: .utf8) == "not a journal at all")
    }

    @Test func aDamagedRowIsNamed() async throws {
        let place = try Place()
        do {
            let journal = try place.open()
            _ = try await journal.load()
            for index in 1...5 { try await journal.append([entry(LogIndex(index))]) }
        }
        // The last one to close the file copies the log into it and takes the log away; that may be another thread.
        while FileManager.default.fileExists(atPath: place.path + "-wal") {
            try await Task.sleep(for: .milliseconds(5))
        }
        try flip("n3", in: place.directory)
        let error = await #expect(throws: JournalError.self) { try await place.open().load() }
        #expect(error?.reason.contains("entry 3") == true, "\(String(describing: error))")
    }

    /// Changes one byte of a text wherever it stands in the files of a directory.
    private func flip(_ text: String, in directory: URL) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: directory.path()) where !name.hasSuffix("-shm")
        {
            let file = directory.appending(path: name)
            var data = try Data(contentsOf: file)
            var from = data.startIndex
            while let range = data.range(of: Data(text.utf8), in: from..<data.endIndex) {
                data[range.lowerBound] = UInt8(ascii: "m")
                from = range.upperBound
            }
            try data.write(to: file)
        }
    }
}
