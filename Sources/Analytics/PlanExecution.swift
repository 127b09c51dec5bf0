import Store
import Vocabulary

/// The tallies that the scans of a plan gave, by member and step.
struct PlanResult {
    /// The members of the dimensions, one cell each.
    typealias Key = [Cell]

    /// Asked days: per member, per step (0 without a grain).
    var now: [Key: [Int: Tally]] = [:]
    /// Compared days, steps numbered in their own order.
    var before: [Key: [Int: Tally]] = [:]
    /// What the reader must know of these figures.
    var remarks: [String] = []
}

extension MetricPlan {
    /// Runs the scans.
    func execute(on reader: ScanReader) throws -> PlanResult {
        var result = PlanResult()
        for scan in scans {
            try collect(
                reader.scan(scan.now), of: scan, steps: spans.steps, into: &result.now,
                &result.remarks)
            if let before = scan.before {
                try collect(
                    reader.scan(before), of: scan, steps: spans.stepsBefore, into: &result.before,
                    &result.remarks)
            }
        }
        return result
    }

    private func collect(
        _ answer: ScanResult, of scan: PlannedScan, steps: [LocalDay],
        into tallies: inout [PlanResult.Key: [Int: Tally]], _ remarks: inout [String]
    ) throws {
        let numbers = Dictionary(
            uniqueKeysWithValues: steps.enumerated().map { (Int64($1.number), $0) })
        for row in answer.rows {
            let members = Array(row.key.prefix(dimensions.count))
            var step = 0
            if scan.hasStep {
                // A row without a day lies in no period, so every row here has its step.
                guard case .number(let day) = row.key[dimensions.count],
                    let index = numbers[day]
                else { preconditionFailure("the scan answered a step outside of its own days") }
                step = index
            }
            let currency = scan.hasCurrency ? Self.currency(row.key[row.key.count - 1]) : nil
            var tally = tallies[members]?[step] ?? Tally(bases: bases.count)
            for output in scan.outputs {
                let base = bases[output.base]
                let values = output.measures.map { row.values[$0] }
                if base.currencyColumn == nil {
                    tally.add(values, currency: "", base: output.base, of: base)
                } else if let currency {
                    tally.add(values, currency: currency.code, base: output.base, of: base)
                } else if base.base.currencyColumn != nil,
                    values.contains(where: { ($0 ?? 0) != 0 })
                {
                    let remark =
                        "incomplete: rows of \(base.base.model) without a valid "
                        + "\(base.currencyColumn ?? "currency") are left out of \(base.name)"
                    if !remarks.contains(remark) { remarks.append(remark) }
                }
            }
            tallies[members, default: [:]][step] = tally
        }
    }

    private static func currency(_ cell: Cell) -> Currency? {
        guard case .text(let code) = cell else { return nil }
        return Currency(code)
    }
}
