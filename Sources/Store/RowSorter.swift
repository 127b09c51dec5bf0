import CKernels
import Vocabulary

/// Sorts rows by numbers of theirs, one key after another, and rows that are alike in all of them by
/// origin and key.
///
/// Many rows are sorted by the digits of a key, which takes a few nanoseconds a row; then those that are
/// alike in it by the next key. Few rows are compared with each other.
struct RowSorter {
    private let locations: [RowLocation]
    /// Per key and place of a row in `locations`, its number; the first key's, until all are sorted
    /// by it.
    private var keys: [[Int64]]
    private let descending: [Bool]
    private var identities: RowIdentities
    /// Places in `locations`, in order as far as is known.
    private var rows: [UInt32]
    /// The key of the rows last sorted, in their order, as numbers that begin with 0.
    private var numbers: [UInt64] = []
    private var otherRows: [UInt32] = []
    private var otherNumbers: [UInt64] = []

    init(
        _ locations: [RowLocation], keys: [[Int64]], descending: [Bool], blocks: [RowBlock],
        _ snapshot: Snapshot
    ) {
        self.locations = locations
        self.keys = keys
        self.descending = descending
        identities = RowIdentities(blocks, snapshot)
        rows = (0..<UInt32(locations.count)).map { $0 }
    }

    /// The rows in order.
    mutating func sorted() throws -> [RowLocation] {
        try sort(0..<rows.count, by: 0)
        (keys, numbers, otherRows, otherNumbers) = ([], [], [], [])
        return rows.map { locations[Int($0)] }
    }

    /// Sorts some rows that are alike in all keys before one.
    private mutating func sort(_ range: Range<Int>, by level: Int) throws {
        if range.count < 2 { return }
        guard range.count >= StoreLimits.sortedByDigits else { return try compare(range, level) }
        // Behind the keys of the question stand origin and key of the row.
        if level < keys.count {
            number(range, isDescending: descending[level], keys[level], at: rows)
            if level == 0 { keys[0] = [] }
        } else if level == keys.count {
            let origins = try rows[range].map { try identities.origin(locations[Int($0)]) }
            number(range, isDescending: false, origins, at: nil)
        } else {
            let own = try rows[range].map { try identities.integer(locations[Int($0)]) }
            let integers = own.compactMap(\.self)
            guard integers.count == own.count else { return try compare(range, level) }
            number(range, isDescending: false, integers, at: nil)
        }
        sortByNumbers(range)
        if level > keys.count { return }
        let sorted = numbers
        var start = 0
        for place in 1...range.count
        where place == range.count || sorted[place] != sorted[start] {
            if place - start > 1 {
                let alike = (range.lowerBound + start)..<(range.lowerBound + place)
                try sort(alike, by: level + 1)
            }
            start = place
        }
    }

    /// Numbers some rows from 0 on in the order of a key; those without one come last either way.
    ///
    /// The key stands in the rows' present order, or where `places` say.
    private mutating func number(
        _ range: Range<Int>, isDescending: Bool, _ key: [Int64], at places: [UInt32]?
    ) {
        let own = places.map { places in places[range].map { key[Int($0)] } } ?? key
        var survey = rk_survey()
        unsafe rk_survey_numbers(own, own.count, &survey)
        if survey.missing == own.count {
            numbers = [UInt64](repeating: 0, count: own.count)
            return
        }
        // Times are whole seconds for the most part: as counts of seconds they have fewer digits.
        let step = unsafe max(rk_common_step(own, own.count, survey.least, 0), 1)
        numbers = unsafe [UInt64](unsafeUninitializedCapacity: own.count) { target, count in
            unsafe _ = rk_quotients(own, own.count, survey.least, step, target.baseAddress)
            count = own.count
        }
        let top =
            (UInt64(bitPattern: survey.greatest) &- UInt64(bitPattern: survey.least)) / step
        guard isDescending || survey.missing > 0 else { return }
        for place in numbers.indices {
            let number = numbers[place]
            numbers[place] =
                own[place] == NumberVector.missing
                ? top + 1
                : isDescending ? top - number : number
        }
    }

