import CKernels
import Vocabulary

/// A condition of a question as it is for one company, whose references mean its own rows.
struct CompanyTest: Sendable {
    enum Kind: Sendable {
        case range(ClosedRange<Int64>)
        case numbers(Set<Int64>, negated: Bool)
        /// Whether a row passes, by the number of its reference plus one; missing at 0.
        case table([UInt8], outside: UInt8)

        /// How many codes `rk_select_codes` compares with.
        static let mostCompared = 8

        /// The numbers that are looked for, when there are so few that codes are compared with them.
        var few: [Int64]? {
            guard case .numbers(let numbers, _) = self, numbers.count <= Self.mostCompared else {
                return nil
            }
            return Array(numbers)
        }

        /// Whether a row passes, by its number plus one; missing at 0.
        ///
        /// Nil when some are too great for a table, which for few numbers is soon.
        var table: [UInt8]? {
            guard case .numbers(let numbers, let negated) = self else { return nil }
            let limit = few == nil ? StoreLimits.groupTable : StoreLimits.kernelRows
            let present = numbers.filter { $0 != NumberVector.missing }
            guard let least = present.min(), let greatest = present.max(), least >= 0,
                greatest < Int64(limit)
            else { return nil }
            let inside: UInt8 = negated ? 0 : 1
            var table = [UInt8](repeating: 1 - inside, count: Int(greatest) + 2)
            for number in numbers {
                table[number == NumberVector.missing ? 0 : Int(number) + 1] = inside
            }
            return table
        }
    }

    /// What a segment's summaries tell about its rows.
    enum Verdict {
        case nothing
        case some
        case everything
    }

    let operand: Int
    let kind: Kind
    /// The kind's few numbers, worked out once.
    private let few: [Int64]?
    /// The kind's many numbers, as a table.
    private let table: [UInt8]?
    /// The chunk of a plain column.
    private let column: ChunkColumn?

    /// The condition where it is the same for every company; nil where it is not, or means nothing.
    init?(_ condition: ScanPlan.Condition, of plan: ScanPlan, in state: StoreState) {
        operand = condition.operand
        guard case .column(let position, let part) = plan.operands[operand] else { return nil }
        column = ChunkColumn(plan.model.layout.id(ofColumn: position), part)
        switch condition.test {
        case .range(let range): kind = .range(range)
        case .among(let cells, let negated):
            var numbers: Set<Int64> = []
            for cell in cells {
                guard let known = Self.commonNumbers(for: cell, condition, state) else {
                    return nil
                }
                numbers.formUnion(known)
            }
            kind = .numbers(numbers, negated: negated)
        }
        (few, table) = (kind.few, kind.table)
    }

    init(_ condition: ScanPlan.Condition, _ lanes: LaneReader) throws {
        operand = condition.operand
        let kind = try Self.kind(condition, lanes)
        (few, table) = (kind.few, kind.table)
        switch lanes.plan.operands[operand] {
        case .column(let position, let part):
            column = ChunkColumn(lanes.plan.model.layout.id(ofColumn: position), part)
            self.kind = kind
        case .text, .derived, .compared:
            column = nil
            self.kind = kind
        case .attribute:
            column = nil
            let attributes = try lanes.attributeTable(operand)
            func passes(_ number: Int64) -> UInt8 {
                switch kind {
                case .range(let range): range.contains(number) ? 1 : 0
                case .numbers(let wanted, let negated): wanted.contains(number) != negated ? 1 : 0
                case .table: preconditionFailure("a table is made of the others")
                }
            }
            let outside = passes(NumberVector.missing)
            self.kind = .table(
                [outside] + (0..<attributes.count).map { passes(attributes[$0]) }, outside: outside)
        }
    }

    private static func kind(_ condition: ScanPlan.Condition, _ lanes: LaneReader) throws -> Kind {
        switch condition.test {
        case .range(let range): return .range(range)
        case .among(let cells, let negated):
            var numbers: Set<Int64> = []
            for cell in cells {
                numbers.formUnion(try self.numbers(for: cell, condition, lanes))
            }
            return .numbers(numbers, negated: negated)
        }
    }

    /// The numbers that stand for a value in every company; nil when that depends on the company.
    private static func commonNumbers(
        for cell: Cell, _ condition: ScanPlan.Condition, _ state: StoreState
    ) -> [Int64]? {
        switch (cell, condition.meaning) {
        case (.missing, _): [NumberVector.missing]
        case (.number(let number), .number):
            // The number that stands for “missing” is no value that a row could have.
            number == NumberVector.missing ? [] : [number]
        case (.text(let text), .category(let column)):
            state.dictionaries[column]?.code(of: text).map { [$0] } ?? []
        default: nil
        }
    }

