import Foundation
import GRDB
import Vocabulary

extension Store {
    /// What is known to be damaged now, and not repaired.
    public func damage() throws -> [Damage] {
        let state = try current()
        var found = state.models.mapValues(\.damaged)
        for (name, segments) in unnoted(state) {
            found[name, default: [:]].merge(segments) { $0.union($1) }
        }
        let times = try StoreFile.advising {
            try readerQueue.read { db in
                Dictionary(
                    try Row.fetchAll(
                        db, sql: "SELECT segment, min(found_at) FROM damage GROUP BY segment"
                    ).map { ($0[0] as Int64, Instant(microseconds: $0[1])) },
                    uniquingKeysWith: { first, _ in first })
            }
        }
        let inSegments: [Damage] = found.sorted { $0.key < $1.key }.flatMap { name, segments in
            segments.sorted { $0.key < $1.key }.compactMap { id, columns in
                let model = state.models[name]
                guard let model,
                    let segment = model.segments.first(where: { $0.segment.id == id })?.segment
                else { return nil }
                return describe(
                    columns.map { ($0, Damage.checksumReason) }, in: segment, of: model, state,
                    foundAt: times[id])
            }
        }
        return try inSegments + damagedChanges(of: state)
    }

    /// Models of which recent changes are not known.
    func damagedChanges(of state: StoreState) throws -> [Damage] {
        try state.models.values.filter { !$0.areChangesKnown }.map { model in
            let found = try StoreFile.advising {
                try readerQueue.read {
                    try Int64.fetchOne(
                        $0, sql: "SELECT min(found_at) FROM awaited WHERE model = ?",
                        arguments: [model.layout.id])
                }
            }
            return damagedChanges(of: model, state, foundAt: found.map(Instant.init(microseconds:)))
        }.sorted { $0.model < $1.model }
    }

    private func damagedChanges(
        of model: ModelState, _ state: StoreState, foundAt: Instant?
    ) -> Damage {
        let awaited =
            model.awaited.isEmpty ? state.feeds[model.layout.id] ?? [] : model.awaited
        return Damage(
            model: model.layout.model.name, segment: nil, columns: [], rows: nil,
            origins: state.origins.filter { awaited.contains($0.value) }.keys.sorted(),
            foundAt: foundAt, reason: Damage.changesReason)
    }

    func describe(
        _ findings: [(column: ChunkColumn, reason: String)], in segment: Segment,
        of model: ModelState, _ state: StoreState, foundAt: Instant?
    ) -> Damage {
        let range = model.origins(of: segment)
        var reasons: [String] = []
        for finding in findings where !reasons.contains(finding.reason) {
            reasons.append(finding.reason)
        }
        return Damage(
            model: model.layout.model.name, segment: segment.id,
            columns: Set(findings.map { $0.column.name(in: model.layout) }).sorted(),
            rows: segment.rows,
            origins: state.origins.filter { range.contains(Int64($0.value)) }.keys.sorted(),
            foundAt: foundAt, reason: reasons.joined(separator: "; "))
    }

    /// What was repaired, and what was lost with it; the latest last.
    public func repairs() throws -> [Repair] {
        try StoreFile.advising {
            try readerQueue.read { db in
                try Row.fetchAll(
                    db,
                    sql: "SELECT time, commit_number, model, segment, columns, row_count "
                        + "FROM repair ORDER BY id"
                ).map { row in
                    Repair(
                        time: Instant(microseconds: row[0]), commit: UInt64(row[1] as Int64),
                        model: row[2], segment: row[3] as Int64 == 0 ? nil : row[3],
                        columns: (row[4] as String).components(separatedBy: ", "), rows: row[5])
                }
            }
        }
    }

    /// Whether a model awaits that an origin gives all its rows again: see `ChangeBatch.reload`.
    public func awaits(model: String, origin: String) -> Bool {
        let state = newestState
        guard let number = state.origins[origin] else { return false }
        return state.models[model]?.awaited.contains(number) ?? false
    }