    /// Sorts some rows by their numbers.
    private mutating func sortByNumbers(_ range: Range<Int>) {
        let count = range.count
        var greatest = UInt64(0)
        var isSorted = true
        for place in 0..<count {
            if place > 0, numbers[place] < numbers[place - 1] { isSorted = false }
            greatest = max(greatest, numbers[place])
        }
        if isSorted { return }
        if otherRows.count < count {
            otherRows = [UInt32](repeating: 0, count: count)
            otherNumbers = [UInt64](repeating: 0, count: count)
        }
        var part = Array(rows[range])
        let side = unsafe rk_sort_rows(
            &numbers, &part, &otherNumbers, &otherRows, Int64(count),
            Int32(UInt64.bitWidth - greatest.leadingZeroBitCount))
        if side == 1 {
            numbers = Array(otherNumbers[0..<count])
            part = Array(otherRows[0..<count])
        }
        rows.replaceSubrange(range, with: part)
    }

    /// Sorts a few rows by comparing them in all keys from one on.
    private mutating func compare(_ range: Range<Int>, _ level: Int) throws {
        let (keys, descending, locations) = (keys, descending, locations)
        var identities = identities
        let order = try rows[range].sorted { left, right in
            for index in level..<max(level, keys.count) {
                let (first, second) = (keys[index][Int(left)], keys[index][Int(right)])
                if first == second { continue }
                if first == NumberVector.missing { return false }
                if second == NumberVector.missing { return true }
                return (first < second) != descending[index]
            }
            let first = try identities.identity(locations[Int(left)])
            let second = try identities.identity(locations[Int(right)])
            if first.origin != second.origin { return first.origin < second.origin }
            return first.key.precedes(second.key)
        }
        self.identities = identities
        rows.replaceSubrange(range, with: order)
    }
}

/// Origins and keys of rows, whose columns are kept for each block that was met.
private struct RowIdentities {
    private let blocks: [RowBlock]
    private let chunks: ChunkReader
    /// Where each origin stands in the order of names.
    private let ranks: [Int64: Int64]
    private var segments: [Int: (origins: NumberVector, keys: KeyVector)] = [:]

    init(_ blocks: [RowBlock], _ snapshot: Snapshot) {
        self.blocks = blocks
        chunks = snapshot.chunks
        let names = snapshot.state.origins.sorted { $0.key < $1.key }
        ranks = Dictionary(
            uniqueKeysWithValues: names.enumerated().map { (Int64($1.value), Int64($0)) })
    }

    /// The rank of a row's origin, and its key.
    mutating func identity(_ location: RowLocation) throws -> (origin: Int64, key: RowKey) {
        switch blocks[location.block] {
        case .delta(let block):
            return (ranks[block.origins[location.row]] ?? -1, block.keys[location.row])
        case .segment(let state):
            let columns = try columns(location.block, state)
            return (ranks[columns.origins[location.row]] ?? -1, columns.keys[location.row])
        }
    }

    mutating func origin(_ location: RowLocation) throws -> Int64 {
        switch blocks[location.block] {
        case .delta(let block): ranks[block.origins[location.row]] ?? -1
        case .segment(let state):
            ranks[try columns(location.block, state).origins[location.row]] ?? -1
        }
    }

    /// A row's key where it is a number.
    mutating func integer(_ location: RowLocation) throws -> Int64? {
        guard case .integer(let number) = try identity(location).key else { return nil }
        return number
    }

    private mutating func columns(
        _ block: Int, _ state: SegmentState
    ) throws -> (origins: NumberVector, keys: KeyVector) {
        if let known = segments[block] { return known }
        let made = (
            try chunks.numbers(state.segment, .origin), try chunks.keys(state.segment)
        )
        segments[block] = made
        return made
    }
}
