import Vocabulary

/// Puts the totals of companies together into the answer of a question.
///
/// Groups of different companies are the same group when their values are, unless a dimension is the
/// company or a reference. Each dimension's values get codes of this answer's own, and a group is
/// found by combining them.
struct ScanAnswer {
    /// A value that several companies may have.
    private struct SharedValue: Hashable {
        let number: Int64
        let text: String?
    }

    /// One measure of every group met so far.
    private struct Column {
        let kind: ScanPlan.MeasureKind
        var numbers: [Int128] = []
        var isKnown: [Bool] = []
        /// Distinct values that several companies may have.
        var sets: [Int: Set<SharedValue>] = [:]
        /// What percentiles are taken from.
        var lists: [Int: [PercentileList]] = [:]

        mutating func grow(to count: Int) {
            guard numbers.count < count else { return }
            // A count of nothing is 0; a sum of nothing is unknown.
            let isKnown =
                switch kind {
                case .count, .countPresent, .distinct: true
                default: false
                }
            numbers.append(contentsOf: repeatElement(0, count: count - numbers.count))
            self.isKnown.append(
                contentsOf: repeatElement(isKnown, count: count - self.isKnown.count))
        }

        mutating func combine(_ entry: Int, _ other: Int128) {
            guard isKnown[entry] else {
                numbers[entry] = other
                isKnown[entry] = true
                return
            }
            switch kind {
            case .least: numbers[entry] = min(numbers[entry], other)
            case .greatest: numbers[entry] = max(numbers[entry], other)
            default: numbers[entry] += other
            }
        }

        func value(_ entry: Int) -> Int128? { isKnown[entry] ? numbers[entry] : nil }

        /// Works out what only the whole can tell.
        mutating func finish() {
            for (entry, set) in sets { numbers[entry] += Int128(set.count) }
            if case .percentile(let perMille) = kind {
                for (entry, list) in lists {
                    if let value = list.percentile(perMille) { combine(entry, value) }
                }
            }
            sets = [:]
            lists = [:]
        }
    }

    private let snapshot: Snapshot
    private let plan: ScanPlan
    private let divides: Bool
    private var codes: [CodeTable]
    private var words: [TextDictionary]
    private var combinations: [CodeTable]
    private var columns: [Column]
    private var count = 0
    /// Groups that cannot be among the first: one entry of each column, or none yet.
    private var others: [Column]
    private var hasOthers = false

    init(_ snapshot: Snapshot, _ plan: ScanPlan) {
        self.snapshot = snapshot
        self.plan = plan
        divides = plan.dimensions.contains { $0.dividesCompanies }
        codes = plan.dimensions.map { _ in CodeTable() }
        words = plan.dimensions.map { _ in TextDictionary() }
        combinations = plan.dimensions.dropFirst().map { _ in CodeTable() }
        columns = plan.measures.map { Column(kind: $0.kind) }
        others = columns
        for index in others.indices { others[index].grow(to: 1) }
        if plan.dimensions.isEmpty { grow(to: 1) }
    }

    private mutating func grow(to size: Int) {
        count = max(count, size)
        for index in columns.indices { columns[index].grow(to: count) }
    }

    // MARK: Companies

    /// Takes in the totals of a company.
    mutating func add(_ scan: CompanyScan) throws {
        let totals = scan.totals
        if plan.dimensions.isEmpty {
            if totals.rows(0) > 0 { merge(scan, [0], [0]) }
            return
        }
        var groups: [Int] = []
        if let top = plan.top, divides {
            // Companies never share a group: only the first ones of each can be among the first.
            let leaders = totals.leaders(top)
            groups = leaders.groups
            if let rest = leaders.others {
                hasOthers = true
                for (index, value) in rest.enumerated() {
                    if let value { others[index].combine(0, value) }
                }
            }
        } else {
            groups = totals.groupsWithRows()
        }
        merge(scan, groups, entries(of: scan, groups))
        guard count <= StoreLimits.groups else {
            throw Advice(
                .request, "the answer would have more than \(StoreLimits.groups) groups",
                remedy: "use fewer dimensions or a shorter period")
        }
        try snapshot.memory.checkResult(bytes)
    }

    /// Bytes of memory that the answer takes, with its rows; the numbers of percentiles are those of
    /// the companies.
    private var bytes: Int {
        var bytes = count * (Self.numberBytes * columns.count + Self.cellBytes * codes.count)
        for table in codes + combinations { bytes += table.bytes }
        for column in columns {
            for set in column.sets.values { bytes += set.count * Self.cellBytes }
        }
        return bytes
    }

    /// Bytes of a measure of a group here and in its row of the result, and of a dimension's cell.
    private static let (numberBytes, cellBytes) = (52, 36)

