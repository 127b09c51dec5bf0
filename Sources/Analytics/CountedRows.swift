import Store
import Vocabulary

/// A row that a figure rests on.
struct CountedRow: Sendable {
    let name: RowName
    /// The code of its company.
    let company: String
    /// The wanted columns.
    let cells: [Cell]
    /// What it gives to the figure; missing where a table has no value for it.
    let share: RowShare
    /// The number that it holds.
    let number: Cell
    /// What tables made of the number; empty where it is taken as it is.
    let steps: [RowValuer.Step]
}

/// The rows that a base metric counts in one state of the store, each with what it gives.
///
/// A row counts when it meets all conditions, its day is asked for, it has the value that the metric
/// adds up or counts, and, where the figure is told apart by currency, a valid currency. Where numbers
/// are multiplied by tables or converted, each table has to have a value for it. Of a metric with
/// `accumulate: standing` they are the rows as they stood at the end of the period.
struct CountedRows: Sendable {
    /// Rows in this order.
    enum Order {
        /// By day or moment, then origin and key.
        case date
        /// By origin and key.
        case name
    }

    /// A reason for which rows do not count, and how many there are.
    struct Exclusion: Sendable, Hashable {
        let reason: String
        let rows: Int
    }

    /// What is read.
    let planned: PlannedBase
    /// The days whose rows are read; nil for all rows.
    let days: Period?
    /// How many rows count.
    var count: Int { found - lost.count }
    /// What tables make of their numbers; nil where these are taken as they are.
    let valuer: RowValuer?
    /// The places, among all that were found, of rows that a table has no value for.
    private var lost: [Int] = []

    private let model: Model
    /// The conditions in words and as the store tests them; the days are not among them.
    private let conditions: [(words: String, filter: Filter)]
    private let subjects: [ColumnPath]
    private let currency: ColumnPath?
    private let columns: [ColumnPath]
    /// The day up to which ages are counted, on which clocks, and whether they are of moments.
    private let today: LocalDay
    private let zones: [String: Zone]
    private let isAgeOfInstant: Bool
    private let present: RowSet
    /// The rows of a standing figure that has changes to undo; nil for one that has none.
    private let entries: [Entry]?

    /// How many rows there are, with those that a table has no value for.
    private var found: Int { entries?.count ?? present.count }

    private enum Source {
        case present(Int)
        case past(RowRecord)
    }

    private struct Entry {
        let moment: Int64
        let name: RowName
        let source: Source
    }

    /// Finds the rows.
    ///
    /// - Throws: `Advice` when there are too many changes to undo, and what the store throws.
    init(
        _ planned: PlannedBase, period: Period, today: LocalDay, calendar: FiscalCalendar,
        filters more: [Condition], columns: [ColumnPath], order: Order = .date,
        definitions: Definitions, reader: ScanReader
    ) throws {
        let base = planned.base
        let schema = definitions.schema
        let model = try schema.model(base.model)
        let asked = AskedDays(period, today: today)
        let days =
            try base.accumulation.map {
                try PlannedAccumulation($0, over: period, by: nil, in: calendar, today: today).days
            } ?? period
        let subjects: [ColumnPath] =
            switch base.subject {
            case .row: []
            case .column(let column): [ColumnPath(column)]
            case .elapsed(let from, let to): [from, to]
            case .age(let path): [path]
            case .course: preconditionFailure("it is asked of figures that are made of rows")
            }
        let terms = ConditionTerms(
            dimensions: definitions.dimensions, date: base.date.flatMap(model.column))
        let conditions = try (base.conditions + more).map {
            (
                words: "\($0)",
                filter: try $0.filter(for: model, in: schema, asked: asked, terms: terms)
            )
        }
        let currency = planned.currencyColumn.map { ColumnPath($0) }
        let valued =
            (base.date.map { [Filter.days(ColumnPath($0), days)] } ?? [])
            + conditions.map(\.filter) + subjects.map { .notAmong($0, [.missing]) }
        let valuer = try RowValuer(
            planned, over: ValueDays(period, by: nil, today: today, in: calendar), schema,
            companies: reader.snapshot.companies)
        // The currency stands last.
        let paths =
            columns + subjects + (valuer?.paths ?? []) + [currency].compactMap { $0 }
        self.planned = planned
        self.valuer = valuer
        self.days = base.date == nil ? nil : days
        self.model = model
        self.conditions = conditions
        self.subjects = subjects
        self.currency = currency
        self.columns = columns
        self.today = today
        zones = Dictionary(
            uniqueKeysWithValues: reader.snapshot.companies.map { ($0.code, $0.zone) })
        if case .age(let path) = base.subject {
            let type = try schema.resolve(path.description, in: model).column.type
            isAgeOfInstant = type == .instant
        } else {
            isAgeOfInstant = false
        }
        let sorting: [RowRequest.Order] =
            order == .date ? base.date.map { [RowRequest.Order(ColumnPath($0))] } ?? [] : []
        let valid = try currency.map {
            Filter.among($0, try Self.validCodes(of: $0, model, valued, reader))
        }
        let filters = valued + [valid].compactMap { $0 }
        let measure = valuer.map { Measure.countValued($0.valuation) } ?? .count
        let present = try reader.snapshot.rows(
            RowRequest(model: base.model, filters: filters, columns: paths, order: sorting))
        self.present = present
        var entries: [Entry]?
        if base.accumulation == .standing, let date = base.date {
            let changes = try StandingChanges(
                ScanRequest(model: base.model, filters: valued, groups: [], measures: [measure]),
                groups: [], date: date, since: days.end, schema: schema, reader: reader,
                showing: paths)
            let isUnknown = try changes.knownSince()?.isAfter(
                days.end, reader.snapshot.companies)
            let changed = changes.rows(at: days.end)
            if isUnknown == true {
                entries = []
            } else if !changed.isEmpty {
                entries = try Self.entries(
                    present, changed, model: base.model, date: ColumnPath(date), days: days,
                    paths: paths,
                    isCounted: { currency == nil || Self.currency(of: $0.last) != nil },
                    order: order, reader)
            }
        }
        self.entries = entries
        guard valuer != nil else { return }
        if entries == nil {
            let valued = try reader.scan(
                ScanRequest(
                    model: base.model, filters: filters, groups: [], measures: [measure])
            ).rows.first?.values.first.flatMap { $0 }
            if valued == Int128(present.count) { return }
        }
        var without: [Int] = []
        var place = 0
        try forEachFound(in: 0..<found) { row in
            if row.share.value == .missing { without.append(place) }
            place += 1
        }
        lost = without
    }

