public import Vocabulary

/// Something that a check of a source found.
public struct Finding: Sendable, Hashable {
    /// How grave it is.
    public enum Severity: String, Sendable, Hashable {
        /// The requirement is met.
        case fine
        /// It works, and a person should know this.
        case notice
        /// The source cannot be read until this is mended.
        case problem
    }

    /// How grave it is.
    public let severity: Severity
    /// What was found, as one sentence without a full stop.
    public let what: String
    /// The statement or the step that mends it; empty when there is nothing to mend.
    public let fix: String
    /// Where in the mapping, when that is what has to change.
    public let place: Place?
    private let kind: Advice.Kind

    init(
        _ severity: Severity, _ what: String, fix: String = "", at place: Place? = nil,
        kind: Advice.Kind = .denied
    ) {
        self.severity = severity
        self.what = what
        self.fix = fix
        self.place = place
        self.kind = kind
    }

    /// A table of the mapping that the source does not have.
    static func noTable(_ name: String, in catalog: PostgresCatalog, at place: Place) -> Finding {
        Finding(
            .problem, "the source has no table ‘\(name)’",
            fix: Spelling.remedy(for: name, legal: catalog.names), at: place)
    }

    /// A column of the mapping that a table does not have.
    static func noColumn(
        _ field: String, in table: PostgresCatalog.Table, at place: Place
    ) -> Finding {
        Finding(
            .problem, "table ‘\(table.name)’ has no column ‘\(field)’",
            fix: Spelling.remedy(for: field, legal: table.columns.map(\.name)), at: place)
    }

    /// A column that our role may not read.
    static func unreadable(
        _ field: String, among fields: [String], of table: String, role: String
    ) -> Finding {
        let columns = fields.map(SQL.name).joined(separator: ", ")
        return Finding(
            .problem, "role ‘\(role)’ may not read ‘\(field)’ of ‘\(table)’",
            fix: "run GRANT SELECT (\(columns)) ON \(SQL.table(table)) TO \(SQL.name(role));")
    }

    /// The finding as an error.
    public var advice: Advice {
        Advice(place == nil ? kind : .definition, what, remedy: fix, at: place)
    }
}
