import Store
import Vocabulary

/// A row or member that a figure follows over time, and what became of it.
struct FollowedRow {
    /// Which row or member it is.
    enum Subject: Hashable {
        /// What other rows, or its history, refer to it by.
        case reference(Reference)
        /// Its number among the rows that were read to be followed.
        case number(Int)
    }

    let subject: Subject
    /// The code of its company.
    let company: String
    /// When it comes among the others: a day or a moment, the same for all rows of a figure.
    let order: Int64
    /// The code of the currency that it is told apart by.
    let currency: Cell?
    /// The number that it gives to the figure.
    let number: Int64?
    /// What became of it, in the columns of its course.
    let cells: [Cell]
}

/// The rows and members that make a figure which follows them over time, each with what it gives.
struct FollowedRows: Sendable {
    /// Who a row or member is, the same in every state of the store.
    enum Identity: Hashable, Comparable, Sendable {
        case row(RowName)
        case reference(Reference)
    }

    struct Row: Sendable {
        let identity: Identity
        /// The key at its source, or the name of a member; nil where this state does not know it.
        let name: String?
        /// The code of its company.
        let company: String
        let share: RowShare
        let cells: [Cell]
        fileprivate let key: RowName?
        fileprivate let order: Int64

        fileprivate var sorting: (Int64, String, String, String) {
            (order, name ?? "", company, share.currency?.code ?? "")
        }
    }

    /// Those that count, by day.
    let rows: [Row]
    /// Those that do not, by reason.
    let excluded: [Explanation.Exclusion]
    /// How what became of them is read.
    let reading: RegisterReading
    /// How the present columns of the rows are read; nil where members are followed.
    private let own: RegisterReading?
    /// The model of those that are followed.
    private let subjects: Model
    private let isOfMembers: Bool
    private let metric: Metric
    private let model: Model
    private let snapshot: Snapshot
    private let sumType: ColumnType?

    /// How many are held in memory, about 300 bytes each.
    private static let limit = 2_000_000

    /// Follows the rows of the days that were asked for.
    ///
    /// - Throws: `Advice` when there are too many, and what the store throws.
    init(_ plan: MetricPlan, _ index: Int, _ definitions: Definitions, _ reader: ScanReader) throws
    {
        let planned = plan.bases[index]
        guard let course = planned.base.course,
            let scan = plan.scans.first(where: { $0.outputs.contains { $0.base == index } })
        else { preconditionFailure("every base is planned, and these follow rows") }
        let schema = definitions.schema
        let companies = reader.snapshot.companies
        metric = try definitions.metric(planned.name)
        let model = try schema.model(planned.base.model)
        self.model = model
        snapshot = reader.snapshot
        let sums = try CourseSums(course, plan, scan, isBefore: false, reader, isTelling: true)
        guard sums.followed.count <= Self.limit else {
            throw Advice(
                .request, "\(sums.followed.count) rows of \(model.name) would have to be listed",
                remedy: "ask for fewer companies or a shorter period")
        }
        let columns = try course.columns(metric, model, definitions)
        reading = RegisterReading(
            showing: columns, companies: companies, zone: try Definitions.zone(of: companies))
        let member = try course.member.map { try schema.model(target(of: $0, in: model)) }
        own =
            try member == nil
            ? RegisterReading.explaining(
                planned, metric, definitions: definitions, companies: companies
            ).reading : nil
        sumType = course.isAddedUp(planned.base) ? columns.last?.type : nil
        var withoutNumber = 0
        let counted = sums.followed.filter { row in
            if planned.base.aggregate != .count, row.number == nil {
                withoutNumber += 1
                return false
            }
            return planned.currencyColumn == nil || Self.currency(row.currency) != nil
        }
        excluded =
            sums.left
            + (withoutNumber == 0
                ? []
                : [
                    Explanation.Exclusion(
                        reason: "how long it took is not known", rows: withoutNumber)
                ])
        subjects = member ?? model
        isOfMembers = member != nil
        let names = try Names(
            counted.map(\.subject), subjects, areMembers: isOfMembers, sums.read, snapshot)
        rows = counted.map { row in
            Row(
                identity: names.identity(row.subject), name: names.words(row.subject),
                company: row.company,
                share: RowShare(
                    currency: planned.ownCurrency
                        ?? (planned.currencyColumn == nil ? nil : Self.currency(row.currency)),
                    value: row.number.map { .number($0) } ?? .missing),
                cells: row.cells, key: member == nil ? names.key(row.subject) : nil,
                order: row.order)
        }.enumerated().sorted { left, right in
            let (one, other) = (left.element, right.element)
            let (first, second) = (one.sorting, other.sorting)
            if first != second { return first < second }
            // Pages of one list are asked for one by one, so those of one name have an order, too.
            return one.identity == other.identity
                ? left.offset < right.offset : one.identity < other.identity
        }.map(\.element)
    }

    private static func currency(_ cell: Cell?) -> Currency? {
        guard case .text(let code)? = cell else { return nil }
        return Currency(code)
    }

    /// Who rows and members are.
    private struct Names {
        private var words: [Reference: String] = [:]
        private var keys: [Reference: RowName] = [:]
        private var numbered: [Int: RowName] = [:]

