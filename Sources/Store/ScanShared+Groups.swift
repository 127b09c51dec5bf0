import Vocabulary

/// The groups that one company's rows can fall into, from what is known of its columns.
extension ScanShared {
    /// The step of each day of a range.
    struct StepTable: Sendable {
        let low: Int64
        /// By day − low + 1; missing at 0.
        let codes: [UInt32]
        /// The first day of the step of each code.
        let numbers: [Int64]
    }

    /// The groups of one company, and the generations of the first rows they were made with, by
    /// dimension.
    func space(
        lanes: LaneReader, pieces: [Piece], buffers: ScanBuffers
    ) throws -> (space: GroupSpace, firsts: [Int: UInt64]) {
        var firsts: [Int: UInt64] = [:]
        let dimensions = try plan.dimensions.indices.map { index in
            try dimension(
                index, lanes: lanes, pieces: pieces, buffers: buffers, generations: &firsts)
        }
        let space = GroupSpace(dimensions, candidates: pieces.reduce(0) { $0 + $1.count })
        return (space, firsts)
    }

    // MARK: Ranges

    /// The least and greatest number that a column of the model has anywhere; nil when it has none.
    private static func range(
        _ plan: ScanPlan, _ operand: Int, pieces: [Piece]? = nil
    ) -> ClosedRange<Int64>? {
        guard case .column(let position, let part) = plan.operands[operand] else { return nil }
        let column = ChunkColumn(plan.model.layout.id(ofColumn: position), part)
        var least = Int64.max
        var greatest = Int64.min
        func widen(_ state: SegmentState) {
            guard let summary = state.segment.summaries[column],
                summary.missing < state.segment.rows
            else { return }
            least = min(least, summary.least)
            greatest = max(greatest, summary.greatest)
        }
        func widen(_ numbers: some Sequence<Int64>) {
            for number in numbers where number != NumberVector.missing {
                least = min(least, number)
                greatest = max(greatest, number)
            }
        }
        if let pieces {
            for piece in pieces {
                switch piece {
                case .segment(let state, _): widen(state)
                case .delta(let block, let rows):
                    let numbers = part == .days ? block.days[position] : block.numbers[position]
                    widen(rows.map { numbers[Int($0)] })
                case .changed: preconditionFailure("changes are made to totals that exist")
                }
            }
        } else {
            for state in plan.model.segments { widen(state) }
            for block in plan.model.delta {
                widen(part == .days ? block.days[position] : block.numbers[position])
            }
        }
        return least <= greatest ? least...greatest : nil
    }

    static func steps(
        _ plan: ScanPlan, _ operand: Int, _ grain: Grain, isClipped: Bool, isKept: Bool
    ) throws -> StepTable {
        var periods: [ClosedRange<Int64>] = []
        if isClipped {
            for condition in plan.conditions where condition.operand == operand {
                if case .range(let wanted) = condition.test { periods.append(wanted) }
            }
        }
        var days: ClosedRange<Int64>
        if let short = periods.first(where: { $0.count <= StoreLimits.shortPeriod }) {
            // To look which days there are would take longer than a table of all of them.
            days = short
        } else {
            days = range(plan, operand) ?? 0...0
            // Days that come later have their place already.
            if isKept { days = days.lowerBound...(days.upperBound + 366) }
        }
        for wanted in periods {
            days =
                days.overlaps(wanted)
                ? days.clamped(to: wanted) : wanted.lowerBound...wanted.lowerBound
        }
        let (span, overflow) = days.upperBound.subtractingReportingOverflow(days.lowerBound)
        guard !overflow, span < Int64(StoreLimits.groupTable) else {
            throw Advice(
                .request, "the days of this column lie too far apart for steps of time",
                remedy: "ask for a period")
        }
        var codes: [UInt32] = [0]
        codes.reserveCapacity(Int(span) + 2)
        var numbers = [NumberVector.missing]
        var end = Int64.min
        for day in days {
            if day >= end {
                let start = grain.start(of: LocalDay(number: Int32(clamping: day)))
                // The calendar is asked once per step.
                end = Int64(grain.next(after: start).number)
                if Int64(start.number) != numbers[numbers.count - 1] {
                    numbers.append(Int64(start.number))
                }
            }
            codes.append(UInt32(numbers.count - 1))
        }
        return StepTable(low: days.lowerBound, codes: codes, numbers: numbers)
    }

