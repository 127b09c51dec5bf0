import CKernels
import Vocabulary

/// Walks over one company's rows and adds them up.
///
/// For each batch: the mask of rows that exist and pass the conditions, the group of each such row,
/// then every measure. Where a question has no dimension but steps of the time by which segments are
/// sorted, rows of equal steps lie together and are added up run by run, without groups.
final class CompanyScan {
    let company: Int
    let totals: Totals
    private let shared: ScanShared
    /// 1 while rows are added, −1 while they are taken out.
    var sign: Int64 = 1
    /// What is known of a change of kept totals while it is made; nil in a scan of all rows.
    var change: TotalsChange?
    /// What lies in the buffer of made numbers, for the present batch.
    var made: (operand: Int?, start: Int?, valuation: Int?)?
    /// What is known of the tables by which numbers are multiplied.
    var cursors: [ValueCursor.Name: ValueCursor] = [:]
    private let pieces: [Piece]
    let lanes: LaneReader
    let buffers: ScanBuffers
    let mask: KernelBuffer<UInt8>
    let rows: KernelBuffer<UInt32>
    let groups: KernelBuffer<UInt32>
    let numbers: KernelBuffer<Int64>
    private let tests: [CompanyTest]
    /// The operand of the steps that segments are sorted by, when nothing else divides the rows.
    let sortedSteps: Int?
    let isRunMode: Bool

    /// Prepares a scan of some pieces of a company's rows; with `kept` it goes on from totals made
    /// before, and with `other` it has the groups of those totals.
    init(
        _ shared: ScanShared, company: Int, pieces: [Piece],
        buffers: ScanBuffers, kept: Totals? = nil, like other: Totals? = nil
    ) throws {
        self.shared = shared
        self.buffers = buffers
        mask = buffers.mask
        rows = buffers.rows
        groups = buffers.groups
        numbers = buffers.numbers
        self.company = company
        let lanes = LaneReader(shared, company: company, buffers: buffers)
        self.lanes = lanes
        tests = try zip(shared.plan.conditions, shared.tests).map { condition, common in
            try common ?? CompanyTest(condition, lanes)
        }
        self.pieces = pieces
        if let kept {
            totals = kept
        } else if let other {
            totals = other.emptied(shared.plan)
            totals.prepareDistinct(company: company, shared: shared)
        } else {
            let made = try shared.space(lanes: lanes, pieces: pieces, buffers: buffers)
            totals = Totals(
                shared.plan, space: made.space, firsts: made.firsts,
                neverMissing: Self.neverMissing(shared.plan, pieces: pieces))
            totals.prepareDistinct(company: company, shared: shared)
        }
        sortedSteps = shared.sortedSteps
        isRunMode =
            totals.space.isDense && (shared.plan.dimensions.isEmpty || sortedSteps != nil)
    }

    var snapshot: Snapshot { shared.snapshot }
    var plan: ScanPlan { shared.plan }

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
                    case .segment(let state, _):
                        state.segment.summaries[column]?.missing == 0
                    case .delta(let block, let rows):
                        !rows.contains {
                            block.numbers[position][Int($0)] == NumberVector.missing
                        }
                    case .changed: preconditionFailure("changes are made to totals that exist")
                    }
                }
            })
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
                shared, company: company, pieces: share,
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

    func add(_ piece: Piece) throws {
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
                mask.fill(1, upTo: batch.count)
                try visible.apply(batch, to: mask, chunks: snapshot.chunks)
                try addBatch(batch.count, open, inRuns: inRuns)
            }
        case .changed(_, let places):
            try forEachBatch(places) { batch in
                mask.fill(1, upTo: batch.count)
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
            let days = try lanes.vector(sorted, position, part)
            range = days.rows(range, within: wanted)
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
            let runs = try makeSortedRuns(count)
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
        if change != nil { noteGroups(selected) }
        try countAndAdd(selected, of: count)
    }

    /// The selected rows' numbers, or nil when all rows of the batch are selected.
    func list(_ selected: Int, of count: Int) -> UnsafePointer<UInt32>? {
        unsafe selected == count ? nil : UnsafePointer(rows.pointer)
    }

    var groupList: UnsafePointer<UInt32>? {
        unsafe plan.dimensions.isEmpty ? nil : UnsafePointer(groups.pointer)
    }
}
