import Store
import Vocabulary

/// A question of a manager's page, asked of our store and, in SQL, of another engine.
///
/// The engines must answer with the same lines, key and figures separated by `|`. Days are days
/// since 1970-01-01, money is minor units, references are numbers of the rows that they mean, times
/// are microseconds.
struct PageQuestion {
    /// Part of the case's name: `q1` to `q10`.
    let name: String
    /// Our scan.
    let scan: ScanRequest
    /// The steps of time that the days of the scan's only group are put together to; with them, a
    /// line begins with its step's name.
    var steps: [Grain] = []
    /// The same as SQL.
    let sql: (SQLDialect, _ company: Int?) -> String

    /// One group of an answer.
    struct Line {
        let key: [Cell]
        let values: [Int128?]
    }

    // MARK: Ours

    /// Asks our store.
    func ask(_ snapshot: Snapshot) throws -> [Line] {
        let rows = try snapshot.scan(scan).rows
        guard !steps.isEmpty else { return rows.map { Line(key: $0.key, values: $0.values) } }
        return steps.flatMap { grain in Self.fold(rows, grain) }
    }

    /// Puts days, which are in order, together to longer steps.
    private static func fold(_ rows: ScanResult.Rows, _ grain: Grain) -> [Line] {
        var lines: [Line] = []
        var (start, sums): (Int64?, [Int128?]) = (nil, [])
        func finish() {
            guard let start else { return }
            lines.append(Line(key: [.text(grain.rawValue), .number(start)], values: sums))
        }
        for row in rows {
            guard case .number(let day)? = row.key.first else { continue }
            let step = Int64(grain.start(of: LocalDay(number: Int32(day))).number)
            if step == start {
                sums = zip(sums, row.values).map { sum, value in
                    value.map { $0 + (sum ?? 0) } ?? sum
                }
            } else {
                finish()
                (start, sums) = (step, row.values)
            }
        }
        finish()
        return lines
    }

    /// An answer as sorted lines, references turned into the numbers of the rows they mean.
    ///
    /// For the comparison with others, and not part of what is measured.
    func lines(_ answer: [Line], _ snapshot: Snapshot) throws -> [String] {
        let model = try snapshot.schema.model(scan.model)
        let targets = scan.groups.map { group in
            if case .value(let path) = group, path.attribute == nil,
                case .reference(let target)? = model.column(path.column)?.type
            {
                target
            } else {
                nil as String?
            }
        }
        return try answer.map { line in
            let words = try line.key.enumerated().map { place, cell in
                switch cell {
                case .missing: return "None"
                case .number(let number): return String(number)
                case .text(let text): return text
                case .key(let key): return key.description
                case .reference(let reference):
                    guard let target = targets[place],
                        case .number(let number)? = try snapshot.cells(
                            model: target, column: "number", of: [reference]
                        ).first
                    else { return "None" }
                    return String(number)
                }
            }
            let figures = line.values.map { $0.map { String($0) } ?? "None" }
            return (words + figures).joined(separator: "|")
        }.sorted()
    }
}
