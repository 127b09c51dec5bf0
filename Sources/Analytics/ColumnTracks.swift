import Store
import Vocabulary

/// What columns of rows have become over time, as far as their history is kept.
struct ColumnTracks {
    /// One change of a column.
    struct Change {
        let at: Instant
        let column: String
        let from: Cell
        let to: Cell
        /// Whether the row came with it.
        let isArrival: Bool
        /// Whether the row went with it.
        let isEnd: Bool
    }

    /// The changes of each row, in order of time.
    private(set) var changes: [Reference: [Change]] = [:]
    private let columns: [String]
    private let model: Model
    private let reader: ScanReader

    /// Reads the changes of some columns on some days.
    ///
    /// - Throws: `Advice` when there are more than can be held.
    init(_ model: Model, _ columns: [String], _ days: Period, _ reader: ScanReader) throws {
        (self.model, self.columns, self.reader) = (model, columns, reader)
        guard !columns.isEmpty else { return }
        let rows = try reader.snapshot.rows(
            RowRequest(
                model: model.name + "_history",
                filters: [
                    .days(ColumnPath("changed_at"), days),
                    .among(ColumnPath("column"), columns.map { .text($0) }),
                ],
                columns: [
                    "row", "column", "changed_at", "from_word", "to_word", "from_number",
                    "to_number", "event",
                ].map { ColumnPath($0) }, order: [RowRequest.Order(ColumnPath("changed_at"))]))
        guard rows.count <= Self.limit else {
            throw Advice(
                .request, "\(rows.count) changes of \(model.name) would have to be followed",
                remedy: "ask for fewer companies or a shorter period")
        }
        try rows.forEachBatch { batch in
            for row in batch {
                guard case .reference(let reference) = row[0], case .text(let name) = row[1],
                    case .number(let time) = row[2], let type = model.column(name)?.type
                else { continue }
                func cell(_ word: Int, _ number: Int) -> Cell {
                    type == .category ? row[word] : row[number]
                }
                changes[reference, default: []].append(
                    Change(
                        at: Instant(microseconds: time), column: name, from: cell(3, 5),
                        to: cell(4, 6), isArrival: row[7] == .text("began"),
                        isEnd: row[7] == .text("ended")))
            }
        }
    }

    /// How many changes are held in memory, about 150 bytes each.
    static let limit = 1_000_000

    /// The days of all history up to the end of a period.
    static func days(until end: LocalDay) throws -> Period {
        try Period(from: min(.earliest, end), upTo: end)
    }

    /// What the columns were is known since then; nil where no commit was made yet.
    func knownSince() throws -> Instant? {
        guard !columns.isEmpty else { return nil }
        let known = try reader.snapshot.historyKnownSince(model: model.name)
        return columns.compactMap { known[$0]?.time }.max()
    }

    /// What a reader must know when a day that matters lies before the history.
    func remark(since first: LocalDay) throws -> String? {
        guard let known = try knownSince(),
            reader.snapshot.companies.contains(where: { $0.zone.start(of: first) < known })
        else { return nil }
        return "incomplete: what \(columns.joined(separator: " and ")) of \(model.name) was is "
            + "known since \(Instant(seconds: known.seconds))"
    }
}
