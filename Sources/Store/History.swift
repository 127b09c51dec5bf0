import GRDB
import Vocabulary

/// The history of columns: each change of a declared column is itself a row.
///
/// A model with such columns has a companion, `<model>_history`, made by the schema:
///
/// | column | type | content |
/// |---|---|---|
/// | row | reference | the row that changed |
/// | column | category | the name of the column |
/// | event | category | `began`, `changed` or `ended` |
/// | changed_at | instant | when: by the source's own time if it tells one, else our commit's |
/// | from_word, to_word | category | the values before and after, of a category |
/// | from_number, to_number | integer | the same of any other column, in its stored unit |
///
/// A value that is missing has neither `began` nor `ended`. A first load writes no history: what a
/// column held then is the `from` of its first change.
extension Model {
    /// The name of the companion; nil when no column has history.
    var historyName: String? {
        columns.contains(where: \.hasHistory) ? name + "_history" : nil
    }

    /// The companion; nil when no column has history.
    var history: Model? {
        guard let historyName else { return nil }
        return Model(
            name: historyName, label: "History of \(label)",
            columns: [
                Column(name: "row", label: label, type: .reference(model: name)),
                Column(name: "column", label: "Column", type: .category),
                Column(name: "event", label: "Event", type: .category),
                Column(name: "changed_at", label: "Changed", type: .instant),
                Column(name: "from_word", label: "From", type: .category),
                Column(name: "to_word", label: "To", type: .category),
                Column(name: "from_number", label: "From (number)", type: .integer),
                Column(name: "to_number", label: "To (number)", type: .integer),
            ], timeColumn: "changed_at", historyOf: name)
    }
}

/// What a version of a row holds, as far as history asks.
struct RowValues {
    let company: Int
    let reference: Int64
    let cells: [StoredCell]
}

extension WriteSession {
    /// The number that stands in table `reference_count` for “of all companies”.
    private static let allCompanies = -1

    /// Notes since when the history of each declared column is kept: since the present commit.
    func markHistory() throws {
        for column in writer.unmarkedHistory {
            try db.execute(
                sql: "INSERT INTO history (column_id, since_commit, since_time) VALUES (?, ?, ?) "
                    + "ON CONFLICT DO NOTHING",
                arguments: [
                    column, Int64(state.commit.number), state.commit.time.microseconds,
                ])
        }
    }

    /// Enters what a change of a row means for its columns with history.
    func recordHistory(
        of layout: ModelLayout, origin: Int, from before: RowValues?, to after: RowValues?
    ) throws {
        guard let name = layout.model.historyName, state.models[name] != nil else { return }
        // A row that changes its company ends in the one and begins in the other.
        if let before, let after, before.company != after.company {
            try recordHistory(of: layout, origin: origin, from: before, to: nil)
            try recordHistory(of: layout, origin: origin, from: nil, to: after)
            return
        }
        guard let company = (after ?? before)?.company,
            let reference = (after ?? before)?.reference
        else { return }
        let history = model(name).layout
        for (position, column) in layout.model.columns.enumerated() where column.hasHistory {
            let from = before?.cells[position].number ?? NumberVector.missing
            let to = after?.cells[position].number ?? NumberVector.missing
            if from == to { continue }
            func event() -> String {
                if after == nil { return "ended" }
                return before == nil ? "began" : "changed"
            }
            func word(_ code: Int64, _ target: String) throws -> StoredCell {
                guard column.type == .category,
                    let text = state.dictionaries[layout.id(ofColumn: position)]?.text(of: code),
                    let targetPosition = history.model.index(of: target)
                else { return .number(NumberVector.missing) }
                return .number(
                    try self.code(of: text, column: history.id(ofColumn: targetPosition)))
            }
            func named(_ text: String, _ target: String) throws -> StoredCell {
                guard let targetPosition = history.model.index(of: target) else {
                    preconditionFailure("a history model has column \(target)")
                }
                return .number(
                    try self.code(of: text, column: history.id(ofColumn: targetPosition)))
            }
            let isWord = column.type == .category
            let none = StoredCell.number(NumberVector.missing)
            let number = try nextReference(model: history.id, company: Self.allCompanies)
            let identity = StoreWriter.Identity(origin: origin, key: .integer(number))
            editor(of: name).insert(
                DeltaRow(
                    company: company, origin: origin, key: identity.key,
                    reference: NumberVector.missing, begin: state.commit.number, end: 0,
                    cells: [
                        .number(reference), try named(column.name, "column"),
                        try named(event(), "event"),
                        .number((sourceTime ?? state.commit.time).microseconds),
                        try word(from, "from_word"), try word(to, "to_word"),
                        isWord ? none : .number(from), isWord ? none : .number(to),
                    ]), hash: identity.hash, zones: state.zones)
        }
    }
}
