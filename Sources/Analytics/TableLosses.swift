import Store
import Vocabulary

/// Finds out which rows a figure leaves out for want of a rate or price, once it is known that some
/// are left out: by word and day, table by table.
struct TableLosses {
    private let plan: MetricPlan
    private let reader: ScanReader

    init(_ plan: MetricPlan, _ reader: ScanReader) {
        self.plan = plan
        self.reader = reader
    }

    /// How many words and days are named; the others are counted.
    private static let named = 3

    /// What the reader must know of one base metric and one request of it.
    func remarks(
        _ output: PlannedScan.Output, _ request: ScanRequest
    ) throws -> [String] {
        let base = plan.bases[output.base]
        guard let last = output.measures.last,
            case .countValued(let valuation) = request.measures[last]
        else { return [] }
        var remarks: [String] = []
        for (place, factor) in valuation.factors.enumerated() {
            if place == 0, base.base.factor?.form == .presence { continue }
            var groups: [Group] = []
            switch factor.key {
            case .column(let path): groups.append(.value(path))
            case .companies: groups.append(.company)
            case .word: break
            }
            if let day = factor.day { groups.append(.step(day, .day)) }
            let before: Measure =
                place > 0
                ? .countValued(valuation.prefix(place))
                : valuation.number.map { .countPresent($0) } ?? .count
            let result = try reader.scan(
                ScanRequest(
                    model: request.model, filters: request.filters, groups: groups,
                    measures: [before, .countValued(valuation.prefix(place + 1))]))
            var lost = Int128(0)
            var days: [String: [LocalDay]] = [:]
            for row in result.rows {
                let missing = (row.values[0] ?? 0) - (row.values[1] ?? 0)
                guard missing > 0 else { continue }
                lost += missing
                let word = word(of: row.key, factor)
                if factor.day != nil, case .number(let day)? = row.key.last {
                    days[word, default: []].append(LocalDay(number: Int32(clamping: day)))
                } else {
                    days[word, default: []] += []
                }
            }
            if lost > 0 {
                remarks.append(remark(base, place, valuation, lost, days))
            }
        }
        if remarks.isEmpty {
            // Rows that have changed since lack what they were worth then.
            remarks.append(
                "incomplete: rows of \(base.base.model) as they stood are left out of "
                    + "‘\(base.label)’, without a rate or value")
        }
        return remarks
    }

    private func word(of key: [Cell], _ factor: Valuation.Factor) -> String {
        switch (factor.key, key.first) {
        case (.word(let word), _): word
        case (.companies(let words), .text(let code)?): words[code] ?? code
        case (.column, .text(let text)?): text
        default: "(none)"
        }
    }

    private func remark(
        _ base: PlannedBase, _ place: Int, _ valuation: Valuation, _ lost: Int128,
        _ days: [String: [LocalDay]]
    ) -> String {
        let isRate = base.conversion != nil && place == valuation.factors.count - 1
        let words = days.sorted { $0.key < $1.key }.map { word, days in
            days.isEmpty ? word : word + " on " + Self.list(days.sorted().map(\.description))
        }
        let reason: String
        if isRate, let conversion = base.conversion {
            reason = "without a rate to \(conversion.target) in ‘\(conversion.table.name)’"
        } else {
            reason = "without a value in ‘\(base.base.factor?.table.name ?? "")’"
        }
        let (model, label, list) = (base.base.model, base.label, Self.list(words))
        return lost == 1
            ? "incomplete: 1 row of \(model) is left out of ‘\(label)’, \(reason): \(list)"
            : "incomplete: \(lost) rows of \(model) are left out of ‘\(label)’, \(reason): \(list)"
    }

    /// The first of some words, and how many others there are.
    static func list(_ words: [String]) -> String {
        let shown = words.prefix(named).joined(separator: ", ")
        let rest = words.count - named
        return rest > 0 ? "\(shown) and \(rest) more" : shown
    }
}

extension PlannedScan.Output {
    /// How many rows have a number but no value.
    func lost(_ values: [Int128?]) -> Int128 {
        guard let valued = measures.last, measures.count > 2 else { return 0 }
        return (values[measures[measures.count - 2]] ?? 0) - (values[valued] ?? 0)
    }

    /// Whether it is known that no row counts, although a currency is known: nothing is to be shown in
    /// it then.
    func hasNoRows(of base: PlannedBase, _ values: [Int128?]) -> Bool {
        guard let last = measures.last else { return false }
        if base.countsListed { return (values[last] ?? 0) == 0 }
        guard base.ownCurrency != nil, measures.count > 2 else { return false }
        return (values[measures[measures.count - 2]] ?? 0) == 0
    }
}
