import CKernels
import Vocabulary

/// Walks over one company's rows and adds them up.
///
/// For each batch: the mask of rows that exist and pass the conditions, the group of each such row,
/// then every measure. Where a question has no dimension but steps of the time by which segments are
/// sorted, rows of equal steps lie together and are added up run by run, without groups.
final class CompanyScan {
    let snapshot: Snapshot
    let plan: ScanPlan
    let company: Int
    let totals: Totals
    private let shared: ScanShared
    /// 1 while rows are added, −1 while they are taken out.
    private var sign: Int64 = 1
    /// What is known of a change of kept totals while it is made; nil in a scan of all rows.
    private var change: TotalsChange?
    /// What lies in the buffer of made numbers, for the present batch.
    private var made: (operand: Int, start: Int?)?
    /// Whether no other company takes part, so that values need not be compared with others.
    var isAlone = false
    private let pieces: [Piece]
    private let lanes: LaneReader
    private let buffers: ScanBuffers
    private let mask: KernelBuffer<UInt8>
    private let rows: KernelBuffer<UInt32>
    private let groups: KernelBuffer<UInt32>
    private let numbers: KernelBuffer<Int64>
    private let tests: [CompanyTest]
    /// The operand of the steps that segments are sorted by, when nothing else divides the rows.
    private let sortedSteps: Int?
    private let isRunMode: Bool

    /// Prepares a scan of some pieces of a company's rows; with `kept` it goes on from totals made
    /// before, and with `other` it has the groups of those totals.
    init(
        _ snapshot: Snapshot, company: Int, shared: ScanShared, pieces: [Piece],
        buffers: ScanBuffers, kept: Totals? = nil, like other: Totals? = nil
    ) throws {
        self.snapshot = snapshot
        self.shared = shared
        self.buffers = buffers
        mask = buffers.mask
        rows = buffers.rows
        groups = buffers.groups
        numbers = buffers.numbers
        plan = shared.plan
        self.company = company
        let lanes = LaneReader(snapshot, plan, company: company, buffers: buffers)
        self.lanes = lanes
        tests = try plan.conditions.map { try CompanyTest($0, lanes) }
        self.pieces = pieces
        if let kept {
            totals = kept
        } else if let other {
            totals = other.emptied(plan)
            totals.prepareDistinct(company: company, shared: shared)
        } else {
            let made = try shared.space(lanes: lanes, pieces: pieces, buffers: buffers)
            totals = Totals(
                plan, space: made.space, generation: made.generation,
                neverMissing: Self.neverMissing(plan, pieces: pieces))
            totals.prepareDistinct(company: company, shared: shared)
        }
        var steps: Int?
        if case .step(let operand, _)? = plan.dimensions.first, plan.dimensions.count == 1,
            operand == plan.sortedDays
        {
            steps = operand
        }
        sortedSteps = steps
        isRunMode = totals.space.isDense && (plan.dimensions.isEmpty || steps != nil)
    }

    /// The operands that no row of these pieces lacks.
    private static func neverMissing(_ plan: ScanPlan, pieces: [Piece]) -> Set<Int> {
        Set(
            plan.operands.indices.filter { index in
                guard case .column(let position, let part) = plan.operands[index] else {
                    return false
                }
                let column = ChunkColumn(plan.model.layout.id(ofColumn: position), part)
                return pieces.allSatisfy { piece in
                    switch piece {
                    case .segment(let state, _), .picked(let state, _):
                        state.segment.summaries[column]?.missing == 0
                    case .delta(let block, let rows):
                        !rows.contains {
                            block.numbers[position][Int($0)] == NumberVector.missing
                        }
                    }
                }
            })
    }

    /// A text that this scan numbered.
    func text(_ number: Int64, _ operand: Int) -> String {
        lanes.words[operand].text(of: number) ?? ""
    }

    // MARK: Walking

