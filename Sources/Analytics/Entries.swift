import Store
import Vocabulary

/// A row, or the first row of a member, that entered in the period.
struct Entry {
    /// Which row it is, within the snapshot.
    let row: Int
    /// Its number among the rows that were read (`Entries.read`).
    let number: Int
    let company: Company
    /// What other rows refer to it by: the member, or else the row itself.
    let subject: Reference?
    /// What the history of the row refers to it by.
    let reference: Reference?
    let moment: Occasion
    /// Company and members of the dimensions.
    let place: [Cell]
    /// The columns that were asked for besides.
    let cells: [ColumnPath: Cell]
}

/// The rows that entered on some days.
struct Entries {
    /// Which rows enter, and when.
    struct Rule: Hashable {
        let model: String
        let date: String
        /// The reference whose first row enters; nil where every row does.
        let member: String?
        /// What the rows of the definition are.
        let filters: [Filter]
    }

    let rule: Rule
    let period: Period
    private(set) var all: [Entry] = []
    /// What was read; entries are numbered in its order.
    let read: RowRequest

    /// Reads the entries of a period that a question is about.
    ///
    /// The first row of a member is looked for among all rows of the rule; whether it lies in the
    /// period and passes the question's own filters is asked then.
    init(
        _ rule: Rule, _ period: Period, filters: [Filter], groups: [Group],
        columns: [ColumnPath], _ reader: ScanReader
    ) throws {
        (self.rule, self.period) = (rule, period)
        let schema = reader.snapshot.schema
        let model = try schema.model(rule.model)
        let date = ColumnPath(rule.date)
        guard let type = model.column(rule.date)?.type else {
            preconditionFailure("a definition names columns that exist")
        }
        let firsts = try rule.member.map { try Self.firsts(rule, $0, reader) }
        let test = try RowTest(
            model, filters: rule.member == nil ? [] : filters, groups: groups, schema: schema)
        var paths = [date] + (rule.member.map { [ColumnPath($0)] } ?? [])
        for path in test.paths + columns where !paths.contains(path) { paths.append(path) }
        read = RowRequest(
            model: rule.model,
            filters: [.days(date, period)] + rule.filters + (rule.member == nil ? filters : []),
            columns: paths, order: [RowRequest.Order(date)])
        var seen: Set<Reference> = []
        var number = -1
        try reader.snapshot.rows(read).forEachRow { row in
            number += 1
            let cells = Dictionary(uniqueKeysWithValues: zip(paths, row.cells))
            guard let moment = Occasion(row.cells[0], type, row.company.zone) else { return }
            var subject = row.reference
            if let firsts {
                guard case .reference(let member) = row.cells[1],
                    case .number(let time) = row.cells[0], firsts[member] == Int128(time),
                    seen.insert(member).inserted
                else { return }
                subject = member
            }
            func cell(_ path: ColumnPath) -> Cell { cells[path] ?? .missing }
            guard test.passes(row.company, cell) else { return }
            all.append(
                Entry(
                    row: row.place, number: number, company: row.company, subject: subject,
                    reference: row.reference, moment: moment,
                    place: test.place(row.company, cell), cells: cells))
        }
    }

    /// When each member's first row was, as the column's number.
    private static func firsts(
        _ rule: Rule, _ member: String, _ reader: ScanReader
    ) throws -> [Reference: Int128] {
        let result = try reader.scan(
            ScanRequest(
                model: rule.model, filters: rule.filters, groups: [.value(ColumnPath(member))],
                measures: [.least(.column(ColumnPath(rule.date)))]))
        var firsts: [Reference: Int128] = [:]
        for row in result.rows {
            guard case .reference(let reference) = row.key[0], let time = row.values[0] else {
                continue
            }
            firsts[reference] = time
        }
        return firsts
    }
}