        init(
            _ subjects: [FollowedRow.Subject], _ model: Model, areMembers: Bool,
            _ read: RowRequest?, _ snapshot: Snapshot
        ) throws {
            var references: Set<Reference> = []
            var numbers: Set<Int> = []
            for subject in subjects {
                switch subject {
                case .reference(let reference): references.insert(reference)
                case .number(let number): numbers.insert(number)
                }
            }
            keys = try snapshot.names(model: model.name, of: references)
            func isWords(_ column: Column) -> Bool {
                column.type == .text || column.type == .category
            }
            // Of members that have no name, their first words; rows show all of theirs besides.
            let name =
                model.column("name").flatMap { isWords($0) ? $0 : nil }
                ?? (areMembers ? model.columns.first(where: isWords) : nil)
            if let name {
                let sorted = references.sorted()
                let cells = try snapshot.cells(
                    model: model.name, column: name.name, of: sorted)
                for (reference, cell) in zip(sorted, cells) {
                    if case .text(let text) = cell { words[reference] = text }
                }
            }
            guard let read, !numbers.isEmpty else { return }
            var number = 0
            try snapshot.rows(read).forEachRecord { record in
                if numbers.contains(number) {
                    numbered[number] = RowName(origin: record.origin, key: record.key)
                }
                number += 1
            }
        }

        func key(_ subject: FollowedRow.Subject) -> RowName? {
            switch subject {
            case .reference(let reference): keys[reference]
            case .number(let number): numbered[number]
            }
        }

        func words(_ subject: FollowedRow.Subject) -> String? {
            if case .reference(let reference) = subject, let known = words[reference] {
                return known
            }
            return key(subject)?.words
        }

        func identity(_ subject: FollowedRow.Subject) -> Identity {
            switch subject {
            case .reference(let reference): .reference(reference)
            case .number(let number):
                numbered[number].map { .row($0) }
                    ?? .row(RowName(origin: "", key: .integer(Int64(number))))
            }
        }
    }

    /// What those are called that this state knows.
    func known(_ identities: [Identity]) throws -> [Identity: String] {
        var references: [FollowedRow.Subject] = []
        var names: Set<RowName> = []
        for identity in identities {
            switch identity {
            case .row(let name): names.insert(name)
            case .reference(let reference): references.append(.reference(reference))
            }
        }
        var known: [Identity: String] = [:]
        for record in try snapshot.records(model: subjects.name, columns: [], of: names) {
            let name = RowName(origin: record.origin, key: record.key)
            known[.row(name)] = name.words
        }
        let called = try Names(
            references, subjects, areMembers: isOfMembers, nil, snapshot)
        for subject in references where called.key(subject) != nil {
            known[called.identity(subject)] = called.words(subject)
        }
        return known
    }

    // MARK: As a table

    /// What stands in a line for a row that is deleted.
    static let gone = "(deleted)"

    /// The rows as a table; what became of them first, then what they hold now.
    var table: ResultTable {
        var footing: [Currency?: Int128] = [:]
        if sumType != nil {
            for row in rows {
                if case .number(let number) = row.share.value {
                    footing[row.share.currency, default: 0] += Int128(number)
                }
            }
        }
        let header = header
        var totals = ResultFooting(columns: header)
        if let place = header.firstIndex(where: \.isTotalled) {
            for (currency, sum) in footing { totals.add(total(sum, currency), to: place) }
        }
        var table = ResultTable(
            name: metric.name, title: metric.label, columns: header, rowCount: rows.count,
            totals: totals.totals
        ) { body in
            for start in stride(from: 0, to: rows.count, by: Self.batch) {
                try body(try lines(start..<min(start + Self.batch, rows.count)))
            }
        }
        table.listsRows = true
        return table
    }

    private static let batch = 20_000

    private var header: [ResultColumn] {
        let hasCompany = reading.names.count > 1
        let label = isOfMembers ? subjects.label : "Row"
        return [ResultColumn(name: "row", label: label, kind: .identifier)]
            + (hasCompany ? [ResultColumn(name: "row_company", label: "Company", kind: .text)] : [])
            + reading.columns.enumerated().map { place, column in
                ResultColumn(
                    name: column.result.name, label: column.result.label, kind: column.result.kind,
                    isTotalled: sumType != nil && place == reading.columns.count - 1)
            }
            + (own?.columns.map {
                ResultColumn(
                    name: $0.result.name, label: $0.result.label, kind: $0.result.kind)
            } ?? [])
    }

    /// The lines of a range of rows.
    func lines(_ range: Range<Int>) throws -> [[Value]] {
        let wanted = rows[range.clamped(to: rows.indices)]
        var cells: [RowName: [Cell]] = [:]
        if let own {
            let records = try snapshot.records(
                model: model.name, columns: own.paths, of: Set(wanted.compactMap(\.key)))
            for record in records {
                cells[RowName(origin: record.origin, key: record.key)] = record.cells
            }
        }
        return wanted.map { row in
            [.text(row.name ?? Self.gone)]
                + (reading.names.count > 1
                    ? [.text(reading.names[row.company] ?? row.company)] : [])
                + reading.values(row.cells)
                + (own.map { own in
                    row.key.flatMap { cells[$0] }.map(own.values)
                        ?? own.columns.map { _ in .missing }
                } ?? [])
        }
    }

    private func total(_ sum: Int128, _ currency: Currency?) -> Value {
        switch sumType {
        case .money?:
            currency.map { .money(Money(minorUnits: sum, currency: $0)) } ?? .missing
        case .decimal(let scale)?: .decimal(ExactDecimal(unscaled: sum, scale: scale))
        default: .whole(sum)
        }
    }
}

/// The model that a reference refers to.
private func target(of column: String, in model: Model) -> String {
    guard case .reference(let target)? = model.column(column)?.type else {
        preconditionFailure("a definition names columns that exist")
    }
    return target
}
