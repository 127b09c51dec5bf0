import Store
import Vocabulary

/// What a poll reads: all rows at first, then those that changed, and from time to time the keys.
extension PollingSession {
    // MARK: First load

    func load(
        _ placements: [RowPlacement], _ parents: ParentCompanies, _ position: PollingPosition,
        _ view: View
    ) throws {
        let load = try store.beginLoad(source: definition.name)
        var (count, aside) = (0, 0)
        do {
            for index in definition.parentsFirst {
                let placement = placements[index]
                let mapping = placement.mapping
                var progress = ReadingProgress(mapping, log)
                try PolledRows(mapping, view.types).forEach(
                    from: view.catalog.source(of: mapping), through: view.connection
                ) { values in
                    switch placement.place(values) {
                    case .row(let row):
                        try load.append(
                            model: mapping.model.name, origin: mapping.origin,
                            company: row.company, key: row.key, cells: row.cells)
                        if parents.isParent(index) {
                            parents.set(row.company, of: row.key, in: index)
                        }
                    case .deleted: break
                    case .aside(let key, let reason):
                        aside += 1
                        log(.quarantined(table: mapping.name, key: key, reason: reason))
                        try load.quarantine(
                            QuarantinedRow(
                                source: definition.name, table: mapping.name, key: key,
                                reason: reason,
                                content: Quarantine.content(of: values, mapping: mapping)))
                    }
                    progress.advance()
                }
                progress.finish()
                count += progress.rows
            }
            try checkIsWhole(view)
            Failpoint.hit("before-load-finish")
            _ = try load.finish(position: sourcePosition(position, view))
        } catch {
            try? load.abandon()
            throw error
        }
        Failpoint.hit("after-load-finish")
        log(.loadFinished(rows: count, quarantined: aside))
    }

    // MARK: Changes

    func readChanges(
        _ readings: [PollingStart.Reading], _ placements: [RowPlacement],
        _ position: PollingPosition, _ view: View, _ given: PollingWriter, placesAgain: Bool
    ) throws {
        let stored = store.position(of: definition.name)
        let before = stored.flatMap { PollingPosition($0.text) }
        var writer = given
        if placesAgain { try writer.placeAgain() }
        let age = try before.map {
            try PollingServer.age(of: $0.oldest, through: view.connection)
        }
        let damage = try store.damage()
        for index in definition.parentsFirst {
            let (reading, mapping) = (readings[index], definition.tables[index])
            var condition: String?
            if reading == .window, let age, let known = before?.tables[mapping.name] {
                let leaves = known.leaves.keys.sorted().map(String.init).joined(separator: ", ")
                // Rows of a table that was attached or put in the place of another are older.
                condition =
                    "age(xmin) BETWEEN 0 AND \(age)"
                    + (leaves.isEmpty ? " OR true" : " OR tableoid NOT IN (\(leaves))")
            } else if damage.contains(where: {
                $0.model == mapping.model.name && $0.origins.contains(mapping.origin)
            }) {
                // Where a damaged part cannot tell its rows, they come back in one commit.
                try writer.beginReload(of: index)
            }
            var progress = ReadingProgress(
                mapping, reading == .whole ? { [log] event in log(event) } : nil)
            try PolledRows(mapping, view.types).forEach(
                from: view.catalog.source(of: mapping, where: condition),
                through: view.connection
            ) { values in
                try writer.take(values, table: index)
                progress.advance()
            }
            if let condition {
                try dropUnwanted(of: index, view, changed: condition, &writer)
            }
            progress.finish()
            try writer.settle()
            try writer.endReload()
        }
        try checkIsWhole(view)
        if writer.isEmpty, before == position { return }
        try writer.finish(sourcePosition(position, view))
    }

    /// Deletes the rows that changed and do not meet the mapping's ‘where’; of them only the keys
    /// are read.
    private func dropUnwanted(
        of index: Int, _ view: View, changed: String, _ writer: inout PollingWriter
    ) throws {
        let mapping = definition.tables[index]
        guard let wanted = mapping.condition else { return }
        var values = [SourceValue](repeating: .null, count: mapping.fields.count)
        try PolledRows(mapping, view.types, fields: mapping.key).forEach(
            from: view.catalog.all(of: mapping)
                + " WHERE (\(changed)) AND (\(wanted)) IS NOT TRUE", through: view.connection
        ) { parts in
            for (field, part) in zip(mapping.key, parts) { values[field] = part }
            try writer.drop(values, table: index)
        }
    }

    // MARK: Keys

    func compareKeys(
        _ placements: [RowPlacement], _ view: View, _ given: PollingWriter,
        _ memory: inout PollingMemory
    ) throws {
        Failpoint.hit("before-compare")
        let isFull = memory.comparedFully.map { $0.duration(to: .now) >= limits.fully } ?? true
        var writer = given
        var found = KeyComparison.Outcome()
        for index in definition.parentsFirst {
            let placement = placements[index]
            let mapping = placement.mapping
            let comparison = KeyComparison(
                table: index, placement: placement, types: view.types,
                catalog: view.catalog, store: store, connection: view.connection)
            let absent = memory.absent[mapping.name] ?? []
            // Rows that are only marked as deleted are counted at the source: their number and that of
            // rows which have gone could cancel each other out.
            if !isFull, mapping.isDeleted.isEmpty,
                try comparison.countsAgree(absent: absent.count, writer: writer)
            {
                continue
            }
            memory.absent[mapping.name] = try comparison.run(
                absent: absent, passKeys: limits.passKeys, writer: &writer, outcome: &found)
            try writer.settle()
        }
        // A table that is first touched here may have been rewritten before.
        try checkIsWhole(view)
        try writer.finish(nil)
        memory.compared = .now
        if isFull { memory.comparedFully = .now }
        if found != KeyComparison.Outcome() {
            log(.reconciled(deleted: found.deleted, restored: found.restored))
        }
    }
}

/// Tells how far the reading of a table is.
private struct ReadingProgress {
    private static let step = 100_000

    private let table: String
    private let log: ((IngestEvent) -> Void)?
    private(set) var rows = 0

    init(_ mapping: TableMapping, _ log: ((IngestEvent) -> Void)?) {
        self.table = mapping.name
        self.log = log
        log?(.loading(table: table))
    }

    mutating func advance() {
        rows += 1
        if rows % Self.step == 0 {
            log?(.loaded(table: table, rows: rows))
            Failpoint.hit("mid-copy")
        }
    }

    func finish() {
        log?(.loaded(table: table, rows: rows))
        Failpoint.hit("mid-copy")
    }
}
