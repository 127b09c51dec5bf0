import Store
import Vocabulary

/// What a translator asks the source itself.
///
/// The answer may be a later state of the rows than the one that is being translated; then the
/// stream brings those changes too, and the end is the same.
struct SourceQuestions {
    /// A row by its key, of which values were left out; nil when it is gone.
    var row: (TableMapping, [SourceValue]) throws -> [SourceValue]?
    /// The rows of a table that belong to rows of its parent with these keys, or to any; each lent to
    /// the last argument.
    var children: (TableMapping, Belonging, ([SourceValue]) throws -> Void) throws -> Void

    /// Which rows of a table are asked for by what they belong to.
    enum Belonging {
        /// By keys of the parent, each as the texts of its parts.
        case to([[String]])
        case any
    }
}

/// Turns what a source did to its rows into changes of ours.
///
/// Used by one thread. The changes collect until they are taken. Nothing here does I/O but the
/// questions: for large values that the stream left out where they cannot be kept from the row
/// before (its key changed, it is put aside, or it may not have been one of ours), and for the rows
/// that belong to one which went to another company or is gone. Those are asked for by `settle`, when
/// all changes of a transaction are known.
final class RowTranslator {
    /// What happened to rows that others belong to.
    private struct Moves {
        /// By key: its parts, and whether the row was here before.
        var keys: [RowKey: (parts: [String], wasHere: Bool)] = [:]
        /// Any of the rows may have gone.
        var isAll = false

        var isEmpty: Bool { keys.isEmpty && !isAll }

        mutating func formUnion(_ other: Moves) {
            keys.merge(other.keys) { ($0.parts, $0.wasHere || $1.wasHere) }
            isAll = isAll || other.isAll
        }
    }

    /// How many keys are asked for at once.
    private static let askedKeys = 500

    private let definition: SourceDefinition
    private let placements: [RowPlacement]
    private let parents: ParentCompanies
    private let order: [Int]
    private let ask: SourceQuestions
    /// Rows put aside: table, key, content.
    private(set) var aside: Quarantine
    private(set) var changes = GatheredChanges()
    /// The model and origin of each table's rows.
    private let feeds: [(model: String, origin: String)]
    /// What is not settled yet, by the table of the parents.
    private var moves: [Int: Moves] = [:]
    /// The same for tables that wait, by the table of the children.
    private var postponed: [Int: Moves] = [:]
    /// Rows that are put aside, by their table and the key of the row that they belong to.
    private var orphans: [Int: [RowKey: Set<String>]] = [:]

    init(
        definition: SourceDefinition, placements: [RowPlacement], parents: ParentCompanies,
        quarantine: Quarantine, ask: SourceQuestions
    ) {
        self.definition = definition
        self.placements = placements
        self.parents = parents
        self.ask = ask
        aside = quarantine
        order = definition.parentsFirst
        feeds = definition.tables.map { ($0.model.name, $0.origin) }
        for table in placements.indices { findOrphans(of: table) }
    }

    /// Hands over the changes that have collected.
    func takeChanges() -> GatheredChanges { takeChanges(upTo: changes.mark) }

    /// Hands over the changes that had collected at a mark.
    func takeChanges(upTo mark: GatheredChanges.Mark) -> GatheredChanges {
        changes.take(upTo: mark)
    }

    /// Says when the source made the changes that follow, if it tells.
    func setTime(_ time: Instant?) { changes.time = time }

    /// The rows of a table that are put aside are these from now on.
    func setAside(_ rows: [QuarantinedRow], of table: Int) {
        let name = definition.tables[table].name
        for key in aside.keys(of: name) { _ = aside.forget(table: name, key: key) }
        for row in rows { aside.keep(table: name, key: row.key, content: row.content) }
        findOrphans(of: table)
    }

    // MARK: Rows