    /// The present rows without those that have changed since, and those as they were.
    private static func entries(
        _ present: RowSet, _ changed: [Reference: StandingChanges.PastRow], model: String,
        date: ColumnPath, days: Period, paths: [ColumnPath], isCounted: ([Cell]) -> Bool,
        order: Order, _ reader: ScanReader
    ) throws -> [Entry] {
        func moment(_ cell: Cell?) -> Int64 {
            guard case .number(let number)? = cell else { return .max }
            return number
        }
        var entries: [Entry] = []
        let dates = try reader.snapshot.rows(
            RowRequest(model: model, filters: [.days(date, days)], columns: [date]))
        var moments: [RowName: Int64] = [:]
        try dates.forEachRecord { record in
            let name = RowName(origin: record.origin, key: record.key)
            moments[name] = moment(record.cells.first)
            guard let reference = record.reference, let past = changed[reference], past.counts
            else { return }
            let cells = paths.map { past.cells[$0] ?? .missing }
            guard isCounted(cells) else { return }
            entries.append(
                Entry(
                    moment: moment(past.cells[date]), name: name,
                    source: .past(
                        RowRecord(
                            origin: record.origin, key: record.key, company: record.company,
                            reference: reference, cells: cells))))
        }
        var place = 0
        try present.forEachRecord { record in
            defer { place += 1 }
            if let reference = record.reference, changed[reference] != nil { return }
            let name = RowName(origin: record.origin, key: record.key)
            entries.append(
                Entry(moment: moments[name] ?? .max, name: name, source: .present(place)))
        }
        return entries.sorted { left, right in
            if order == .date, left.moment != right.moment { return left.moment < right.moment }
            return left.name < right.name
        }
    }

    /// The codes among the rows' currencies that are some.
    private static func validCodes(
        of path: ColumnPath, _ model: Model, _ filters: [Filter], _ reader: ScanReader
    ) throws -> [Cell] {
        try reader.scan(
            ScanRequest(
                model: model.name, filters: filters, groups: [.value(path)], measures: [.count])
        ).rows.compactMap { row in
            currency(of: row.key.first) == nil ? nil : row.key.first
        }
    }

    private static func currency(of cell: Cell?) -> Currency? {
        guard case .text(let code)? = cell else { return nil }
        return Currency(code)
    }

    /// Hands out the rows of a range of places in their order, or all.
    func forEach(in range: Range<Int>? = nil, _ body: (CountedRow) throws -> Void) throws {
        let wanted = (range ?? 0..<count).clamped(to: 0..<count)
        guard !wanted.isEmpty else { return }
        try forEachFound(in: place(wanted.lowerBound)..<place(wanted.upperBound - 1) + 1) { row in
            if row.share.value != .missing { try body(row) }
        }
    }

    /// Hands out rows that count but for a table without a value for them, each with the reason.
    func forEachLost(
        upTo limit: Int, _ body: (CountedRow, _ reason: String) throws -> Void
    ) throws {
        for place in lost.prefix(limit) {
            try forEachFound(in: place..<place + 1) { row in
                guard let loss = valuer?.loss(row.steps) else { return }
                try body(row, loss.reason + (loss.day.map { " on \($0)" } ?? ""))
            }
        }
    }

