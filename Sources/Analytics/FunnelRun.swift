import Store
import Vocabulary

/// How far each entry of a funnel came.
struct FunnelRun {
    struct Entrant {
        let place: [Cell]
        let company: String
        /// Its number among the rows that were read, and the member that entered with it.
        let number: Int
        let subject: Reference?
        /// The days on which steps were reached, that of the entry first.
        let days: [LocalDay]
        /// The day of the entry.
        var day: LocalDay { days[0] }
        /// How many steps were reached, the entry counted.
        var reached: Int { days.count }
        /// The time from the step before to each step after the first; nil where it is not known.
        let spans: [Int64?]
    }

    private(set) var entrants: [Entrant] = []
    private(set) var remarks: [String] = []
    /// What was read of those that entered.
    let read: RowRequest

    /// Occurrences of a step, by the row or member that reaches it.
    private enum Occurrences {
        case moment(ColumnPath, ColumnType)
        case test(RowTest)
        case changes(ColumnTracks, present: ColumnPath, Set<Cell>)
        case rows([Reference: [(moment: Occasion, row: Int)]], isOwnModel: Bool)
    }

    /// Follows the entries of some days.
    ///
    /// Steps that are dated after today have not been reached.
    init(
        _ funnel: Funnel, _ rule: Entries.Rule, _ period: Period, filters: [Filter],
        groups: [Group], today: LocalDay, _ reader: ScanReader
    ) throws {
        let schema = reader.snapshot.schema
        let model = try schema.model(rule.model)
        let asked = AskedDays(period, today: today)
        let last = min(
            funnel.window.map { period.end.adding(days: $0) } ?? .latest, today.adding(days: 1))
        let allDays = try Period(from: min(period.start, last), upTo: last)
        var columns: [ColumnPath] = []
        var unknown: [String] = []
        let steps = try funnel.steps.map { step -> Occurrences in
            switch step.sign {
            case .moment(let name):
                columns.append(ColumnPath(name))
                return .moment(ColumnPath(name), model.column(name)?.type ?? .instant)
            case .conditions(let conditions):
                let test = try RowTest(
                    model,
                    filters: conditions.map { try $0.filter(for: model, in: schema, asked: asked) },
                    groups: [], schema: schema)
                columns += test.paths
                return .test(test)
            case .change(let column, let words):
                columns.append(ColumnPath(column))
                // Also of changes beyond the window: they tell what the row held until then.
                let tracks = try reader.tracks(
                    model, column, Period(from: period.start, upTo: .latest))
                if let remark = try tracks.remark(since: period.start),
                    !unknown.contains(remark)
                {
                    unknown.append(remark)
                }
                return .changes(tracks, present: ColumnPath(column), Set(words))
            case .row(let name, let by, let date, let conditions):
                let other = try schema.model(name)
                let filters = try conditions.map {
                    try $0.filter(for: other, in: schema, asked: asked)
                }
                return .rows(
                    try Self.rows(other, by: by, date, filters, allDays, reader),
                    isOwnModel: name == rule.model)
            }
        }
        let entries = try Entries(
            rule, period, filters: filters, groups: groups, columns: columns, reader)
        read = entries.read
        remarks = unknown
        var young = 0
        for entry in entries.all {
            let window = funnel.window.map { entry.moment.day.adding(days: $0) }
            if let window, window >= today { young += 1 }
            let limit = min(window ?? today, today)
            var (days, spans) = ([entry.moment.day], [Int64?]())
            var moment = entry.moment
            for step in steps {
                guard let next = Self.reached(step, entry, since: moment, until: limit) else {
                    break
                }
                days.append(next.moment.day)
                spans.append(next.isTimed ? next.moment.distance(since: moment) : nil)
                moment = next.moment
            }
            entrants.append(
                Entrant(
                    place: entry.place, company: entry.company.code, number: entry.number,
                    subject: entry.subject, days: days, spans: spans))
        }
        if young > 0 {
            remarks.append(
                "incomplete: \(young) of \(entries.all.count) that entered ‘\(funnel.label)’ still "
                    + "have days left of their \(funnel.window ?? 0)")
        }
    }

    /// When a step was reached at or after a moment; nil when it was not.
    ///
    /// What is only known to hold counts as reached together with the step before, in no time that
    /// could be measured.
    private static func reached(
        _ step: Occurrences, _ entry: Entry, since: Occasion, until last: LocalDay
    ) -> (moment: Occasion, isTimed: Bool)? {
        let zone = entry.company.zone
        func counts(_ moment: Occasion) -> Bool { moment.isSince(since) && moment.day <= last }
        switch step {
        case .moment(let path, let type):
            guard let moment = Occasion(entry.cells[path] ?? .missing, type, zone), counts(moment)
            else { return nil }
            return (moment, true)
        case .test(let test):
            return test.passes(entry.company) { entry.cells[$0] ?? .missing }
                ? (since, false) : nil
        case .changes(let tracks, let path, let words):
            let changes = entry.reference.flatMap { tracks.changes[$0] } ?? []
            // What it held on entering: before its first change a row was what it was at first.
            var held = entry.cells[path] ?? .missing
            if let first = changes.first { held = first.isArrival ? first.to : first.from }
            var isHolding = true
            for (number, change) in changes.enumerated() where number > 0 || !change.isArrival {
                let moment = Occasion(change.at, zone)
                guard moment.isSince(entry.moment), moment != entry.moment else {
                    held = change.to
                    continue
                }
                // It held until now; was that beyond the step before?
                if isHolding, words.contains(held), !since.isSince(moment) { return (since, false) }
                isHolding = false
                if words.contains(change.to), counts(moment) { return (moment, true) }
            }
            return isHolding && words.contains(held) ? (since, false) : nil
        case .rows(let rows, let isOwnModel):
            let found = entry.subject.flatMap { rows[$0] }?.first {
                counts($0.moment) && !(isOwnModel && $0.row == entry.row)
            }
            return found.map { ($0.moment, true) }
        }
    }

    /// The rows of a model that refer to others, by the row referred to, in order of time.
    private static func rows(
        _ model: Model, by: String, _ date: String, _ filters: [Filter], _ days: Period,
        _ reader: ScanReader
    ) throws -> [Reference: [(moment: Occasion, row: Int)]] {
        let type = model.column(date)?.type ?? .instant
        let rows = try reader.snapshot.rows(
            RowRequest(
                model: model.name, filters: [.days(ColumnPath(date), days)] + filters,
                columns: [ColumnPath(by), ColumnPath(date)],
                order: [RowRequest.Order(ColumnPath(date))]))
        var found: [Reference: [(moment: Occasion, row: Int)]] = [:]
        try rows.forEachRow { row in
            guard case .reference(let reference) = row.cells[0],
                let moment = Occasion(row.cells[1], type, row.company.zone)
            else { return }
            found[reference, default: []].append((moment, row.place))
        }
        return found
    }
}