    /// Adds up all rows, with several threads where there are many.
    func run(threads: Int) throws {
        let rows = pieces.reduce(0) { $0 + $1.count }
        guard threads > 1, rows > 4 * StoreLimits.segmentRows, totals.canBeMerged else {
            return try run()
        }
        var shares = [[Piece]](repeating: [], count: threads)
        for (index, piece) in pieces.enumerated() { shares[index % threads].append(piece) }
        let parts = try shares.map { share in
            try CompanyScan(
                snapshot, company: company, shared: shared, pieces: share,
                buffers: ScanBuffers(), like: totals)
        }
        try ScanParts(parts).run()
        for part in parts { totals.merge(part.totals) }
    }

    /// Adds up all rows.
    func run() throws {
        for piece in pieces {
            try shared.checkCancellation()
            try add(piece)
            try totals.checkSize(snapshot.memory)
        }
    }

    /// Brings kept totals up to date; false when they must be made anew.
    ///
    /// Rows that began are added before those that ended are taken out, so that a row replaced by one
    /// with the same extreme leaves it in place.
    func advance(added: [Piece], removed: [Piece]) throws -> Bool {
        change = TotalsChange()
        sign = 1
        for piece in added { try add(piece) }
        sign = -1
        for piece in removed { try add(piece) }
        sign = 1
        defer { change = nil }
        guard let change, !change.isImpossible else { return false }
        if change.movesExtremes { totals.renew() }
        totals.note(changed: change.groups)
        return totals.settleNumbers(without: change.numbers)
    }

    private func add(_ piece: Piece) throws {
        lanes.begin(piece)
        switch piece {
        case .segment(let state, let rows):
            var open: [CompanyTest] = []
            for test in tests {
                switch test.verdict(state.segment) {
                case .nothing: return
                case .everything: continue
                case .some: open.append(test)
                }
            }
            let range = try narrowed(rows, state, &open)
            let visible = VisibleRows(state, at: snapshot.commit.number)
            if visible.isEmpty { return }
            let inRuns = try hasRuns()
            try forEachBatch(range) { batch in
                mask.fill(1)
                try visible.apply(batch, to: mask, chunks: snapshot.chunks)
                try addBatch(batch.count, open, inRuns: inRuns)
            }
        case .picked(_, let rows):
            try forEachBatch(0..<rows.count) { batch in
                mask.fill(1)
                try addBatch(batch.count, tests, inRuns: false)
            }
        case .delta(_, let rows) where change != nil:
            try forEachBatch(0..<rows.count) { batch in
                mask.fill(1)
                try addBatch(batch.count, tests, inRuns: false)
            }
        case .delta(let block, let rows):
            let commit = snapshot.commit.number
            try forEachBatch(0..<rows.count) { batch in
                for (at, row) in rows[batch].enumerated() {
                    let (begin, end) = (block.begins[Int(row)], block.ends[Int(row)])
                    mask[at] = begin <= commit && (end == 0 || end > commit) ? 1 : 0
                }
                try addBatch(batch.count, tests, inRuns: false)
            }
        }
    }

