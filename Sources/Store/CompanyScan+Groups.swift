import CKernels
import Vocabulary

/// Which group each row of a batch belongs to.
extension CompanyScan {
    // MARK: Runs of equal steps

    /// The code of a day in a table of steps.
    ///
    /// Runs outside of the table hold no selected row: the table is that of a wanted period.
    private static func step(of day: Int64, low: Int64, _ table: [UInt32]) -> UInt32 {
        let (place, overflow) = day.subtractingReportingOverflow(low)
        guard !overflow, place >= 0, place < Int64(table.count - 1) else { return table[0] }
        return table[Int(place) + 1]
    }

    /// The code of a number among bands.
    private static func band(of number: Int64, _ bounds: [Int64]) -> UInt32 {
        if number == NumberVector.missing { return 0 }
        var place: UInt32 = 1
        for bound in bounds where bound <= number { place += 1 }
        return place
    }

    /// Finds the runs of equal steps that divide the batch: where they end, and their groups.
    func makeSortedRuns(_ count: Int) throws -> Int {
        guard let sortedSteps, case .table(let low, let table) = totals.space.dimensions[0].mapping
        else {
            buffers.runEnds[0] = UInt32(count)
            buffers.runGroups[0] = 0
            return 1
        }
        return try makeRuns(sortedSteps, count) { Self.step(of: $0, low: low, table) }
    }

    /// Finds the runs of equal codes of an operand's days in the batch: where they end, and the codes.
    private func makeRuns(
        _ operand: Int, _ count: Int, code: (Int64) -> UInt32
    ) throws -> Int {
        var runs = 0
        try forEachRun(operand, count) { end, day in
            let group = code(day)
            if runs > 0, buffers.runGroups[runs - 1] == group {
                buffers.runEnds[runs - 1] = UInt32(end)
            } else {
                buffers.runEnds[runs] = UInt32(end)
                buffers.runGroups[runs] = group
                runs += 1
            }
        }
        return runs
    }

    /// Finds the runs of equal days of the batch: where they end, and the days in `starts`.
    func makeDayRuns(_ operand: Int, _ count: Int) throws -> Int {
        var runs = 0
        try forEachRun(operand, count) { end, day in
            buffers.runEnds[runs] = UInt32(end)
            buffers.starts[runs] = day
            runs += 1
        }
        return runs
    }

    /// Calls its argument with the end and the day of each run of the batch.
    private func forEachRun(
        _ operand: Int, _ count: Int, _ body: (_ end: Int, _ day: Int64) -> Void
    ) throws {
        guard case .column(let position, let part) = plan.operands[operand] else {
            preconditionFailure("only a column has runs")
        }
        let start = lanes.batch.lowerBound
        switch try lanes.vector(operand, position, part).shape {
        case .constant(let day): body(count, day)
        case .runs(let list):
            var run = list.position(of: start)
            var row = start
            while row < start + count {
                let end = min(Int(list.ends[run]), start + count)
                body(end - start, list.values[run])
                row = end
                run += 1
            }
        case .frame: preconditionFailure("days that are no runs are grouped row by row")
        }
    }

    /// Whether an operand's numbers lie in runs in the present piece.
    func hasStepRuns(_ operand: Int) throws -> Bool {
        guard case .segment? = lanes.piece,
            case .column(let position, let part) = plan.operands[operand]
        else { return false }
        if case .frame = try lanes.vector(operand, position, part).shape { return false }
        return true
    }

    /// Whether rows of equal steps lie together in the present piece.
    func hasRuns() throws -> Bool {
        guard isRunMode, case .segment? = lanes.piece else { return false }
        return try sortedSteps.map(hasStepRuns) ?? true
    }

    // MARK: Groups