    /// Writes down what readers of this process have found damaged.
    ///
    /// - Returns: Whether there was anything new.
    /// - Throws: `Advice` when it could not be stored.
    @discardableResult
    public func noteDamage() throws -> Bool { try noteDamage(besides: [:]) }

    /// As above, with what another reader has found.
    func noteDamage(besides other: [Int64: Set<ChunkColumn>]) throws -> Bool {
        let state = newestState
        let found = unnoted(state, besides: other)
        if found.isEmpty { return false }
        return try note(found)
    }

    /// Writes down damage and publishes the state that knows of it.
    func note(_ found: [String: [Int64: Set<ChunkColumn>]]) throws -> Bool {
        var isNew = false
        try write { session in
            // A merge may have replaced a segment meanwhile.
            let current = found.filter { session.state.models[$0.key] != nil }
            isNew = try session.note(
                Dictionary(
                    uniqueKeysWithValues: current.map { name, segments in
                        let live = Set(session.model(name).segments.map(\.segment.id))
                        return (name, segments.filter { live.contains($0.key) })
                    }))
        }
        return isNew
    }

    /// What readers found damaged in segments in use and what the state does not know yet.
    private func unnoted(
        _ state: StoreState, besides other: [Int64: Set<ChunkColumn>] = [:]
    ) -> [String: [Int64: Set<ChunkColumn>]] {
        var seen = chunks.damage.merging(other) { $0.union($1) }
        if let upkeep { seen.merge(upkeep.chunks.damage) { $0.union($1) } }
        if seen.isEmpty { return [:] }
        var found: [String: [Int64: Set<ChunkColumn>]] = [:]
        for (name, model) in state.models {
            for segment in model.segments.map(\.segment) {
                let columns = (seen[segment.id] ?? []).subtracting(model.damaged[segment.id] ?? [])
                if !columns.isEmpty { found[name, default: [:]][segment.id] = columns }
            }
        }
        return found
    }

    /// Repairs what needs no source: key indices, key filters and local days are made again from the
    /// rows, and damaged segments without living rows leave the newest state.
    ///
    /// What remains needs its source: a commit that gives a row of a damaged segment repairs that
    /// row, and a batch that begins with `ChangeBatch.reload` those that cannot be found by key.
    ///
    /// - Returns: What remains.
    /// - Throws: `Advice` when a repair could not be stored.
    public func repair() throws -> [Damage] {
        try noteDamage()
        while try rebuildDerived() {}
        let hasEnded = newestState.models.values.contains { model in
            model.segments.contains { $0.isEnded && model.damaged[$0.segment.id] != nil }
        }
        if hasEnded { try commit(ChangeBatch()) }
        return try damage()
    }

    /// Writes one segment anew of which only derived columns are damaged.
    ///
    /// - Returns: Whether there was one.
    func rebuildDerived() throws -> Bool {
        guard let upkeep else { throw Self.readingOnly }
        return try upkeep.perform {
            for (name, model) in newestState.models {
                for (id, columns) in model.damaged
                where columns.allSatisfy({ $0.isDerivable(model.layout) }) {
                    do {
                        try write { session in
                            guard
                                let found = session.model(name).segments.first(where: {
                                    $0.segment.id == id
                                })
                            else { return }
                            try session.rewrite(found, of: name, chunks: upkeep.chunks)
                        }
                        upkeep.chunks.forget([id])
                        return true
                    } catch let advice as Advice where advice.kind == .damaged {
                        // More of it is damaged than was known.
                        guard try noteDamage() else { throw advice }
                        return true
                    }
                }
            }
            return false
        }
    }

    /// Gives up changes that the file has and that cannot be read, so that writing can go on.
    ///
    /// Called when the store is opened for writing.
    func settleDamage() throws {
        let names = newestState.models.filter(\.value.isUnsettled).keys.sorted()
        if names.isEmpty { return }
        try write { session in
            _ = try session.beginCommit()
            for name in names { try session.settle(name) }
        }
    }

