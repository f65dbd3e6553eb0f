/// Rows in the order of their ties, in pieces, so that adding and removing one does not move all the others.
struct SortedRows: Sendable {
    struct Entry: Sendable {
        var tie: UInt64
        var row: Int32

        static func < (a: Entry, b: Entry) -> Bool { a.tie != b.tie ? a.tie < b.tie : a.row < b.row }
    }

    /// Where an entry is.
    struct Place: Sendable {
        var piece: Int
        var at: Int
    }

    /// Entries of a piece before it is split.
    private static let pieceMax = 256

    private var pieces: [[Entry]] = []
    private(set) var count = 0

    subscript(place: Place) -> Entry { pieces[place.piece][place.at] }

    mutating func insert(_ entry: Entry) {
        count += 1
        guard !pieces.isEmpty else {
            pieces.append([entry])
            return
        }
        let piece = self.piece(of: entry)
        pieces[piece].insert(entry, at: Self.position(of: entry, in: pieces[piece]))
        guard pieces[piece].count > Self.pieceMax else { return }
        let half = Array(pieces[piece][(Self.pieceMax / 2)...])
        pieces[piece].removeLast(half.count)
        pieces.insert(half, at: piece + 1)
    }

    mutating func remove(_ entry: Entry) {
        guard !pieces.isEmpty else { return }
        let piece = self.piece(of: entry)
        let at = Self.position(of: entry, in: pieces[piece])
        guard at < pieces[piece].count, pieces[piece][at].row == entry.row else { return }
        pieces[piece].remove(at: at)
        count -= 1
        if pieces[piece].isEmpty { pieces.remove(at: piece) }
    }

    /// The first entry whose tie is not below `tie`; the very first one when all are. There must be one.
    func start(from tie: UInt64) -> Place {
        let entry = Entry(tie: tie, row: .min)
        let piece = self.piece(of: entry)
        let place = Place(piece: piece, at: Self.position(of: entry, in: pieces[piece]))
        return settled(place)
    }

    /// The entry that follows, the first one after the last.
    func after(_ place: Place) -> Place { settled(Place(piece: place.piece, at: place.at + 1)) }

    private func settled(_ place: Place) -> Place {
        if place.at < pieces[place.piece].count { return place }
        return Place(piece: place.piece + 1 < pieces.count ? place.piece + 1 : 0, at: 0)
    }

    /// The last piece that starts before an entry or with it; the first one if none does.
    private func piece(of entry: Entry) -> Int {
        var (low, high) = (0, pieces.count)
        while low < high {
            let middle = (low + high) / 2
            if entry < pieces[middle][0] { high = middle } else { low = middle + 1 }
        }
        return max(0, low - 1)
    }

    /// The first position whose entry is not before this one.
    private static func position(of entry: Entry, in piece: [Entry]) -> Int {
        var (low, high) = (0, piece.count)
        while low < high {
            let middle = (low + high) / 2
            if piece[middle] < entry { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
