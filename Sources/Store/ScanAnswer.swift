import Vocabulary

/// Makes the answer of a question from the totals of its companies: cells, and the order of the rows.
struct ScanAnswer {
    private let snapshot: Snapshot
    private let plan: ScanPlan
    private let merged: MergedTotals

    init(_ snapshot: Snapshot, _ plan: ScanPlan, _ merged: MergedTotals) {
        (self.snapshot, self.plan, self.merged) = (snapshot, plan, merged)
    }

    /// The answer, ordered.
    func result() -> ScanResult {
        let columns = merged.columns
        let cells = merged.codes.indices.map { index in
            merged.codes[index].numbers.map { cell($0, index) }
        }
        // Cells are compared once per value of a dimension, not once per group; but for words, their
        // numbers are in the order of the cells, missing first.
        let orders = merged.codes.indices.map { dimension -> [Int] in
            let (numbers, cells) = (merged.codes[dimension].numbers, cells[dimension])
            return hasWords(dimension)
                ? cells.indices.sorted { cells[$0].precedes(cells[$1]) }
                : numbers.indices.sorted { numbers[$0] < numbers[$1] }
        }
        let ranks = orders.map { order -> [Int32] in
            var ranks = [Int32](repeating: 0, count: order.count)
            for (rank, code) in order.enumerated() { ranks[code] = Int32(rank) }
            return ranks
        }
        let dimensions = merged.codes.count
        var keys = [Int32](repeating: 0, count: merged.count * dimensions)
        let entries = (0..<merged.count).filter { merged.has($0) }
        for entry in entries { copyCodes(of: entry, to: &keys, at: entry * dimensions) }
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
            // The entries of a single dimension are its codes.
            let order =
                dimensions == 1
                ? orders[0].filter { merged.has($0) } : entries.sorted(by: precedes)
            return ScanResult(rows: rows(order), others: nil)
        }
        let order = entries.sorted { left, right in
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
        var (others, hasOthers) = (merged.others, merged.hasOthers)
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
        for index in merged.codes.indices.dropFirst().reversed() {
            let pair = merged.combinations[index - 1].numbers[code]
            target[start + index] = Int32(pair & 0xFFFF_FFFF)
            code = Int(pair >> 32)
        }
        if !merged.codes.isEmpty { target[start] = Int32(code) }
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
            case .text: return merged.words[index].text(of: number).map(Cell.text) ?? .missing
            case .reference:
                return .reference(
                    Reference(company: Int(number >> 32), index: Int(number & 0xFFFF_FFFF)))
            }
        case .step, .band, .novelty:
            return number == NumberVector.missing ? .missing : .number(number)
        }
    }
}
