import Vocabulary

/// The rows of a segment that have ended, sparsely, and the commits that ended them.
///
/// They are kept in pages by their row's number, so that a commit which ends a few rows of a big
/// segment copies a few small pages and shares the rest with the states before it.
///
/// As bytes (table `ended`): CRC-32C of the segment's id (8 bytes) and what follows; the number of rows; for each of them,
/// ascending, its number less that of the one before, and its commit. All three are varints
/// (`ByteCursor`).
struct EndList: Sendable {
    private struct End {
        let row: UInt32
        let commit: UInt64
    }

    /// Rows of a page, as a power of two.
    private static let pageBits = 11

    private var pages: [[End]] = []
    private(set) var count = 0
    /// The greatest commit.
    private(set) var latest = UInt64(0)

    var isEmpty: Bool { count == 0 }

    func commit(of row: Int) -> UInt64? {
        let page = row >> Self.pageBits
        guard page < pages.count else { return nil }
        let place = Self.firstPlace(in: pages[page], from: row)
        guard place < pages[page].count, pages[page][place].row == row else { return nil }
        return pages[page][place].commit
    }

    /// The first ended row from a row on.
    func first(from row: Int) -> (row: Int, commit: UInt64)? {
        var page = row >> Self.pageBits
        while page < pages.count {
            let place = Self.firstPlace(in: pages[page], from: row)
            if place < pages[page].count {
                let end = pages[page][place]
                return (Int(end.row), end.commit)
            }
            page += 1
        }
        return nil
    }

    /// Calls its argument with the ended rows of a range, ascending, and their commits.
    func forEach(
        in range: Range<Int>, _ body: (_ row: Int, _ commit: UInt64) throws -> Void
    ) rethrows {
        if range.isEmpty { return }
        let last = min((range.upperBound - 1) >> Self.pageBits, pages.count - 1)
        var page = range.lowerBound >> Self.pageBits
        while page <= last {
            var place = Self.firstPlace(in: pages[page], from: range.lowerBound)
            while place < pages[page].count, pages[page][place].row < range.upperBound {
                let end = pages[page][place]
                try body(Int(end.row), end.commit)
                place += 1
            }
            page += 1
        }
    }

    /// Calls its argument with all ended rows, ascending, and their commits.
    func forEach(_ body: (_ row: Int, _ commit: UInt64) throws -> Void) rethrows {
        try forEach(in: 0..<(pages.count << Self.pageBits), body)
    }

    mutating func insert(row: Int, commit: UInt64) {
        let page = row >> Self.pageBits
        while pages.count <= page { pages.append([]) }
        let place = Self.firstPlace(in: pages[page], from: row)
        precondition(
            place == pages[page].count || pages[page][place].row != row, "a row ends once")
        pages[page].insert(End(row: UInt32(row), commit: commit), at: place)
        count += 1
        latest = max(latest, commit)
    }

    private static func firstPlace(in page: [End], from row: Int) -> Int {
        page.indices.firstPlace { page[$0].row < row }
    }

    // MARK: Bytes

    func encoded(of segment: Int64) -> [UInt8] {
        var content: [UInt8] = []
        content.append(varint: UInt64(count))
        var before = 0
        forEach { row, commit in
            content.append(varint: UInt64(row - before))
            content.append(varint: commit)
            before = row
        }
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.checksum(content[...], of: segment))
        return bytes + content
    }

    private static func checksum(_ content: ArraySlice<UInt8>, of segment: Int64) -> UInt32 {
        var head: [UInt8] = []
        head.append(littleEndian: segment)
        return Checksum.crc32c(content, from: Checksum.crc32c(head))
    }

    /// Reads `encoded`, for a segment of some rows; nil when the bytes are damaged.
    init?(encoded bytes: [UInt8], of segment: Int64, rows: Int) {
        guard bytes.count > 4,
            bytes.littleEndian32(at: 0) == Self.checksum(bytes[4...], of: segment)
        else { return nil }
        var cursor = ByteCursor(bytes[4...])
        guard let count = cursor.number(), count <= rows else { return nil }
        var row = 0
        for place in 0..<count {
            guard let step = cursor.number(), let commit = cursor.varint(),
                place == 0 || step > 0, step < rows - row
            else { return nil }
            row += step
            insert(row: row, commit: commit)
        }
        guard cursor.isAtEnd else { return nil }
    }

    init() {}
}