    /// How many rows would count if tables had values for them.
    var lostCount: Int { lost.count }

    /// The place of a row that counts among all that were found.
    private func place(_ number: Int) -> Int {
        var place = number
        for lost in lost {
            guard lost <= place else { break }
            place += 1
        }
        return place
    }

    private func forEachFound(in places: Range<Int>, _ body: (CountedRow) throws -> Void) throws {
        guard let entries else {
            try present.forEachRecord(in: places) { try body(counted($0)) }
            return
        }
        for entry in entries[places] {
            switch entry.source {
            case .past(let record): try body(counted(record))
            case .present(let place):
                try present.forEachRecord(in: place..<place + 1) { try body(counted($0)) }
            }
        }
    }

    private func counted(_ record: RowRecord) -> CountedRow {
        let tail = record.cells.dropFirst(columns.count)
        let number: Cell
        switch planned.base.subject {
        case .row: number = .number(1)
        case .column: number = tail.first ?? .missing
        case .elapsed:
            let ends = Array(tail.prefix(2))
            if case .number(let from)? = ends.first, case .number(let to)? = ends.last {
                number = .number(to - from)
            } else {
                number = .missing
            }
        case .age:
            number = Derivation.daysBefore(today).cell(
                of: tail.first ?? .missing, isInstant: isAgeOfInstant,
                zone: zones[record.company] ?? .utc)
        case .course: preconditionFailure("it is asked of figures that are made of rows")
        }
        let steps =
            valuer.map {
                $0.steps(
                    tail.dropFirst(subjects.count).prefix($0.paths.count), company: record.company)
            } ?? []
        let value = steps.last.map { $0.number.map { .number($0) } ?? .missing } ?? number
        return CountedRow(
            name: RowName(origin: record.origin, key: record.key), company: record.company,
            cells: Array(record.cells.prefix(columns.count)),
            share: RowShare(
                currency: planned.ownCurrency
                    ?? (currency == nil ? nil : Self.currency(of: tail.last)), value: value),
            number: number, steps: steps)
    }

    // MARK: What does not count

    /// The rows of the model that do not count, by the first reason that applies; with those that
    /// count they are all rows that the reader may see.
    func exclusions(with reader: ScanReader) throws -> [Exclusion] {
        func rows(_ filters: [Filter]) throws -> Int {
            let found = try reader.scan(
                ScanRequest(model: model.name, filters: filters, groups: [], measures: [.count]))
            return Int(found.rows.first?.values.first.flatMap { $0 } ?? 0)
        }
        var exclusions: [Exclusion] = []
        var passed: [Filter] = []
        var left = try rows([])
        func exclude(_ reason: String, leaving: Int) {
            if leaving < left { exclusions.append(Exclusion(reason: reason, rows: left - leaving)) }
            left = leaving
        }
        if let date = planned.base.date, let days {
            let label = model.column(date)?.label ?? date
            passed = [.notAmong(ColumnPath(date), [.missing])]
            exclude("\(label) is missing", leaving: try rows(passed))
            passed = [.days(ColumnPath(date), days)]
            exclude("\(label) is on other days", leaving: try rows(passed))
        }
        if planned.base.accumulation == .standing {
            exclude("did not meet the conditions as they stood", leaving: found)
            return try exclusions + losses()
        }
        for (words, filter) in conditions {
            passed.append(filter)
            exclude("not so: \(words)", leaving: try rows(passed))
        }
        for path in subjects {
            passed.append(.notAmong(path, [.missing]))
            exclude(
                "\(model.column(path.column)?.label ?? path.column) is missing",
                leaving: try rows(passed))
        }
        if currency != nil { exclude("no valid currency", leaving: found) }
        return try exclusions + losses()
    }

    /// How many reasons are told apart of rows that tables have no value for.
    private static let reasons = 20

    /// The rows that a table has no value for, by what was looked up in vain.
    private func losses() throws -> [Exclusion] {
        guard let valuer, let first = lost.first, let last = lost.last else { return [] }
        var reasons: [String: (rows: Int, days: Set<LocalDay>)] = [:]
        try forEachFound(in: first..<last + 1) { row in
            guard let loss = valuer.loss(row.steps) else { return }
            reasons[loss.reason, default: (0, [])].rows += 1
            if let day = loss.day { reasons[loss.reason]?.days.insert(day) }
        }
        let ordered = reasons.sorted { ($1.value.rows, $0.key) < ($0.value.rows, $1.key) }
        var exclusions = ordered.prefix(Self.reasons).map { reason, found in
            let days = TableLosses.list(found.days.sorted().map(\.description))
            return Exclusion(
                reason: reason + (days.isEmpty ? "" : " on \(days)"), rows: found.rows)
        }
        let rest = ordered.dropFirst(Self.reasons).reduce(0) { $0 + $1.value.rows }
        if rest > 0 {
            exclusions.append(Exclusion(reason: "no value for other words", rows: rest))
        }
        return exclusions
    }
}
