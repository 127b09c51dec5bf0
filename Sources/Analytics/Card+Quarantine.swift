import Store
import Vocabulary

extension Definitions {
    /// Fills the table of rows that are put aside: one line per table of a source.
    ///
    /// Nobody knows whose a row is before it is taken over, so that they are told to all readers but
    /// those who see only rows of their own.
    func quarantine(
        _ card: Card, _ query: MetricQuery, with reader: ScanReader, now: Instant
    ) throws -> CardAnswer {
        struct Line {
            var rows = 0
            var recent = 0
            var first: LocalDay?
            var isOlder = false
        }
        let snapshot = reader.snapshot
        let zone = try Self.zone(of: snapshot.companies)
        let today = zone.day(of: now)
        var remarks: [String] = []
        var names: [[String]] = []
        var lines: [[String]: Line] = [:]
        if snapshot.scope.limits.isEmpty {
            for entry in try snapshot.quarantine() {
                let name = [entry.source, entry.table]
                if lines[name] == nil { names.append(name) }
                var line = lines[name] ?? Line()
                line.rows += entry.count
                if let day = entry.time.map(zone.day(of:)) {
                    if day > today.adding(days: -30) { line.recent += entry.count }
                    line.first = min(line.first ?? day, day)
                } else {
                    line.isOlder = true
                }
                lines[name] = line
            }
        } else {
            remarks.append("rows that are put aside are told only to those who see all rows")
        }
        let columns = [
            ResultColumn(name: "source", label: "Source", kind: .text),
            ResultColumn(name: "table", label: "Table", kind: .text),
            ResultColumn(name: "rows", label: "Rows put aside", kind: .integer, isTotalled: true),
            ResultColumn(
                name: "recent", label: "Of the last 30 days", kind: .integer, isTotalled: true),
            ResultColumn(name: "since", label: "Oldest", kind: .day),
        ]
        var footing = ResultFooting(columns: columns)
        let rows = names.map { name -> [Value] in
            let line = lines[name] ?? Line()
            let since = line.isOlder ? nil : line.first
            let row: [Value] =
                name.map(Value.text) + [.integer(Int64(line.rows)), .integer(Int64(line.recent))]
                + [since.map(Value.day) ?? .missing]
            footing.add(row)
            return row
        }
        return CardAnswer(
            card: card, query: query, period: try Period(from: today, upTo: today.adding(days: 1)),
            comparedWith: nil, isOpen: true,
            content: .table(
                ResultTable(
                    name: card.name, title: card.title, columns: columns, rows: rows,
                    totals: footing.totals)),
            remarks: remarks)
    }
}