    /// The entries of a company's groups, made where they are new.
    private mutating func entries(of scan: CompanyScan, _ groups: [Int]) -> [Int] {
        let totals = scan.totals
        // What a code of the company is here; -1 until it is met.
        var known = totals.space.dimensions.map { _ in [Int32]() }
        var found: [Int] = []
        found.reserveCapacity(groups.count)
        var parts = [Int](repeating: 0, count: plan.dimensions.count)
        for group in groups {
            totals.copyCodes(of: group, to: &parts)
            var combined = 0
            for index in parts.indices {
                let part = parts[index]
                if part >= known[index].count {
                    let missing = max(part + 1, known[index].count * 2) - known[index].count
                    known[index].append(contentsOf: repeatElement(-1, count: missing))
                }
                var code = Int(known[index][part])
                if code < 0 {
                    code = codes[index].code(
                        of: shared(totals.number(part, index), index, scan))
                    known[index][part] = Int32(code)
                }
                combined =
                    index == 0
                    ? code
                    : combinations[index - 1].code(of: Int64(combined) << 32 | Int64(code))
            }
            found.append(combined)
        }
        grow(to: combinations.last?.count ?? codes.first?.count ?? 1)
        return found
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

    /// Adds the values of a company's groups to their entries.
    private mutating func merge(_ scan: CompanyScan, _ groups: [Int], _ entries: [Int]) {
        let totals = scan.totals
        for (index, measure) in plan.measures.enumerated() {
            switch measure.kind {
            case .percentile: totals.appendNumbers(index, groups, entries, &columns[index].lists)
            case .distinct where !isOwn(measure, scan):
                for (group, entry) in zip(groups, entries) {
                    totals.forEachDistinct(index, group) { number in
                        var value = SharedValue(number: number, text: nil)
                        if case .text = measure.meaning, let operand = measure.operand {
                            value = SharedValue(number: 0, text: scan.text(number, operand))
                        }
                        columns[index].sets[entry, default: []].insert(value)
                    }
                }
            default:
                totals.forEachValue(index, groups) { at, value in
                    columns[index].combine(entries[at], value)
                }
            }
        }
    }

    /// Whether no other company can have the same distinct values in the same group.
    private func isOwn(_ measure: ScanPlan.PlannedMeasure, _ scan: CompanyScan) -> Bool {
        if case .reference = measure.meaning { return true }
        return divides || scan.isAlone
    }

    // MARK: Result

    /// The answer, ordered.
    mutating func result() -> ScanResult {
        for index in columns.indices { columns[index].finish() }
        let cells = codes.indices.map { index in
            codes[index].numbers.map { cell($0, index) }
        }
        // Cells are compared once per value of a dimension, not once per group; but for words, their
        // numbers are in the order of the cells, missing first.
        let ranks = codes.indices.map { dimension -> [Int32] in
            let (numbers, cells) = (codes[dimension].numbers, cells[dimension])
            var ranks = [Int32](repeating: 0, count: cells.count)
            let order =
                hasWords(dimension)
                ? cells.indices.sorted { cells[$0].precedes(cells[$1]) }
                : numbers.indices.sorted { numbers[$0] < numbers[$1] }
            for (rank, code) in order.enumerated() { ranks[code] = Int32(rank) }
            return ranks
        }
        let dimensions = codes.count
        var keys = [Int32](repeating: 0, count: count * dimensions)
        for entry in 0..<count { copyCodes(of: entry, to: &keys, at: entry * dimensions) }
        func precedes(_ left: Int, _ right: Int) -> Bool {
            for index in 0..<dimensions {
                let first = ranks[index][Int(keys[left * dimensions + index])]
                let second = ranks[index][Int(keys[right * dimensions + index])]
                if first != second { return first < second }
            }
            return false
        }
        func rows(_ order: some Collection<Int>) -> ScanResult.Rows {
            ScanResult.Rows(
                count: order.count,
                keys: (0..<dimensions).map { index in
                    order.map { cells[index][Int(keys[$0 * dimensions + index])] }
                },
                values: columns.map { column in order.map { column.value($0) } })
        }
        guard let top = plan.top, !plan.dimensions.isEmpty else {
            return ScanResult(rows: rows((0..<count).sorted(by: precedes)), others: nil)
        }
        let order = (0..<count).sorted { left, right in
            let (first, second) = (
                columns[top.measure].value(left), columns[top.measure].value(right)
            )
            if first != second {
                guard let first else { return false }
                guard let second else { return true }
                return first > second
            }
            return precedes(left, right)
        }
        for entry in order.dropFirst(top.count) {
            hasOthers = true
            for index in columns.indices {
                if let value = columns[index].value(entry) { others[index].combine(0, value) }
            }
        }
        let rest = others.map { column -> Int128? in
            switch column.kind {
            case .distinct, .percentile: nil
            default: column.value(0)
            }
        }
        return ScanResult(
            rows: rows(order.prefix(top.count)), others: hasOthers ? rest : nil)
    }

    /// Writes the code of an entry in each dimension.
    private func copyCodes(of entry: Int, to target: inout [Int32], at start: Int) {
        var code = entry
        for index in codes.indices.dropFirst().reversed() {
            let pair = combinations[index - 1].numbers[code]
            target[start + index] = Int32(pair & 0xFFFF_FFFF)
            code = Int(pair >> 32)
        }
        if !codes.isEmpty { target[start] = Int32(code) }
    }

    private func hasWords(_ index: Int) -> Bool {
        switch plan.dimensions[index] {
        case .company, .value(_, .category), .value(_, .text): true
        default: false
        }
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