    /// The numbers that stand for a value in this company; none when there is no such value.
    private static func numbers(
        for cell: Cell, _ condition: ScanPlan.Condition, _ lanes: LaneReader
    ) throws -> [Int64] {
        if let common = commonNumbers(for: cell, condition, lanes.snapshot.state) { return common }
        switch (cell, condition.meaning) {
        case (.text(let text), .text): return [lanes.number(of: text, condition.operand)]
        case (.reference(let reference), .reference):
            return reference.company == lanes.company ? [Int64(reference.index)] : []
        case (.key(let key), .reference(let model)):
            return try lanes.snapshot.references(model: model, key: key)
                .filter { $0.company == lanes.company }.map { Int64($0.index) }
        default:
            throw Advice(
                .request, "\(cell) cannot be compared with column ‘\(condition.path)’",
                remedy: "give a value of the column's type")
        }
    }

    // MARK: Segments

    /// What the summaries of a segment show.
    func verdict(_ segment: Segment) -> Verdict {
        guard let column else { return .some }
        // A column that the model gained later is missing in every row.
        let summary =
            segment.summaries[column]
            ?? ChunkSummary(least: 0, greatest: 0, missing: segment.rows)
        let isAllMissing = summary.missing == segment.rows
        switch kind {
        case .range(let range):
            if isAllMissing || summary.greatest < range.lowerBound
                || summary.least > range.upperBound
            {
                return .nothing
            }
            let isWithin =
                summary.missing == 0 && range.contains(summary.least)
                && range.contains(summary.greatest)
            return isWithin ? .everything : .some
        case .numbers(let numbers, let negated):
            let canMatch = numbers.contains { number in
                number == NumberVector.missing
                    ? summary.missing > 0
                    : !isAllMissing && summary.least <= number && number <= summary.greatest
            }
            if !canMatch { return negated ? .everything : .nothing }
            return .some
        case .table: return .some
        }
    }

    // MARK: Batches

    /// Clears the mask of rows that do not pass.
    func apply(_ lanes: LaneReader, count: Int, mask: KernelBuffer<UInt8>) throws {
        var lane = unsafe try lanes.lane(operand)
        let size = Int64(count)
        switch kind {
        case .range(let range):
            unsafe rk_select_range(
                &lane, size, range.lowerBound, range.upperBound, mask.pointer)
        case .table(let table, let outside):
            unsafe rk_select_table(
                &lane, size, table, Int64(table.count), outside, mask.pointer)
        case .numbers(let numbers, let negated):
            if unsafe lane.width == 0 {
                let base = unsafe lane.base
                if numbers.contains(base) == negated { mask.fill(0) }
            } else if let few, unsafe lane.width < 8 {
                unsafe Self.select(lane, few, negated, size, mask)
            } else if let only = numbers.first, numbers.count == 1, !negated,
                only != NumberVector.missing
            {
                unsafe rk_select_range(&lane, size, only, only, mask.pointer)
            } else {
                unsafe select(&lane, numbers, negated, count, mask)
            }
        }
    }

    /// Compares codes with those of few numbers.
    private static func select(
        _ lane: rk_lane, _ numbers: [Int64], _ negated: Bool, _ size: Int64,
        _ mask: KernelBuffer<UInt8>
    ) {
        var lane = unsafe lane
        unsafe withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Kind.mostCompared) {
            codes in
            var count = 0
            for number in numbers {
                guard let code = unsafe lane.code(of: number) else { continue }
                unsafe codes[count] = code
                count += 1
            }
            if count > 0 {
                unsafe rk_select_codes(
                    &lane, size, codes.baseAddress, Int32(count), negated ? 1 : 0, mask.pointer)
            } else if !negated {
                mask.fill(0)
            }
        }
    }

    /// Looks every number up, in a table or one by one.
    private func select(
        _ lane: inout rk_lane, _ numbers: Set<Int64>, _ negated: Bool, _ count: Int,
        _ mask: KernelBuffer<UInt8>
    ) {
        if let table {
            unsafe rk_select_table(
                &lane, Int64(count), table, Int64(table.count), negated ? 1 : 0, mask.pointer)
            return
        }
        let expanded = KernelBuffer<Int64>(count)
        unsafe rk_expand(&lane, nil, Int64(count), expanded.pointer)
        for row in 0..<count where mask[row] != 0 {
            if numbers.contains(expanded[row]) == negated { mask[row] = 0 }
        }
    }
}

extension rk_lane {
    /// The code that stands for a number; nil when none does.
    func code(of number: Int64) -> UInt32? {
        let (first, hop, size) = unsafe (base, step, Int64(1) << Int64(width * 8))
        let missingTakesZero = unsafe has_missing != 0
        if number == NumberVector.missing { return missingTakesZero ? 0 : nil }
        let (distance, overflow) = number.subtractingReportingOverflow(first)
        guard !overflow, distance >= 0, distance % hop == 0 else { return nil }
        let code = distance / hop
        guard code < size, !missingTakesZero || code > 0 else { return nil }
        return UInt32(code)
    }
}