    func upsert(_ table: Int, _ given: [SourceValue]) throws {
        let placement = placements[table]
        // Where there may be no row before, nothing can be kept from it. Most rows were never aside.
        let shown = aside.count == 0 ? nil : placement.shownKey(of: given)
        let needsAll =
            placement.mapping.isConditional
            || (shown.map { aside.holds(table: placement.mapping.name, key: $0) } ?? false)
        let values = needsAll ? try completed(given, placement.mapping) : given
        do throws(Misfit) {
            switch try placement.standing(of: values) {
            case .row(let company, let key):
                let code = placement.code(ofCompany: company)
                try changes.upsert(
                    model: feeds[table].model, origin: feeds[table].origin, company: code, key: key
                ) { cells throws(Misfit) in
                    try placement.fill(&cells, from: values, company: company)
                }
                if let shown { release(table, shown) }
                note(table, key, company: code) { placement.keyParts(of: values) }
            case .deleted(let key):
                remove(table, key)
                if let shown { release(table, shown) }
                note(table, key, company: nil) { placement.keyParts(of: values) }
            }
        } catch {
            try putAside(table, values, reason: error.reason)
        }
    }

    private func remove(_ table: Int, _ key: RowKey) {
        changes.delete(model: feeds[table].model, origin: feeds[table].origin, key: key)
    }

    private func putAside(_ table: Int, _ values: [SourceValue], reason: String) throws {
        let placement = placements[table]
        let mapping = placement.mapping
        let shown = placement.shownKey(of: values)
        let whole = try completed(values, mapping)
        let content = Quarantine.content(of: whole, mapping: mapping)
        aside.keep(table: mapping.name, key: shown, content: content)
        changes.quarantine(
            QuarantinedRow(
                source: definition.name, table: mapping.name, key: shown, reason: reason,
                content: content))
        if let parent = try? placement.parentKey(of: whole) {
            orphans[table, default: [:]][parent, default: []].insert(shown)
        }
        // A row that does not fit is in no figure, whatever an earlier version of it was.
        if let key = try? placement.key(of: values) {
            remove(table, key)
            note(table, key, company: nil) { placement.keyParts(of: values) }
        }
    }

    func update(_ table: Int, old: [SourceValue]?, new: [SourceValue]) throws {
        let placement = placements[table]
        guard let old, let oldKey = try? placement.key(of: old),
            oldKey != (try? placement.key(of: new))
        else { return try upsert(table, new) }
        delete(table, old)
        try upsert(table, try completed(new, placement.mapping))
    }

    /// The row with the values that the stream left out; null if the row is gone by now, since then
    /// its deletion follows.
    private func completed(
        _ values: [SourceValue], _ mapping: TableMapping
    ) throws -> [SourceValue] {
        guard values.contains(.unchanged) else { return values }
        let fetched = try ask.row(mapping, values)
        return values.indices.map { index in
            values[index] == .unchanged ? fetched?[index] ?? .null : values[index]
        }
    }

    func delete(_ table: Int, _ old: [SourceValue]) {
        let placement = placements[table]
        // A row without a key that we can read was put aside and is in no figure.
        if let key = try? placement.key(of: old) {
            remove(table, key)
            note(table, key, company: nil) { placement.keyParts(of: old) }
        }
        if aside.count > 0 { release(table, placement.shownKey(of: old)) }
    }

    /// Deletes a row of which only our key is known.
    func delete(_ table: Int, key: RowKey) {
        remove(table, key)
        let isWhole = placements[table].mapping.key.count == 1
        if isWhole {
            note(table, key, company: nil) { [key.description] }
        } else if parents.isParent(table) {
            parents.set(nil, of: key, in: table)
            moves[table, default: Moves()].isAll = true
        }
    }

    /// Lets a row go that was put aside, if it was.
    func release(_ table: Int, _ shownKey: String) {
        let name = placements[table].mapping.name
        if aside.forget(table: name, key: shownKey) {
            changes.release(source: definition.name, table: name, key: shownKey)
        }
    }

    func clear(_ table: Int) {
        let name = placements[table].mapping.name
        changes.clear(model: feeds[table].model, origin: feeds[table].origin)
        if parents.isParent(table) {
            parents.removeAll(in: table)
            moves[table, default: Moves()].isAll = true
        }
        orphans[table] = nil
        for key in aside.keys(of: name) where aside.forget(table: name, key: key) {
            changes.release(source: definition.name, table: name, key: key)
        }
    }

    /// Tries all rows that were put aside again, but those of tables that wait; those that fit now
    /// leave the quarantine.
    func placeAgain(except waits: (Int) -> Bool) throws {
        for table in order where !waits(table) {
            let placement = placements[table]
            let name = placement.mapping.name
            for key in aside.keys(of: name) {
                guard let values = aside.values(table: name, key: key, placement.mapping),
                    case .row = placement.place(values)
                else { continue }
                try upsert(table, values)
            }
        }
        try settle(except: waits)
    }