    /// Finds the group of each selected row.
    func group(_ selected: Int, of count: Int) throws {
        let space = totals.space
        guard !space.dimensions.isEmpty else { return }
        if space.isDense {
            for index in space.dimensions.indices {
                try code(
                    index, selected, of: count, factor: UInt32(space.factors[index]),
                    isFirst: index == 0, into: groups)
            }
            return
        }
        try code(0, selected, of: count, factor: 1, isFirst: true, into: groups)
        for index in space.dimensions.indices.dropFirst() {
            try code(index, selected, of: count, factor: 1, isFirst: true, into: buffers.codes)
            for at in 0..<selected {
                let pair = Int64(groups[at]) << 32 | Int64(buffers.codes[at])
                groups[at] = UInt32(totals.combinations[index - 1].code(of: pair))
            }
        }
        let found =
            totals.combinations.last?.count
            ?? Int((0..<selected).reduce(UInt32(0)) { max($0, groups[$1]) }) + 1
        guard found <= StoreLimits.groups else {
            throw Advice(
                .request, "the answer would have more than \(StoreLimits.groups) groups",
                remedy: "use fewer dimensions or a shorter period")
        }
        totals.reserve(groups: found)
    }

    func code(
        _ index: Int, _ selected: Int, of count: Int, factor: UInt32, isFirst: Bool,
        into target: KernelBuffer<UInt32>
    ) throws {
        let dimension = totals.space.dimensions[index]
        let first: Int32 = isFirst ? 1 : 0
        let list = unsafe list(selected, of: count)
        switch dimension.mapping {
        case .constant:
            if isFirst { target.fill(0) }
        case .affine(let low):
            var lane = unsafe try lanes.lane(dimension.operand)
            unsafe rk_group_affine(
                &lane, list, Int64(selected), low, factor, first, target.pointer)
        case .table(let low, let table) where try hasStepRuns(dimension.operand):
            let runs = try makeRuns(dimension.operand, count) {
                Self.step(of: $0, low: low, table)
            }
            unsafe rk_group_runs(
                list, Int64(selected), buffers.runEnds.pointer, buffers.runGroups.pointer,
                Int64(runs), factor, first, target.pointer)
        case .band(let bounds) where try hasStepRuns(dimension.operand):
            let runs = try makeRuns(dimension.operand, count) { Self.band(of: $0, bounds) }
            unsafe rk_group_runs(
                list, Int64(selected), buffers.runEnds.pointer, buffers.runGroups.pointer,
                Int64(runs), factor, first, target.pointer)
        case .table(let low, let table):
            var lane = unsafe try lanes.lane(dimension.operand)
            unsafe rk_group_table(
                &lane, list, Int64(selected), low, table, factor, first, target.pointer)
        case .band(let bounds):
            var lane = unsafe try lanes.lane(dimension.operand)
            unsafe rk_expand(&lane, list, Int64(selected), numbers.pointer)
            for at in 0..<selected {
                target[at] =
                    (isFirst ? 0 : target[at]) + factor * Self.band(of: numbers[at], bounds)
            }
        case .novelty(let low, let table, let firsts):
            guard case .novelty(let member, let time, _, _) = plan.dimensions[index] else {
                preconditionFailure("the mapping is that of its dimension")
            }
            var members = unsafe try lanes.lane(member)
            unsafe rk_group_affine(
                &members, list, Int64(selected), 0, 1, 1, buffers.members.pointer)
            if try hasStepRuns(time) {
                let runs = try makeRuns(time, count) { Self.step(of: $0, low: low, table) }
                unsafe rk_group_runs(
                    list, Int64(selected), buffers.runEnds.pointer, buffers.runGroups.pointer,
                    Int64(runs), 1, 1, buffers.steps.pointer)
            } else {
                var days = unsafe try lanes.lane(time)
                unsafe rk_group_table(
                    &days, list, Int64(selected), low, table, 1, 1, buffers.steps.pointer)
            }
            unsafe rk_group_novelty(
                buffers.members.pointer, buffers.steps.pointer, firsts, Int64(selected), factor,
                first,
                target.pointer)
        case .numbered:
            var lane = unsafe try lanes.lane(dimension.operand)
            unsafe rk_expand(&lane, list, Int64(selected), numbers.pointer)
            for at in 0..<selected {
                target[at] = UInt32(totals.codes[index].code(of: numbers[at]))
            }
        }
    }
}
