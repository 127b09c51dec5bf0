import Store
import Vocabulary

/// The entries of tables that rows took, gathered while the rows pass by.
struct UsedEntries {
    private struct Lookup: Hashable {
        let place: Int
        let word: String?
        let day: LocalDay?
    }

    private var rows: [Lookup: Int] = [:]

    /// Takes note of a row.
    mutating func note(_ steps: [RowValuer.Step]) {
        for (place, step) in steps.enumerated() {
            rows[Lookup(place: place, word: step.word, day: step.day), default: 0] += 1
        }
    }

    /// How many entries are listed; there may be one for each word and day.
    private static let limit = 1000

    /// The entries by table, word and day, with the number of rows that took them.
    func table(of metric: Metric, _ valuer: RowValuer) -> ResultTable {
        struct Entry: Hashable {
            let place: Int
            let quote: RowValuer.Quote
        }
        var taken: [Entry: (rows: Int, day: LocalDay)] = [:]
        for (lookup, rows) in rows {
            let step = RowValuer.Step(word: lookup.word, day: lookup.day, number: nil)
            // Amounts that are in the target currency already take no rate.
            guard let quote = valuer.quote(lookup.place, step), !quote.days.isEmpty else {
                continue
            }
            let entry = Entry(place: lookup.place, quote: quote)
            let day = lookup.day ?? .earliest
            let known = taken[entry] ?? (0, day)
            taken[entry] = (known.rows + rows, min(known.day, day))
        }
        let ordered = taken.sorted { left, right in
            if left.key.place != right.key.place { return left.key.place < right.key.place }
            if left.key.quote.word != right.key.quote.word {
                return left.key.quote.word < right.key.quote.word
            }
            return left.value.day < right.value.day
        }
        let shown = ordered.prefix(Self.limit)
        return ResultTable(
            name: "used-\(metric.name)",
            title: "\(metric.label): values and rates used"
                + (shown.count < ordered.count ? ", \(shown.count) of \(ordered.count)" : ""),
            columns: [
                ResultColumn(name: "table", label: "Table", kind: .text),
                ResultColumn(name: "word", label: "Looked up", kind: .text),
                ResultColumn(name: "value", label: "Value", kind: .text),
                ResultColumn(name: "days", label: "Of", kind: .text),
                ResultColumn(name: "rows", label: "Rows", kind: .integer),
            ],
            rows: shown.map { entry, use in
                [
                    .text(entry.quote.table), .text(entry.quote.word), .text(entry.quote.value),
                    .text(entry.quote.days), .integer(Int64(use.rows)),
                ]
            })
    }
}