    // MARK: Rows that belong to others

    private func findOrphans(of table: Int) {
        guard definition.tables[table].parent != nil else { return }
        let placement = placements[table]
        let name = placement.mapping.name
        orphans[table] = [:]
        for shown in aside.keys(of: name) {
            guard let values = aside.values(table: name, key: shown, placement.mapping),
                let parent = try? placement.parentKey(of: values)
            else { continue }
            orphans[table, default: [:]][parent, default: []].insert(shown)
        }
    }

    private func note(
        _ table: Int, _ key: RowKey, company: String?, _ parts: () -> [String]
    ) {
        guard parents.isParent(table) else { return }
        let former = parents.set(company, of: key, in: table)
        guard former != company else { return }
        // Once it had a company, rows may have been placed by that, in this very transaction too.
        let wasHere = former != nil || moves[table]?.keys[key]?.wasHere ?? false
        moves[table, default: Moves()].keys[key] = (parts(), wasHere)
    }

    /// Whether rows have to be placed again because of others.
    var isUnsettled: Bool { !moves.isEmpty }

    /// Whether rows of a table that waited have to be placed again.
    func isPostponed(_ table: Int) -> Bool { postponed[table] != nil }

    /// Places the rows again that belong to rows which came, went, or went to another company.
    ///
    /// For rows of tables that wait this is done when they no longer do.
    func settle(except waits: (Int) -> Bool) throws {
        for child in order {
            guard let parent = definition.tables[child].parent else { continue }
            var due = moves[parent.table] ?? Moves()
            if waits(child) {
                if !due.isEmpty { postponed[child, default: Moves()].formUnion(due) }
                continue
            }
            if let more = postponed.removeValue(forKey: child) { due.formUnion(more) }
            if !due.isEmpty { try place(child, dueTo: due) }
        }
        moves = [:]
    }

    private func place(_ child: Int, dueTo due: Moves) throws {
        let mapping = definition.tables[child]
        for (key, _) in due.keys {
            for shown in orphans[child]?.removeValue(forKey: key)?.sorted() ?? [] {
                guard let values = aside.values(table: mapping.name, key: shown, mapping) else {
                    continue
                }
                try upsert(child, values)
            }
        }
        let place = { (values: [SourceValue]) in try self.upsert(child, values) }
        if due.isAll { return try ask.children(mapping, .any, place) }
        // Of what is put aside without its content, nobody here knows to whom it belongs.
        let isUnknown = aside.lacksContents(of: mapping.name)
        let gone = due.keys.values.filter { $0.wasHere || isUnknown }.map(\.parts)
        for start in stride(from: 0, to: gone.count, by: Self.askedKeys) {
            let part = Array(gone[start..<min(start + Self.askedKeys, gone.count)])
            try ask.children(mapping, .to(part), place)
        }
    }
}

extension RowPlacement {
    /// The texts of the parts of a row's key.
    fileprivate func keyParts(of values: [SourceValue]) -> [String] {
        mapping.key.map { values[$0].text ?? "" }
    }
}

extension SourceQuestions {
    /// Asks for rows by what they belong to, through a connection in whatever state it shows.
    static func children(
        of mapping: TableMapping, _ belonging: Belonging, _ definition: SourceDefinition,
        _ types: PostgresTypes, _ catalog: PostgresCatalog,
        through connection: PostgresConnection, _ body: ([SourceValue]) throws -> Void
    ) throws {
        guard let parent = mapping.parent else { return }
        let other = definition.tables[parent.table]
        let (own, theirs) = (types.types(of: mapping), types.types(of: other))
        // Where the two columns differ in type, a key of the one may be no legal value of the other.
        let names = zip(parent.fields, other.key).map { field, key in
            SQL.name(mapping.fields[field]) + (own[field] == theirs[key] ? "" : "::text")
        }.joined(separator: ", ")
        let condition: String
        switch belonging {
        case .any: condition = "(\(names)) IS NOT NULL"
        case .to(let keys):
            let list = keys.map { "(" + $0.map(SQL.text).joined(separator: ", ") + ")" }
            condition = "(\(names)) IN (\(list.joined(separator: ", ")))"
        }
        try PolledRows(mapping, types).forEach(
            from: catalog.source(of: mapping, where: condition), through: connection, body)
    }
}
