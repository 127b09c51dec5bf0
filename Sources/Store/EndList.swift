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
    /// Rows of a page, as a power of two: their places within it fit into two bytes.
    private static let pageBits = 11

    /// The ended rows among so many that follow each other.
    ///
    /// Every version that history keeps has its end here, so that an end takes six bytes: the row's
    /// place and how far its commit is from the one that was entered first.
    private struct Page {
        private(set) var places: [UInt16] = []
        private var base = UInt64(0)
        private var distances: [Int32] = []
        /// Commits that are too far for a distance, by place.
        private var far: [UInt16: UInt64] = [:]

        private static let isFar = Int32.min

        /// The first position whose place is not before one.
        func position(of place: Int) -> Int {
            places.indices.firstPlace { Int(places[$0]) < place }
        }

        func commit(at position: Int) -> UInt64 {
            let distance = distances[position]
            if distance == Self.isFar, let commit = far[places[position]] { return commit }
            return base &+ UInt64(bitPattern: Int64(distance))
        }

        mutating func insert(_ place: UInt16, _ commit: UInt64, at position: Int) {
            if places.isEmpty { base = commit }
            let (distance, overflow) = Int64(bitPattern: commit)
                .subtractingReportingOverflow(Int64(bitPattern: base))
            let near = overflow ? nil : Int32(exactly: distance)
            if near == nil || near == Self.isFar { far[place] = commit }
            if places.count == places.capacity { makeRoom() }
            places.insert(place, at: position)
            distances.insert(near ?? Self.isFar, at: position)
        }

        /// Room for an eighth more: arrays that double by themselves would leave a third of it unused.
        private mutating func makeRoom() {
            let room = places.count + max(8, places.count / 8)
            places.reserveCapacity(room)
            distances.reserveCapacity(room)
        }
    }

    private var pages: [Page] = []
    private(set) var count = 0
    /// The greatest commit.
    private(set) var latest = UInt64(0)

    var isEmpty: Bool { count == 0 }

    func commit(of row: Int) -> UInt64? {
        let (number, place) = Self.place(of: row)
        guard number < pages.count else { return nil }
        let page = pages[number]
        let position = page.position(of: place)
        guard position < page.places.count, page.places[position] == place else { return nil }
        return page.commit(at: position)
    }

    /// The first ended row from a row on.
    func first(from row: Int) -> (row: Int, commit: UInt64)? {
        var (number, place) = Self.place(of: row)
        while number < pages.count {
            let page = pages[number]
            let position = page.position(of: place)
            if position < page.places.count {
                return (
                    number << Self.pageBits + Int(page.places[position]), page.commit(at: position)
                )
            }
            (number, place) = (number + 1, 0)
        }
        return nil
    }

    /// Calls its argument with the ended rows of a range, ascending, and their commits.
    func forEach(
        in range: Range<Int>, _ body: (_ row: Int, _ commit: UInt64) throws -> Void
    ) rethrows {
        if range.isEmpty { return }
        let last = min((range.upperBound - 1) >> Self.pageBits, pages.count - 1)
        var (number, place) = Self.place(of: range.lowerBound)
        while number <= last {
            let page = pages[number]
            for position in page.position(of: place)..<page.places.count {
                let row = number << Self.pageBits + Int(page.places[position])
                if row >= range.upperBound { return }
                try body(row, page.commit(at: position))
            }
            (number, place) = (number + 1, 0)
        }
    }

    /// Calls its argument with all ended rows, ascending, and their commits.
    func forEach(_ body: (_ row: Int, _ commit: UInt64) throws -> Void) rethrows {
        try forEach(in: 0..<(pages.count << Self.pageBits), body)
    }

    mutating func insert(row: Int, commit: UInt64) {
        let (number, place) = Self.place(of: row)
        while pages.count <= number { pages.append(Page()) }
        let position = pages[number].position(of: place)
        precondition(
            position == pages[number].places.count || pages[number].places[position] != place,
            "a row ends once")
        pages[number].insert(UInt16(place), commit, at: position)
        count += 1
        latest = max(latest, commit)
    }

    /// The page of a row, and its place there.
    private static func place(of row: Int) -> (page: Int, place: Int) {
        (row >> pageBits, row & (1 << pageBits - 1))
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
