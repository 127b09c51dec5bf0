import Vocabulary

/// A row: its block, its number within it, and its company.
struct RowLocation: Sendable {
    private static let (rowBits, companyBits) = (UInt64(20), UInt64(22))

    private let bits: UInt64

    init(block: Int, row: Int, company: Int) {
        precondition(row >= 0 && row < 1 << Self.rowBits, "a block has fewer rows")
        precondition(company >= 0 && company < 1 << Self.companyBits, "there are fewer companies")
        bits =
            UInt64(block) << (Self.rowBits + Self.companyBits) | UInt64(company) << Self.rowBits
            | UInt64(row)
    }

    var block: Int { Int(bits >> (Self.rowBits + Self.companyBits)) }
    var row: Int { Int(bits & (1 << Self.rowBits - 1)) }
    var company: Int { Int(bits >> Self.rowBits & (1 << Self.companyBits - 1)) }
}

/// Finds and sorts the rows of a `RowRequest`.
struct RowFinder {
    private let snapshot: Snapshot
    private let request: RowRequest
    private let walker: BatchWalker
    private let order: [(source: Int, meaning: BatchWalker.Meaning)]

    init(_ snapshot: Snapshot, _ request: RowRequest) throws {
        self.snapshot = snapshot
        self.request = request
        let walker = try BatchWalker(snapshot, model: request.model, filters: request.filters)
        self.walker = walker
        order = try request.order.map { try walker.source($0.path) }
    }

    func run() throws -> RowSet {
        var locations: [RowLocation] = []
        var keys = order.map { _ in [Int64]() }
        try walker.walk { batch in
            let companies = batch.company == nil ? walker.blocks[batch.block].companies : nil
            for row in walker.selection.rows {
                let row = batch.start + Int(row)
                locations.append(
                    RowLocation(
                        block: batch.block, row: row,
                        company: batch.company ?? companies.map { Int($0[row]) } ?? 0))
            }
            for (index, entry) in order.enumerated() {
                let buffer = try walker.numbers(entry.source, batch)
                keys[index].append(contentsOf: walker.selection.rows.lazy.map { buffer[Int($0)] })
            }
        }
        for (index, entry) in order.enumerated() {
            if let ranks = ranks(entry.meaning) {
                keys[index] = keys[index].map {
                    $0 == NumberVector.missing ? $0 : ranks[Int($0)]
                }
            }
        }
        var sorter = RowSorter(
            locations, keys: keys, descending: request.order.map(\.isDescending),
            blocks: walker.blocks, snapshot)
        (locations, keys) = ([], [])
        let sorted = try sorter.sorted()
        let wanted = request.limit.map { Array(sorted.prefix($0)) } ?? sorted
        return RowSet(
            snapshot: snapshot, model: walker.model, columns: request.columns, locations: wanted)
    }

    /// Where each text stands in alphabetical order, by its number; nil for other columns.
    private func ranks(_ meaning: BatchWalker.Meaning) -> [Int64]? {
        let texts: [String]
        switch meaning {
        case .category(let column): texts = snapshot.state.dictionaries[column]?.texts ?? []
        case .text(let source): texts = walker.texts(of: source)
        default: return nil
        }
        var ranks = [Int64](repeating: 0, count: texts.count)
        let order = texts.indices.sorted {
            texts[$0].utf8.lexicographicallyPrecedes(texts[$1].utf8)
        }
        for (rank, index) in order.enumerated() { ranks[index] = Int64(rank) }
        return ranks
    }
}

extension RowKey {
    /// An order of keys: integers, then UUIDs, then texts by their bytes.
    func precedes(_ other: RowKey) -> Bool {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): left < right
        case (.uuid(let left), .uuid(let right)): left < right
        case (.text(let left), .text(let right)):
            left.utf8.lexicographicallyPrecedes(right.utf8)
        case (.integer, _), (.uuid, .text): true
        default: false
        }
    }
}