    private func forEachBatch(_ range: Range<Int>, _ body: (Range<Int>) throws -> Void) rethrows {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + StoreLimits.kernelRows, range.upperBound)
            lanes.begin(batch: start..<end)
            made = nil
            try body(start..<end)
            start = end
        }
    }

    /// The part of a run that a range of the sorting column leaves, found by bisection; the test of
    /// that range is done with.
    private func narrowed(
        _ rows: Range<Int>, _ state: SegmentState, _ open: inout [CompanyTest]
    ) throws -> Range<Int> {
        guard let sorted = plan.sortedDays,
            case .column(let position, let part) = plan.operands[sorted]
        else { return rows }
        var range = rows
        for index in open.indices.reversed() {
            guard open[index].operand == sorted, case .range(let wanted) = open[index].kind else {
                continue
            }
            let days = try lanes.vector(sorted, position, part, state)
            func firstRow(from day: Int64) -> Int {
                var (low, high) = (range.lowerBound, range.upperBound)
                while low < high {
                    let middle = (low + high) / 2
                    if days[middle] < day { low = middle + 1 } else { high = middle }
                }
                return low
            }
            let start = firstRow(from: wanted.lowerBound)
            let end =
                wanted.upperBound == .max
                ? range.upperBound : max(start, firstRow(from: wanted.upperBound + 1))
            range = start..<end
            open.remove(at: index)
        }
        return range
    }

    // MARK: One batch

    private func addBatch(_ count: Int, _ open: [CompanyTest], inRuns: Bool) throws {
        for test in open { try test.apply(lanes, count: count, mask: mask) }
        var isListed = false
        var selected = 0
        func list() {
            if isListed { return }
            isListed = true
            selected = unsafe Int(rk_list(mask.pointer, Int64(count), rows.pointer))
        }
        if inRuns {
            let runs = try makeRuns(count)
            unsafe rk_run_count(
                mask.pointer, buffers.runEnds.pointer, buffers.runGroups.pointer, Int64(runs),
                totals.records.pointer, Int64(totals.stride))
            for index in plan.measures.indices {
                if try addRuns(index, runs: runs, count: count) { continue }
                list()
                if selected == 0 { return }
                try group(selected, of: count)
                try add(index, selected, of: count)
            }
            return
        }
        list()
        if selected == 0 { return }
        if plan.isFirsts, change == nil, totals.space.isDense {
            try addFirsts(selected, of: count)
            return
        }
        if change != nil, try !fits(selected, of: count) {
            change?.isImpossible = true
            return
        }
        try group(selected, of: count)
        if change != nil {
            for at in 0..<selected { change?.groups.insert(groups[at]) }
        }
        try countAndAdd(selected, of: count)
    }

    /// The selected rows' numbers, or nil when all rows of the batch are selected.
    private func list(_ selected: Int, of count: Int) -> UnsafePointer<UInt32>? {
        unsafe selected == count ? nil : UnsafePointer(rows.pointer)
    }

    private var groupList: UnsafePointer<UInt32>? {
        unsafe plan.dimensions.isEmpty ? nil : UnsafePointer(groups.pointer)
    }

    // MARK: Runs of equal steps

    /// Finds the runs of equal steps of the batch: where they end, and their codes.
    private func makeRuns(_ count: Int, dimension: Int = 0) throws -> Int {
        guard dimension < totals.space.dimensions.count,
            case .column(let position, let part) =
                plan.operands[totals.space.dimensions[dimension].operand],
            case .segment(let state, _)? = lanes.piece,
            case .table(let low, let table) = totals.space.dimensions[dimension].mapping
        else {
            buffers.runEnds[0] = UInt32(count)
            buffers.runGroups[0] = 0
            return 1
        }
        func code(_ day: Int64) -> UInt32 {
            day == NumberVector.missing ? table[0] : table[Int(day - low) + 1]
        }
        let days = try lanes.vector(
            totals.space.dimensions[dimension].operand, position, part, state)
        let start = lanes.batch.lowerBound
        var runs = 0
        func append(_ end: Int, _ group: UInt32) {
            if runs > 0, buffers.runGroups[runs - 1] == group {
                buffers.runEnds[runs - 1] = UInt32(end)
            } else {
                buffers.runEnds[runs] = UInt32(end)
                buffers.runGroups[runs] = group
                runs += 1
            }
        }
        switch days.shape {
        case .constant(let day): append(count, code(day))
        case .runs(let list):
            var run = list.position(of: start)
            var row = start
            while row < start + count {
                let end = min(Int(list.ends[run]), start + count)
                append(end - start, code(list.values[run]))
                row = end
                run += 1
            }
        case .frame: preconditionFailure("days that are no runs are grouped row by row")
        }
        return runs
    }

    /// Whether an operand's numbers lie in runs in the present piece.
    private func hasStepRuns(_ operand: Int) throws -> Bool {
        guard case .segment(let state, _)? = lanes.piece,
            case .column(let position, let part) = plan.operands[operand]
        else { return false }
        if case .frame = try lanes.vector(operand, position, part, state).shape { return false }
        return true
    }

    /// Whether rows of equal steps lie together in the present piece.
    private func hasRuns() throws -> Bool {
        guard isRunMode, case .segment? = lanes.piece else { return false }
        return try sortedSteps.map(hasStepRuns) ?? true
    }

    /// Adds a measure run by run; false when it cannot be.
    private func addRuns(_ index: Int, runs: Int, count: Int) throws -> Bool {
        let measure = plan.measures[index]
        let (present, sum) = (totals.slots[index].present, totals.slots[index].sum)
        switch measure.kind {
        case .count: return true
        case .countPresent where present == 0: return true
        case .sum:
            guard let operand = measure.operand, measure.start == nil,
                case .column = plan.operands[operand]
            else { return false }
            var lane = unsafe try lanes.lane(operand)
            guard totals.makeRoom(index, count: count, magnitude: unsafe lane.magnitude(count))
            else { return false }
            unsafe rk_run_add(
                &lane, mask.pointer, buffers.runEnds.pointer, buffers.runGroups.pointer,
                Int64(runs),
                totals.records.pointer, Int64(totals.stride),
                present == 0 ? -1 : Int64(present), Int64(sum))
            return true
        default: return false
        }
    }

    // MARK: Groups

    /// Finds the group of each selected row.
    private func group(_ selected: Int, of count: Int) throws {
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

    private func code(
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
        case .table where try hasStepRuns(dimension.operand):
            let runs = try makeRuns(count, dimension: index)
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
                var place: UInt32 = 0
                let number = numbers[at]
                if number != NumberVector.missing {
                    place = 1
                    for bound in bounds where bound <= number { place += 1 }
                }
                target[at] = (isFirst ? 0 : target[at]) + factor * place
            }
        case .novelty(let low, let table, let firsts):
            guard case .novelty(let member, let time, _, _) = plan.dimensions[index] else {
                preconditionFailure("the mapping is that of its dimension")
            }
            var members = unsafe try lanes.lane(member)
            unsafe rk_group_affine(
                &members, list, Int64(selected), 0, 1, 1, buffers.members.pointer)
            var days = unsafe try lanes.lane(time)
            unsafe rk_group_table(
                &days, list, Int64(selected), low, table, 1, 1, buffers.steps.pointer)
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

    // MARK: Measures

    /// The least day of each member, without groups and counts.
    private func addFirsts(_ selected: Int, of count: Int) throws {
        guard let operand = plan.measures[0].operand, let extremes = totals.slots[0].extremes else {
            preconditionFailure("first rows have a day")
        }
        var days = unsafe try lanes.lane(operand)
        var members = unsafe try lanes.lane(totals.space.dimensions[0].operand)
        if unsafe days.width != 8 {
            unsafe rk_expand(&days, nil, Int64(count), numbers.pointer)
        }
        unsafe rk_first(
            &members,
            days.width == 8
                ? days.codes.assumingMemoryBound(to: Int64.self) : UnsafePointer(numbers.pointer),
            list(selected, of: count), Int64(selected), extremes.pointer)
    }

    /// Counts the rows of each group and adds every measure; the first plain sum goes along with the
    /// counting, since both touch the same record.
    private func countAndAdd(_ selected: Int, of count: Int) throws {
        var fused: Int?
        if let groupList = unsafe groupList {
            for index in plan.measures.indices {
                let measure = plan.measures[index]
                guard case .sum = measure.kind, totals.slots[index].present == 0,
                    let operand = measure.operand
                else { continue }
                var lane = unsafe try lanes.lane(operand)
                guard unsafe lane.width > 0, unsafe lane.has_missing == 0 || lane.width == 8,
                    totals.makeRoom(
                        index, count: selected, magnitude: unsafe lane.magnitude(count))
                else { continue }
                unsafe rk_count_add(
                    &lane, list(selected, of: count), groupList, Int64(selected), sign,
                    totals.records.pointer, Int64(totals.stride), Int64(totals.groupCount),
                    Int64(totals.slots[index].sum))
                fused = index
                break
            }
        }
        if fused == nil {
            unsafe rk_count(
                groupList, Int64(selected), sign, totals.records.pointer, Int64(totals.stride),
                Int64(totals.groupCount))
        }
        for index in plan.measures.indices where index != fused {
            try add(index, selected, of: count)
        }
    }

    /// Adds one measure for the selected rows.
    private func add(_ index: Int, _ selected: Int, of count: Int) throws {
        let measure = plan.measures[index]
        guard let operand = measure.operand else { return }
        // Not the slots as a whole: a second owner would make their lists be copied.
        let (present, sum) = (totals.slots[index].present, totals.slots[index].sum)
        if case .countPresent = measure.kind, present == 0 { return }
        // Attributes and elapsed times are made for the selected rows only.
        let isMade: Bool
        if case .attribute = plan.operands[operand] {
            isMade = true
        } else {
            isMade = measure.start != nil
        }
        if isMade { try make(measure, selected, of: count) }
        var lane = unsafe try isMade ? LaneReader.lane(buffers.made) : lanes.lane(operand)
        let list = unsafe isMade ? nil : list(selected, of: count)
        let size = Int64(selected)
        switch measure.kind {
        case .count: break
        case .countPresent:
            unsafe rk_count_present(
                &lane, list, groupList, size, sign, totals.records.pointer, Int64(totals.stride),
                Int64(present))
        case .sum:
            let span = isMade ? selected : count
            guard totals.makeRoom(index, count: selected, magnitude: unsafe lane.magnitude(span))
            else {
                unsafe rk_expand(&lane, list, size, numbers.pointer)
                addWide(index, selected)
                return
            }
            unsafe rk_add(
                &lane, list, groupList, size, sign, totals.records.pointer, Int64(totals.stride),
                present == 0 ? -1 : Int64(present), Int64(sum))
        case .least, .greatest:
            guard let extremes = totals.slots[index].extremes else { return }
            var direction: Int32 = 1
            if case .least = measure.kind { direction = -1 }
            if change != nil {
                unsafe rk_expand(&lane, list, size, numbers.pointer)
                changeExtremes(index, direction, selected, extremes)
                return
            }
            unsafe rk_extreme(&lane, list, groupList, size, direction, extremes.pointer)
        case .distinct: unsafe addDistinct(index, lane, list, selected)
        case .percentile:
            // Percentiles of one quantity share its numbers.
            guard totals.slots[index].source == index else { return }
            unsafe rk_expand(&lane, list, size, numbers.pointer)
            addNumbers(index, selected)
        }
    }

    private func addNumbers(_ index: Int, _ selected: Int) {
        if sign < 0 {
            for at in 0..<selected where numbers[at] != NumberVector.missing {
                let group = plan.dimensions.isEmpty ? 0 : groups[at]
                change?.numbers[
                    TotalsChange.Number(measure: index, group: group, number: numbers[at]),
                    default: 0] += 1
            }
            return
        }
        guard plan.dimensions.isEmpty else {
            for at in 0..<selected where numbers[at] != NumberVector.missing {
                totals.slots[index].numbers.append(numbers[at])
                totals.slots[index].groups.append(groups[at])
            }
            return
        }
        let found = unsafe Int(rk_compress(numbers.pointer, Int64(selected)))
        unsafe totals.slots[index].numbers.append(
            contentsOf: UnsafeBufferPointer(start: numbers.pointer, count: found))
    }

    /// Writes the numbers of an attribute or an elapsed time of the selected rows to `made`.
    private func make(
        _ measure: ScanPlan.PlannedMeasure, _ selected: Int, of count: Int
    ) throws {
        guard let operand = measure.operand else { return }
        // Several measures of one quantity share it.
        if let made, made.operand == operand, made.start == measure.start { return }
        made = (operand, measure.start)
        try expand(operand, selected, of: count, into: buffers.made)
        if let start = measure.start {
            try expand(start, selected, of: count, into: buffers.starts)
            unsafe rk_elapse(buffers.starts.pointer, buffers.made.pointer, Int64(selected))
        }
    }

    private func expand(
        _ operand: Int, _ selected: Int, of count: Int, into target: KernelBuffer<Int64>
    ) throws {
        var lane = unsafe try lanes.lane(operand)
        unsafe rk_expand(&lane, list(selected, of: count), Int64(selected), target.pointer)
        guard case .attribute = plan.operands[operand] else { return }
        let table = try lanes.attributeTable(operand)
        unsafe table.withLane { lane in
            var lane = unsafe lane
            unsafe rk_look_up(&lane, Int64(table.count), Int64(selected), target.pointer)
        }
    }

    /// Adds the numbers at hand in 128 bits.
    private func addWide(_ index: Int, _ selected: Int) {
        for at in 0..<selected where numbers[at] != NumberVector.missing {
            let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
            totals.slots[index].high[group, default: 0] += Int128(sign) * Int128(numbers[at])
            if totals.slots[index].present > 0 {
                totals.records[group * totals.stride + totals.slots[index].present] += sign
            }
        }
    }

    private func addDistinct(
        _ index: Int, _ lane: rk_lane, _ list: UnsafePointer<UInt32>?, _ selected: Int
    ) {
        var lane = unsafe lane
        let size = Int64(selected)
        switch totals.slots[index].distinct {
        case .bits(let bits, let row):
            unsafe rk_mark(&lane, list, groupList, size, UInt64(row), bits.pointer)
        case .counts(let counts, let row):
            if change == nil {
                unsafe rk_tick(&lane, list, groupList, size, UInt64(row), counts.pointer)
                return
            }
            unsafe rk_expand(&lane, list, size, numbers.pointer)
            totals.countDistinct(index)
            for at in 0..<selected where numbers[at] != NumberVector.missing {
                let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
                let place = group * row + Int(numbers[at])
                // A count that reached its limit no longer tells how many there are.
                if counts[place] == .max { change?.isImpossible = true }
                if sign > 0, counts[place] == 0 { totals.slots[index].distinctCounts[group] += 1 }
                counts[place] = sign > 0 ? counts[place] &+ 1 : counts[place] &- 1
                if sign < 0, counts[place] == 0 { totals.slots[index].distinctCounts[group] -= 1 }
            }
        case .pairs(var values, var pairs, var perGroup):
            unsafe rk_expand(&lane, list, size, numbers.pointer)
            totals.slots[index].distinct = nil
            for at in 0..<selected where numbers[at] != NumberVector.missing {
                let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
                let pair = Int64(group) << 32 | Int64(values.code(of: numbers[at]))
                guard pairs.insert(pair) else { continue }
                while perGroup.count <= group { perGroup.append(0) }
                perGroup[group] += 1
            }
            totals.slots[index].distinct = .pairs(
                values: values, pairs: pairs, perGroup: perGroup)
        case nil: break
        }
    }

    // MARK: Changes of kept totals

    /// Whether the groups and values of the selected rows are among those that the totals have room
    /// for.
    private func fits(_ selected: Int, of count: Int) throws -> Bool {
        let space = totals.space
        for (index, dimension) in space.dimensions.enumerated() {
            let limit: Int64
            switch dimension.mapping {
            case .constant, .band, .numbered: continue
            case .affine(let low): limit = Int64(dimension.count) - 1 + low
            case .table(let low, let codes): limit = Int64(codes.count) - 1 + low
            case .novelty(let low, let codes, let firsts):
                guard case .novelty(_, let time, _, _) = plan.dimensions[index],
                    try isWithin(
                        time, low..<(low + Int64(codes.count) - 1), selected, of: count)
                else { return false }
                limit = Int64(firsts.count) - 1
                if try !isWithin(dimension.operand, 0..<limit, selected, of: count) { return false }
                continue
            }
            let low: Int64
            switch dimension.mapping {
            case .affine(let least), .table(let least, _): low = least
            default: low = 0
            }
            if try !isWithin(dimension.operand, low..<limit, selected, of: count) { return false }
        }
        for (index, measure) in plan.measures.enumerated() {
            guard let operand = measure.operand else { continue }
            switch measure.kind {
            case .sum, .countPresent:
                if totals.slots[index].present > 0 { continue }
                var lane = unsafe try lanes.lane(operand)
                unsafe rk_expand(&lane, list(selected, of: count), Int64(selected), numbers.pointer)
                for at in 0..<selected where numbers[at] == NumberVector.missing { return false }
            case .distinct:
                guard case .counts(_, let row) = totals.slots[index].distinct else { return false }
                if try !isWithin(operand, 0..<Int64(row), selected, of: count) { return false }
            default: break
            }
        }
        return true
    }

    private func isWithin(
        _ operand: Int, _ range: Range<Int64>, _ selected: Int, of count: Int
    ) throws -> Bool {
        var lane = unsafe try lanes.lane(operand)
        unsafe rk_expand(&lane, list(selected, of: count), Int64(selected), numbers.pointer)
        for at in 0..<selected
        where numbers[at] != NumberVector.missing && !range.contains(numbers[at]) {
            return false
        }
        return true
    }

    private func changeExtremes(
        _ index: Int, _ direction: Int32, _ selected: Int, _ extremes: KernelBuffer<Int64>
    ) {
        for at in 0..<selected where numbers[at] != NumberVector.missing {
            let group = plan.dimensions.isEmpty ? 0 : Int(groups[at])
            let number = TotalsChange.Number(
                measure: index, group: UInt32(group), number: numbers[at])
            if sign > 0 {
                change?.added.insert(number)
                let isBeyond =
                    direction < 0
                    ? numbers[at] < extremes[group] : numbers[at] > extremes[group]
                if isBeyond {
                    extremes[group] = numbers[at]
                    change?.movesExtremes = true
                }
            } else if numbers[at] == extremes[group], change?.added.contains(number) != true {
                // Which number is the extreme now, only the other rows can tell.
                change?.isImpossible = true
            }
        }
    }
}