    // MARK: Dimensions

    /// How a dimension divides one company's rows.
    private func dimension(
        _ index: Int, lanes: LaneReader, pieces: [Piece], buffers: ScanBuffers,
        generations: inout [Int: UInt64]
    ) throws -> GroupSpace.Dimension {
        switch plan.dimensions[index] {
        case .company:
            return GroupSpace.Dimension(operand: 0, mapping: .constant, count: 1)
        case .value(let operand, let meaning):
            if case .attribute = plan.operands[operand] {
                return try attribute(operand, lanes) { $0 }
            }
            if case .derived(_, _, let derivation) = plan.operands[operand] {
                return GroupSpace.Dimension(
                    operand: operand, mapping: .affine(low: derivation.range.lowerBound),
                    count: derivation.range.count + 1)
            }
            return value(operand, meaning, lanes, pieces)
        case .step(let operand, let grain):
            guard let table = stepTables[index] else {
                return try attribute(operand, lanes) { day in
                    Int64(grain.start(of: LocalDay(number: Int32(clamping: day))).number)
                }
            }
            return GroupSpace.Dimension(
                operand: operand, mapping: .table(low: table.low, codes: table.codes),
                count: table.numbers.count, numbers: table.numbers)
        case .band(let operand, let bounds):
            if case .attribute = plan.operands[operand] {
                return try attribute(operand, lanes) { number in
                    Int64(bounds.count { $0 <= number })
                }
            }
            return GroupSpace.Dimension(
                operand: operand, mapping: .band(bounds), count: bounds.count + 2)
        case .novelty(let member, _, _, _):
            guard let table = stepTables[index], let inner = inner[index] else {
                preconditionFailure("made in init")
            }
            let found = try inner.totals(lanes.company, buffers)
            defer { inner.keep(found) }
            generations[index] = found.totals.generation
            return GroupSpace.Dimension(
                operand: member,
                mapping: .novelty(
                    low: table.low, steps: table.codes,
                    firsts: try firsts(found.totals, member, lanes, table)),
                count: 3)
        }
    }

    /// The first step of each member, by the member's dense index plus one.
    private func firsts(
        _ totals: Totals, _ member: Int, _ lanes: LaneReader, _ table: StepTable
    ) throws -> [UInt32] {
        var firsts = [UInt32](repeating: 0, count: references(member, lanes.company) + 1)
        totals.forEachFirst { place, day in
            firsts[place] = table.codes[Int(day - table.low) + 1]
        }
        return firsts
    }

    /// How many rows of the model that a reference operand points to have an index in a company.
    private func references(_ operand: Int, _ company: Int) -> Int {
        guard case .column(let position, _) = plan.operands[operand],
            case .reference(let target) = plan.model.layout.model.columns[position].type,
            let id = snapshot.state.models[target]?.layout.id
        else { return 0 }
        let count = Int(snapshot.state.referenceCounts[Touch(model: id, company: company)] ?? 0)
        return count + slack(count)
    }

    /// Room for values that come later, so that kept totals need not be made anew for each.
    private func slack(_ count: Int) -> Int { isKept ? 16 + count / 16 : 0 }

    private func value(
        _ operand: Int, _ meaning: ScanPlan.Meaning, _ lanes: LaneReader, _ pieces: [Piece]
    ) -> GroupSpace.Dimension {
        func affine(_ low: Int64, _ count: Int) -> GroupSpace.Dimension {
            GroupSpace.Dimension(
                operand: operand, mapping: .affine(low: low), count: count + 1)
        }
        switch meaning {
        case .category(let column):
            let count = snapshot.state.dictionaries[column]?.texts.count ?? 0
            return affine(0, count + slack(count))
        case .reference:
            return wanted(operand, lanes.company) ?? affine(0, references(operand, lanes.company))
        case .number:
            let range = Self.range(plan, operand, pieces: pieces) ?? 0...0
            let (span, overflow) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
            if !overflow, span < Int64(StoreLimits.groupTable) {
                return affine(range.lowerBound, Int(span) + 1)
            }
        case .text: break
        }
        return GroupSpace.Dimension(operand: operand, mapping: .numbered, count: 0)
    }

