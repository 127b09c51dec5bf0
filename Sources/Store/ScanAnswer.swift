import Vocabulary

/// Puts the totals of companies together into the answer of a question.
///
/// Groups of different companies are the same group when their values are, unless a dimension is the
/// company or a reference. Each dimension's values get codes of this answer's own, and a group is
/// found by combining them.
struct ScanAnswer {
    /// A measure's value over the companies met so far.
    private enum Value {
        case number(Int128?)
        case distinct(Int128, Set<DistinctValue>)
        case numbers([Int64])
    }

    private struct DistinctValue: Hashable {
        let number: Int64
        let text: String?
    }

    private struct Entry {
        var values: [Value]
    }

    private let snapshot: Snapshot
    private let plan: ScanPlan
    private let divides: Bool
    private var codes: [CodeTable]
    private var words: [TextDictionary]
    private var combinations: [CodeTable]
    private var entries: [Entry] = []
    private var others: Entry?

    init(_ snapshot: Snapshot, _ plan: ScanPlan) {
        self.snapshot = snapshot
        self.plan = plan
        divides = plan.dimensions.contains { $0.dividesCompanies }
        codes = plan.dimensions.map { _ in CodeTable() }
        words = plan.dimensions.map { _ in TextDictionary() }
        combinations = plan.dimensions.dropFirst().map { _ in CodeTable() }
        if plan.dimensions.isEmpty { entries.append(Entry(values: empty)) }
    }

    private var empty: [Value] {
        plan.measures.map { measure in
            switch measure.kind {
            case .count, .countPresent: .number(0)
            case .sum, .least, .greatest: .number(nil)
            case .distinct: .distinct(0, [])
            case .percentile: .numbers([])
            }
        }
    }

    // MARK: Companies

    /// Takes in the totals of a company.
    mutating func add(_ scan: CompanyScan) throws {
        let totals = scan.totals
        if plan.dimensions.isEmpty {
            if totals.rows(0) > 0 { merge(scan, 0, into: &entries[0]) }
            return
        }
        var wanted = Self.groups(of: totals)
        // Where companies never share a group, only the first ones of each can be among the first.
        if let top = plan.top, divides, wanted.count > top.count {
            wanted = leading(wanted, top, totals)
        }
        for group in wanted {
            let entry = try entry(of: scan, group)
            merge(scan, group, into: &entries[entry])
        }
        guard entries.count <= StoreLimits.groups else {
            throw Advice(
                .request, "the answer would have more than \(StoreLimits.groups) groups",
                remedy: "use fewer dimensions or a shorter period")
        }
    }

    private static func groups(of totals: Totals) -> [Int] {
        var found: [Int] = []
        for group in 0..<totals.groupCount where totals.rows(group) > 0 { found.append(group) }
        return found
    }

    /// The groups that can be among the first of the whole; the rest goes to `others`.
    private mutating func leading(_ groups: [Int], _ top: Top, _ totals: Totals) -> [Int] {
        var rest = others ?? Entry(values: empty)
        defer { others = rest }
        let values = groups.map { totals.value(top.measure, $0) ?? Int128.min }
        // The least value that still belongs to the first ones; all groups equal to it are kept,
        // because their keys decide.
        let threshold = values.withKth(largest: top.count)
        var kept: [Int] = []
        for (group, value) in zip(groups, values) {
            if value >= threshold {
                kept.append(group)
            } else {
                for index in plan.measures.indices {
                    Self.combine(
                        &rest.values[index], plan.measures[index].kind, totals.value(index, group))
                }
            }
        }
        return kept
    }

    private mutating func entry(of scan: CompanyScan, _ group: Int) throws -> Int {
        let totals = scan.totals
        let parts = totals.codes(of: group)
        var combined = 0
        for index in parts.indices {
            let number = shared(totals.number(parts[index], index), index, scan)
            let code = codes[index].code(of: number)
            combined =
                index == 0
                ? code : combinations[index - 1].code(of: Int64(combined) << 32 | Int64(code))
        }
        while entries.count <= combined { entries.append(Entry(values: empty)) }
        return combined
    }

    /// A number of a dimension as all companies have it.
    private mutating func shared(_ number: Int64, _ index: Int, _ scan: CompanyScan) -> Int64 {
        if case .company = plan.dimensions[index] { return Int64(scan.company) }
        if number == NumberVector.missing { return number }
        guard case .value(let operand, let meaning) = plan.dimensions[index] else { return number }
        switch meaning {
        case .reference: return Int64(scan.company) << 32 | number
        case .text:
            let text = scan.text(number, operand)
            return words[index].code(of: text) ?? words[index].append(text)
        default: return number
        }
    }

    // MARK: Values

    private func merge(_ scan: CompanyScan, _ group: Int, into entry: inout Entry) {
        let totals = scan.totals
        for (index, measure) in plan.measures.enumerated() {
            switch measure.kind {
            case .percentile:
                guard case .numbers(var numbers) = entry.values[index] else { continue }
                entry.values[index] = .number(nil)
                totals.appendNumbers(index, group, to: &numbers)
                entry.values[index] = .numbers(numbers)
            case .distinct:
                guard case .distinct(var count, var set) = entry.values[index] else { continue }
                entry.values[index] = .number(nil)
                if case .reference = measure.meaning {
                    count += totals.value(index, group) ?? 0
                } else if divides || scan.isAlone {
                    count += totals.value(index, group) ?? 0
                } else {
                    totals.forEachDistinct(index, group) { number in
                        var value = DistinctValue(number: number, text: nil)
                        if case .text = measure.meaning, let operand = measure.operand {
                            value = DistinctValue(number: 0, text: scan.text(number, operand))
                        }
                        set.insert(value)
                    }
                }
                entry.values[index] = .distinct(count, set)
            default:
                Self.combine(&entry.values[index], measure.kind, totals.value(index, group))
            }
        }
    }