    /// Writes recent changes anew that are damaged in the file and whole in memory.
    ///
    /// - Returns: How many changes were read, and what was damaged.
    func healChanges() throws -> (changes: Int, damage: [Damage]) {
        guard access == .readWrite else { throw Self.readingOnly }
        var (count, damage): (Int, [Damage]) = (0, [])
        for name in newestState.models.keys.sorted() {
            try write { session in
                let model = session.model(name)
                let found = try StoreCatalog.checkRecent(of: model, in: session.db)
                count += found.entries
                if found.damaged == 0, found.segments.isEmpty { return }
                for number in model.segments.indices
                where found.segments.contains(model.segments[number].segment.id) {
                    session.state.models[name]?.segments[number].hasUnsealedEnds = true
                }
                try session.rewriteDelta(of: name)
                damage.append(
                    Damage(
                        model: name, segment: nil, columns: [], rows: nil, origins: [],
                        foundAt: nil,
                        reason: "recent changes were damaged in the file; they were whole in "
                            + "memory and have been written again"))
            }
        }
        return (count, damage)
    }

    /// Lets go of damaged segments that only states behind the horizon need.
    func reclaimLost(horizon: UInt64) throws -> Bool {
        let due = newestState.models.values.flatMap(\.lost).filter { $0.commit <= horizon }
        guard let last = due.map(\.commit).max() else { return false }
        try write { session in
            try session.forget(upTo: last)
            let now = session.writer.clock.now().microseconds
            for (name, model) in session.state.models {
                for lost in model.lost where lost.commit <= last {
                    try session.db.execute(
                        sql: "UPDATE segment SET state = ?, retired_at = ? WHERE id = ?",
                        arguments: [
                            SegmentPhase.retired.rawValue, now, lost.state.segment.id,
                        ])
                    session.writer.retired[lost.state.segment.id] = WeakSegment(
                        segment: lost.state.segment)
                }
                session.state.models[name]?.lost.removeAll { $0.commit <= last }
            }
        }
        return true
    }
}

extension WriteSession {
    /// Replaces a segment by one with the same row versions, or without some of them, written anew.
    ///
    /// The old one is retired, or removed when `isRemoved`.
    func rewrite(
        _ found: SegmentState, of name: String, chunks: ChunkReader, without rows: Set<Int> = [],
        isRemoved: Bool = false
    ) throws {
        let segment = found.segment
        let layout = model(name).layout
        let merge = SegmentMerge(
            layout: layout, chunks: chunks, oldest: 0, erased: [segment.id: rows])
        let product = try merge.run(
            [[SegmentMerge.Input(state: found, done: 0)]], limit: segment.rows)
        var after = model(name).segments.filter { $0.segment.id != segment.id }
        if !product.ends.isEmpty {
            let encoded = EncodedSegment(product.rows, layout: layout, zones: state.zones)
            let place = try Int.fetchOne(
                db, sql: "SELECT place FROM segment WHERE id = ?", arguments: [segment.id])
            let id = try insert(
                encoded, layout: layout, begin: product.begin, phase: .live, source: nil,
                run: segment.run, level: segment.level, place: place ?? 0)
            var written = SegmentState(
                segment: encoded.segment(
                    id: id, begin: product.begin, run: segment.run, level: segment.level))
            for (row, given) in encoded.order.enumerated() where product.ends[Int(given)] != 0 {
                written.ends.insert(row: row, commit: product.ends[Int(given)])
            }
            try writeEnds(written.ends, of: id)
            after.append(written)
        }
        for row in product.dropped {
            try keepReference(
                model: layout.id, company: row.company, origin: row.origin, key: row.key,
                dense: row.reference)
        }
        if isRemoved {
            try remove(segments: [segment.id])
        } else {
            try db.execute(
                sql: "UPDATE segment SET state = ?, retired_at = ? WHERE id = ?",
                arguments: [
                    SegmentPhase.retired.rawValue, writer.clock.now().microseconds, segment.id,
                ])
            try db.execute(sql: "DELETE FROM damage WHERE segment = ?", arguments: [segment.id])
            writer.retired[segment.id] = WeakSegment(segment: segment)
        }
        writer.readers[segment.id] = nil
        state.models[name]?.segments = after
        state.models[name]?.damaged[segment.id] = nil
    }
}