    /// A dimension of those references that a condition leaves, with no place for all others; nil
    /// without such a condition.
    private func wanted(_ operand: Int, _ company: Int) -> GroupSpace.Dimension? {
        for condition in plan.conditions where condition.operand == operand {
            guard case .among(let cells, negated: false) = condition.test else { continue }
            var indices: Set<Int64> = []
            for cell in cells {
                switch cell {
                case .reference(let reference):
                    if reference.company == company { indices.insert(Int64(reference.index)) }
                case .missing: break
                // Which row has a key is found out later, and changes.
                default: return nil
                }
            }
            let numbers = indices.sorted()
            let low = numbers.first ?? 0
            var codes = [UInt32](repeating: 0, count: Int((numbers.last ?? -1) - low) + 2)
            for (place, number) in numbers.enumerated() {
                codes[Int(number - low) + 1] = UInt32(place + 1)
            }
            return GroupSpace.Dimension(
                operand: operand, mapping: .table(low: low, codes: codes),
                count: numbers.count + 1, numbers: [NumberVector.missing] + numbers)
        }
        return nil
    }

    /// A dimension of an attribute: a code for every row that may be referred to.
    private func attribute(
        _ operand: Int, _ lanes: LaneReader, _ group: (Int64) -> Int64
    ) throws -> GroupSpace.Dimension {
        guard case .attribute(_, let target, _, _, _) = plan.operands[operand],
            let id = snapshot.state.models[target]?.layout.id
        else { preconditionFailure("only for attributes, and column \(operand) is none") }
        let known = try lanes.attributeTable(operand)
        let count = max(
            known.count,
            Int(snapshot.state.referenceCounts[Touch(model: id, company: lanes.company)] ?? 0))
        var table = CodeTable()
        _ = table.code(of: NumberVector.missing)
        var codes = [UInt32](repeating: 0, count: count + 1)
        for index in 0..<known.count where known[index] != NumberVector.missing {
            codes[index + 1] = UInt32(table.code(of: group(known[index])))
        }
        return GroupSpace.Dimension(
            operand: operand, mapping: .table(low: 0, codes: codes), count: table.count,
            numbers: table.numbers)
    }

    // MARK: Distinct values

    /// How many different numbers an operand can have in a company, counted from 0; nil when that is
    /// not known.
    func valueCount(_ measure: ScanPlan.PlannedMeasure, company: Int) -> Int? {
        guard let operand = measure.operand, case .column = plan.operands[operand] else {
            return nil
        }
        switch measure.meaning {
        case .category(let column):
            let count = snapshot.state.dictionaries[column]?.texts.count ?? 0
            return count + slack(count)
        case .reference: return references(operand, company)
        case .number(.boolean):
            // The marks lie in memory by their numbers, so these are looked at and not trusted.
            let range = Self.range(plan, operand) ?? 0...1
            return range.lowerBound >= 0 && range.upperBound <= 1 ? 2 : nil
        case .number, .text: return nil
        }
    }
}

extension Totals {
    /// Makes room for the distinct values of each measure that counts them.
    func prepareDistinct(company: Int, shared: ScanShared) {
        for (index, measure) in shared.plan.measures.enumerated() {
            guard case .distinct = measure.kind else { continue }
            slots[index].distinct = .pairs(values: CodeTable(), pairs: CodeTable(), perGroup: [])
            guard space.isDense,
                let count = shared.valueCount(measure, company: company)
            else { continue }
            let row = (count + 64) / 64 * 64
            let groups = max(1, groupCount)
            if shared.question != nil, groups * row * 2 <= StoreLimits.distinctBytes {
                slots[index].distinct = .counts(
                    KernelBuffer(groups * row, isSparse: true), row: row)
            } else if shared.question == nil, groups * row / 8 <= StoreLimits.distinctBytes {
                slots[index].distinct = .bits(KernelBuffer(groups * row / 64), row: row)
            }
        }
    }
}