/// What comes up while kept totals are changed.
struct TotalsChange {
    struct Number: Hashable {
        let measure: Int
        let group: UInt32
        let number: Int64
    }

    /// Numbers that added rows bring to measures of extremes.
    var added: Set<Number> = []
    /// Groups of the rows that came and went.
    var groups: Set<UInt32> = []
    /// Numbers that leave the measures of percentiles, and how often.
    var numbers: [Number: Int] = [:]
    /// Whether an extreme became another one.
    var movesExtremes = false
    /// Whether the totals must be made anew.
    var isImpossible = false
}

extension ScanPlan {
    /// The operand of the days by which segments are sorted within a company, if it is one.
    var sortedDays: Int? {
        guard let time = model.layout.model.timeColumn.flatMap(model.layout.model.index(of:)) else {
            return nil
        }
        let part: ChunkColumn.Part =
            model.layout.model.columns[time].type == .instant ? .days : .values
        return operands.firstIndex(of: .column(time, part))
    }
}

extension rk_lane {
    /// How far from 0 the numbers of a lane may be.
    func magnitude(_ count: Int) -> UInt64 {
        if unsafe width == 0 {
            return unsafe base == NumberVector.missing ? 0 : base.magnitude
        }
        if unsafe width < 8 {
            let top = unsafe (UInt64(1) << UInt64(width * 8)) - 1
            let (span, overflow) = unsafe step.magnitude.multipliedReportingOverflow(by: top)
            let (sum, carry) = unsafe base.magnitude.addingReportingOverflow(span)
            return overflow || carry ? .max : sum
        }
        var most: UInt64 = 0
        let numbers = unsafe codes.assumingMemoryBound(to: Int64.self)
        for at in 0..<count where unsafe numbers[at] != NumberVector.missing {
            most = unsafe max(most, numbers[at].magnitude)
        }
        return most
    }
}

extension NumberVector {
    /// Lends the numbers as a lane.
    func withLane<Result>(_ body: (rk_lane) throws -> Result) rethrows -> Result {
        switch shape {
        case .constant(let value):
            return unsafe try body(
                rk_lane(codes: nil, base: value, step: 1, width: 0, has_missing: 0))
        case .frame(let frame):
            return unsafe try frame.codes.withPointer { codes in
                unsafe try body(
                    rk_lane(
                        codes: codes, base: frame.base, step: frame.step,
                        width: Int32(frame.codes.width), has_missing: frame.hasMissing ? 1 : 0))
            }
        case .runs:
            let expanded = KernelBuffer<Int64>(count)
            fillAll(into: expanded)
            return unsafe try body(LaneReader.lane(expanded))
        }
    }

    private func fillAll(into buffer: KernelBuffer<Int64>) {
        for row in 0..<count { buffer[row] = self[row] }
    }
}
