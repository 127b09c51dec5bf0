import GRDB
import Vocabulary

/// A merge of runs that is in progress, as tables `compaction`, `compaction_input` and
/// `compaction_output` keep it.
///
/// A merge goes in steps of one transaction each: it is begun, writes one segment after another that
/// no reader sees yet, and at last publishes them all and retires its inputs. A process that is
/// killed loses the step it was in. Row versions keep their commits, so every snapshot answers as
/// before; rows that end while the merge goes on are carried over when it is published.
struct Compaction {
    let model: String
    /// Level, run and next place of what it writes.
    let level: Int
    let run: Int64
    let place: Int
    /// Versions that ended up to this commit are left out.
    let oldest: UInt64
    /// How many were.
    let forgotten: Int
    let lanes: [[SegmentMerge.Input]]

    /// Reads the merge in progress; nil when there is none, or its model is no longer declared.
    init?(in db: Database, state: StoreState) throws {
        guard
            let job = try Row.fetchOne(
                db, sql: "SELECT model, level, run, place, oldest, dropped FROM compaction"),
            let model = state.models.values.first(where: { $0.layout.id == job[0] as Int })
        else { return nil }
        self.model = model.layout.model.name
        level = job[1]
        run = job[2]
        place = job[3]
        oldest = UInt64(job[4] as Int64)
        forgotten = job[5]
        let segments = Dictionary(
            uniqueKeysWithValues: model.segments.map { ($0.segment.id, $0) })
        var lanes: [[SegmentMerge.Input]] = []
        for row in try Row.fetchAll(
            db, sql: "SELECT segment, lane, done FROM compaction_input ORDER BY lane, place")
        {
            guard let state = segments[row[0]] else { return nil }
            if row[1] as Int == lanes.count { lanes.append([]) }
            lanes[lanes.count - 1].append(SegmentMerge.Input(state: state, done: row[2]))
        }
        self.lanes = lanes
    }

    var isWritten: Bool {
        lanes.allSatisfy { $0.allSatisfy { $0.done == $0.state.segment.rows } }
    }

    /// What is most worth merging in a state.
    struct Plan {
        let model: ModelState
        let level: Int
        let run: Int64
        /// The runs to merge; of a rewritten segment only that segment.
        let inputs: [[Int64]]
        let place: Int

        /// Chooses runs of the lowest level that has enough of them, or a segment full of versions
        /// that ended before the horizon.
        ///
        /// With `isComplete` it takes what runs there are, down to one run per model.
        init?(_ state: StoreState, horizon: UInt64, isComplete: Bool, in db: Database) throws {
            for (_, model) in state.models.sorted(by: { $0.key < $1.key }) {
                var runs: [Int: Set<Int64>] = [:]
                // What is damaged waits for its source.
                for segment in model.segments.map(\.segment)
                where model.damaged[segment.id] == nil {
                    runs[segment.level, default: []].insert(segment.run)
                }
                var chosen: (level: Int, runs: [Int64])?
                for (level, found) in runs.sorted(by: { $0.key < $1.key })
                where found.count >= StoreLimits.mergedRuns {
                    chosen = (level + 1, found.sorted())
                    break
                }
                if chosen == nil, isComplete, runs.values.reduce(0, { $0 + $1.count }) > 1 {
                    let all = runs.sorted { $0.key < $1.key }
                    chosen = ((all.last?.key ?? 0) + 1, all.flatMap { $0.value.sorted() })
                }
                if let chosen {
                    let taken = chosen.runs.prefix(StoreLimits.fanIn)
                    self.init(
                        model: model, level: chosen.level, run: taken.min() ?? 0,
                        inputs: try taken.map { run in
                            try Int64.fetchAll(
                                db,
                                sql: "SELECT id FROM segment WHERE model = ? AND state = 1 "
                                    + "AND run = ? ORDER BY place, id",
                                arguments: [model.layout.id, run]
                            ).filter { model.damaged[$0] == nil }
                        }, place: 0)
                    return
                }
                if let dead = model.segments.first(where: {
                    model.damaged[$0.segment.id] == nil
                        && $0.isWorthRewriting(horizon: horizon, pins: state.pins)
                }) {
                    self.init(
                        model: model, level: dead.segment.level, run: dead.segment.run,
                        inputs: [[dead.segment.id]],
                        place: try Int.fetchOne(
                            db, sql: "SELECT place FROM segment WHERE id = ?",
                            arguments: [dead.segment.id]) ?? 0)
                    return
                }
            }
            return nil
        }

        private init(model: ModelState, level: Int, run: Int64, inputs: [[Int64]], place: Int) {
            self.model = model
            self.level = level
            self.run = run
            self.inputs = inputs
            self.place = place
        }
    }
}

extension SegmentState {
    /// Whether enough rows ended up to a commit that writing the segment anew gives back room.
    ///
    /// Versions that a pinned state may show count as living.
    func isWorthRewriting(horizon: UInt64, pins: [UInt64]) -> Bool {
        if ends.count * 100 < segment.rows * StoreLimits.deadPercent { return false }
        let least = segment.begin ?? UInt64(clamping: segment.summaries[.begin]?.least ?? 0)
        var dead = 0
        ends.forEach { _, commit in
            let isDead = commit <= horizon && !pins.holdVersion(from: least, to: commit)
            dead += isDead ? 1 : 0
        }
        return dead * 100 >= segment.rows * StoreLimits.deadPercent
    }
}