    private static func combine(
        _ value: inout Value, _ kind: ScanPlan.MeasureKind, _ other: Int128?
    ) {
        guard case .number(let known) = value, let other else { return }
        guard let known else {
            value = .number(other)
            return
        }
        switch kind {
        case .least: value = .number(min(known, other))
        case .greatest: value = .number(max(known, other))
        default: value = .number(known + other)
        }
    }

    private static func finished(_ value: inout Value, _ kind: ScanPlan.MeasureKind) -> Int128? {
        switch value {
        case .number(let number): return number
        case .distinct(let count, let set): return count + Int128(set.count)
        case .numbers(var numbers):
            value = .number(nil)
            guard case .percentile(let perMille) = kind, !numbers.isEmpty else { return nil }
            return numbers.percentile(perMille)
        }
    }

    // MARK: Result

    /// The answer, ordered.
    mutating func result() -> ScanResult {
        var values: [[Int128?]] = []
        values.reserveCapacity(entries.count)
        for index in entries.indices {
            values.append(
                plan.measures.indices.map {
                    Self.finished(&entries[index].values[$0], plan.measures[$0].kind)
                })
        }
        let cells = codes.indices.map { index in
            codes[index].numbers.map { cell($0, index) }
        }
        // Cells are compared once per value of a dimension, not once per group.
        let ranks = cells.map { cells -> [Int] in
            var ranks = [Int](repeating: 0, count: cells.count)
            for (rank, code) in cells.indices.sorted(by: { cells[$0].precedes(cells[$1]) })
                .enumerated()
            {
                ranks[code] = rank
            }
            return ranks
        }
        let keys = entries.indices.map(parts)
        func precedes(_ left: Int, _ right: Int) -> Bool {
            for index in ranks.indices {
                let (first, second) = (ranks[index][keys[left][index]], ranks[index][keys[right][index]])
                if first != second { return first < second }
            }
            return false
        }
        func row(_ entry: Int) -> ScanResult.Row {
            ScanResult.Row(
                key: ranks.indices.map { cells[$0][keys[entry][$0]] }, values: values[entry])
        }
        guard let top = plan.top, !plan.dimensions.isEmpty else {
            return ScanResult(rows: entries.indices.sorted(by: precedes).map(row), others: nil)
        }
        let order = entries.indices.sorted { left, right in
            let (first, second) = (values[left][top.measure], values[right][top.measure])
            if first != second {
                guard let first else { return false }
                guard let second else { return true }
                return first > second
            }
            return precedes(left, right)
        }
        var rest = others
        for entry in order.dropFirst(top.count) {
            var sum = rest ?? Entry(values: empty)
            for index in plan.measures.indices {
                Self.combine(&sum.values[index], plan.measures[index].kind, values[entry][index])
            }
            rest = sum
        }
        let others = rest.map { entry in
            plan.measures.indices.map { index -> Int128? in
                guard case .number(let number) = entry.values[index] else { return nil }
                return number
            }
        }
        return ScanResult(rows: order.prefix(top.count).map(row), others: others)
    }

    /// The code of an entry in each dimension.
    private func parts(_ entry: Int) -> [Int] {
        var found = [Int](repeating: 0, count: codes.count)
        var code = entry
        for index in codes.indices.dropFirst().reversed() {
            let pair = combinations[index - 1].numbers[code]
            found[index] = Int(pair & 0xFFFF_FFFF)
            code = Int(pair >> 32)
        }
        if !found.isEmpty { found[0] = code }
        return found
    }

    private func cell(_ number: Int64, _ index: Int) -> Cell {
        switch plan.dimensions[index] {
        case .company:
            return snapshot.state.companies.first { $0.value == Int(number) }
                .map { .text($0.key) } ?? .missing
        case .value(_, let meaning):
            if number == NumberVector.missing { return .missing }
            switch meaning {
            case .number: return .number(number)
            case .category(let column):
                return snapshot.state.dictionaries[column]?.text(of: number).map(Cell.text)
                    ?? .missing
            case .text: return words[index].text(of: number).map(Cell.text) ?? .missing
            case .reference:
                return .reference(
                    Reference(company: Int(number >> 32), index: Int(number & 0xFFFF_FFFF)))
            }
        case .step, .band, .novelty:
            return number == NumberVector.missing ? .missing : .number(number)
        }
    }
}

extension [Int128] {
    /// The value of which exactly `count − 1` others are at least as great.
    fileprivate func withKth(largest count: Int) -> Int128 {
        guard count > 0 else { return .max }
        var heap: [Int128] = []
        heap.reserveCapacity(count + 1)
        // Ascending; `count` is small, and few values of many exceed the least kept.
        for value in self where heap.count < count || value > heap[0] {
            var (low, high) = (0, heap.count)
            while low < high {
                let middle = (low + high) / 2
                if heap[middle] < value { low = middle + 1 } else { high = middle }
            }
            heap.insert(value, at: low)
            if heap.count > count { heap.removeFirst() }
        }
        return heap.first ?? .min
    }
}
