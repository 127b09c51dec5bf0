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
        let lines = try snapshot.scan(scan).rows.map { Line(key: $0.key, values: $0.values) }
        return steps.isEmpty ? lines : steps.flatMap { Self.fold(lines, $0) }
    }

    /// Puts days, which are in order, together to longer steps.
    private static func fold(_ days: [Line], _ grain: Grain) -> [Line] {
        var lines: [Line] = []
        var (end, sums): (Int64, [Int128?]) = (.min, [])
        var start = LocalDay(number: 0)
        func finish() {
            guard !sums.isEmpty else { return }
            lines.append(
                Line(key: [.text(grain.rawValue), .number(Int64(start.number))], values: sums))
        }
        for line in days {
            guard case .number(let day)? = line.key.first else { continue }
            if day < end {
                for index in sums.indices {
                    if let value = line.values[index] { sums[index] = value + (sums[index] ?? 0) }
                }
            } else {
                finish()
                start = grain.start(of: LocalDay(number: Int32(day)))
                (end, sums) = (Int64(grain.next(after: start).number), line.values)
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
