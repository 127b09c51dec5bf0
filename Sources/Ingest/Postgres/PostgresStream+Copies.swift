import Store
import Vocabulary

/// Tables that were read beside the stream become visible between two of its transactions.
extension PostgresStream {
    /// Waits until all tables have been read and are visible.
    func finishCopies() throws {
        guard let copy else { return }
        while !copy.isOver {
            if interrupt.hasFired { throw CancellationError() }
            try takeCopied(milliseconds: 50)
        }
    }

    /// Makes the table visible that has been read, if there is one.
    func takeCopied(milliseconds: Int = 0) throws {
        guard let copy, !copy.isOver, !translator.isInTransaction else { return }
        try writeReady()
        guard let table = try copy.next(milliseconds: milliseconds) else { return }
        try show(table)
        copy.goOn()
        // A tenant may have become known after the state in which the rows were read.
        try placeAgain()
        guard copy.isOver else { return }
        log(.loadFinished(rows: copied.rows, quarantined: copied.aside))
        _ = tellRounded()
    }

    /// Writes rows, the changes that were kept while they were read, and the position, so that the
    /// table goes from its former state to the present one in one commit.
    private func show(_ table: CopiedTable) throws {
        Failpoint.hit("before-load-finish")
        let name = definition.tables[table.table].name
        let isAhead = table.position > position.log
        var next = position
        next.tables[name] = TableMark(
            fingerprint: fingerprints[name] ?? "", from: isAhead ? table.position : nil)
        let before = translator.aside.keys(of: name)
        let time = store.position(of: definition.name)?.sourceTime ?? clock.now()
        copied.rows += table.count
        copied.roundedAmounts += table.roundedAmounts
        switch table.rows {
        case .load(let load):
            let aside = Set(table.aside.map(\.key))
            let released = before.filter { !aside.contains($0) }
            let changes = try translator.endWaiting(
                for: table.table, readAt: table.position, aside: table.aside)
            copied.aside += table.aside.count
            if released.isEmpty, changes == nil {
                _ = try load.finish(
                    position: SourcePosition(text: next.description, sourceTime: time))
            } else {
                // Without the mark of the table, which is complete with its changes only.
                _ = try load.finish(
                    position: SourcePosition(text: position.description, sourceTime: time))
                try write(changes, releasing: released, of: name, next: &next, time)
            }
        case .messages(let messages):
            try compare(table, messages, before: before, next: &next, time)
        }
        let mapping = definition.tables[table.table]
        if store.awaits(model: mapping.model.name, origin: mapping.origin) {
            var batch = ChangeBatch()
            batch.reload(model: mapping.model.name, origin: mapping.origin)
            try store.commit(batch)
        }
        Failpoint.hit("after-load-finish")
        position = next
        let known = position.shown
        let aside = translator.aside.count
        report {
            $0.position = known
            $0.sourceTime = time
            $0.quarantined = aside
        }
    }

    private func write(
        _ changes: (() throws -> GatheredChanges?)?, releasing released: [String], of name: String,
        next: inout PostgresPosition, _ time: Instant
    ) throws {
        var releases = ChangeBatch()
        for key in released { releases.release(source: definition.name, table: name, key: key) }
        var first: ChangeBatch? = releases
        var isOver = false
        var end = next
        try commit {
            if let batch = first {
                first = nil
                return batch
            }
            if isOver { return nil }
            if let more = try changes?() { return more.batch }
            isOver = true
            return at(&end, time)
        }
        next = end
    }

    /// Compares the rows of a table with those that are here: what is equal makes no new version,
    /// and what is not among them is deleted.
    private func compare(
        _ table: CopiedTable, _ messages: MessageSpool, before: [String],
        next: inout PostgresPosition, _ time: Instant
    ) throws {
        let mapping = definition.tables[table.table]
        let placement = placements[table.table]
        var rows = CopiedRows(mapping, types)
        var keys: Set<RowKey> = []
        keys.reserveCapacity(messages.count)
        var aside: [QuarantinedRow] = []
        let reader = try messages.reader()
        var changes: (() throws -> GatheredChanges?)?
        var hasBegun = false
        var isRead = false
        var isOver = false
        var end = next
        try commit {
            if isOver { return nil }
            if isRead {
                if let more = try changes?() { return more.batch }
                isOver = true
                return at(&end, time)
            }
            var batch = ChangeBatch()
            if !hasBegun {
                hasBegun = true
                batch.beginReload(model: mapping.model.name, origin: mapping.origin)
                parents.removeAll(in: table.table)
            }
            while batch.count < 5000 {
                let isMore = try reader.next { bytes, range in
                    let values = try rows.row(bytes, in: range)
                    switch placement.place(values) {
                    case .row(let row):
                        keys.insert(row.key)
                        if parents.isParent(table.table) {
                            parents.set(row.company, of: row.key, in: table.table)
                        }
                        batch.upsert(
                            model: mapping.model.name, origin: mapping.origin,
                            company: row.company, key: row.key, cells: row.changedCells)
                    // It is not among those that stay.
                    case .deleted: break
                    case .aside(let key, let reason):
                        let row = QuarantinedRow(
                            source: definition.name, table: mapping.name, key: key,
                            reason: reason,
                            content: Quarantine.content(of: values, mapping: mapping))
                        let isRoom = aside.count < store.settings.quarantineRows
                        aside.append(isRoom ? row : row.withoutContent)
                        log(.quarantined(table: mapping.name, key: key, reason: reason))
                        batch.quarantine(row)
                    }
                }
                if isMore { continue }
                isRead = true
                batch.retain(model: mapping.model.name, origin: mapping.origin, keys: keys)
                batch.endReload(model: mapping.model.name, origin: mapping.origin)
                keys = []
                let stay = Set(aside.map(\.key))
                for key in before where !stay.contains(key) {
                    batch.release(source: definition.name, table: mapping.name, key: key)
                }
                changes = try translator.endWaiting(
                    for: table.table, readAt: table.position, aside: aside)
                break
            }
            return batch
        }
        next = end
        copied.aside += aside.count
    }
}
