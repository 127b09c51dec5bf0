import Store
import Vocabulary

/// What a scan of present values has to be corrected by, to tell what stood on days gone by.
///
/// The scan adds up rows as they are now. Of a row whose columns have changed since a day, what it
/// gives now is taken away there, and what it gave then is put in its place. What it was then is
/// the `from` of its first change after that day, found by undoing its changes from the newest to
/// the oldest; the work is that of the changes since the first day asked for.
///
/// A row is there from the day that its date says, whenever it came to be known: before its first
/// change it was what it was at first.
struct StandingChanges {
    private struct Event {
        let at: Instant
        let column: ColumnPath
        let before: Cell
        let isEnd: Bool
    }

    /// A row's part in a figure.
    private struct Share: Hashable {
        let place: [Cell]
        let values: [Int128?]
    }

    private let model: Model
    private let request: ScanRequest
    /// Whether a row counts, apart from its date, and where.
    private let test: RowTest
    private let reader: ScanReader
    private let date: ColumnPath
    /// The columns that matter.
    private let paths: [ColumnPath]
    /// These, and columns that are only shown.
    private let shown: [ColumnPath]
    private var events: [Reference: [Event]] = [:]
    private var present = PresentCells()

    /// Reads the changes since the first of some days.
    ///
    /// `request` is the scan of present values, whose first filter is that of its days, and `groups`
    /// are the dimensions and the currency. Of the columns in `showing` it is told as well what they
    /// were.
    init(
        _ request: ScanRequest, groups: [Group], date: String, since first: LocalDay,
        schema: Schema, reader: ScanReader, showing more: [ColumnPath] = []
    ) throws {
        model = try schema.model(request.model)
        self.request = request
        test = try RowTest(
            model, filters: Array(request.filters.dropFirst()), groups: groups, schema: schema,
            of: "what stood on days gone by")
        self.reader = reader
        self.date = ColumnPath(date)
        var paths = [ColumnPath(date)] + request.filters.flatMap(\.paths) + test.paths
        for measure in request.measures {
            switch measure {
            case .countPresent(let path), .sum(.column(let path)): paths.append(path)
            case .countValued(let valuation), .sum(.valued(let valuation)):
                paths += valuation.paths
            default: break
            }
        }
        self.paths = Set(paths.map(\.underived)).sorted { $0.description < $1.description }
        shown = Set(paths.map(\.underived) + more).sorted { $0.description < $1.description }
        try readEvents(since: first)
        present = try PresentCells(of: events.keys, model, shown, reader.snapshot)
    }

    /// The columns among some whose changes are kept.
    static func columns(_ names: some Sequence<String>, of model: Model) -> [String] {
        Set(names).filter { model.column($0)?.hasHistory == true }.sorted()
    }

    private mutating func readEvents(since first: LocalDay) throws {
        let names = Self.columns(shown.map(\.column), of: model)
        if names.isEmpty { return }
        let rows = try reader.snapshot.rows(
            RowRequest(
                model: model.name + "_history",
                filters: [
                    .days(ColumnPath("changed_at"), try Period(from: first, upTo: .latest)),
                    .among(ColumnPath("column"), names.map { .text($0) }),
                ],
                columns: ["row", "column", "changed_at", "from_word", "from_number", "event"].map {
                    ColumnPath($0)
                }, order: [RowRequest.Order(ColumnPath("changed_at"))]))
        guard rows.count <= Self.limit else {
            throw Advice(
                .request,
                "\(rows.count) changes of \(model.name) since \(first) would have to be undone",
                remedy: "ask for fewer companies or a shorter period")
        }
        try rows.forEachBatch { batch in
            for row in batch {
                guard case .reference(let reference) = row[0], case .text(let column) = row[1],
                    case .number(let time) = row[2]
                else { continue }
                let isWord = model.column(column)?.type == .category
                let event = Event(
                    at: Instant(microseconds: time), column: ColumnPath(column),
                    before: isWord ? row[3] : row[4], isEnd: row[5] == .text("ended"))
                // A row that began without having ended is one that came to be known.
                let earlier = events[reference] ?? []
                if row[5] == .text("began"),
                    !earlier.contains(where: { $0.column == event.column && $0.isEnd })
                {
                    continue
                }
                events[reference, default: []].append(event)
            }
        }
    }

    /// How many changes are held in memory, about 100 bytes each.
    static let limit = 1_000_000

    /// Since when the history of columns is kept.
    struct Knowledge {
        let columns: [String]
        let time: Instant

        /// Whether a day began before that, somewhere.
        func isAfter(_ day: LocalDay, _ companies: [Company]) -> Bool {
            companies.contains { $0.zone.start(of: day) < time }
        }
    }

    /// Since when the columns that matter are known; nil when none of them has history, and what
    /// they are now is what they were.
    func knownSince() throws -> Knowledge? {
        let names = Self.columns(paths.map(\.column), of: model)
        guard !names.isEmpty else { return nil }
        let known = try reader.snapshot.historyKnownSince(model: model.name)
        // Of columns without a commit there are no rows, either.
        let time = names.compactMap { known[$0]?.time }.max()
        return time.map { Knowledge(columns: names, time: $0) }
    }

    /// How many rows have been deleted since, of which only columns with history are known.
    var deletedRows: Int {
        events.keys.count { present[$0, date] == .missing }
    }

    /// Hands out what is to be added to the sums at the ends of steps: the members and currency,
    /// the step, and a number per measure.
    ///
    /// `ends` are the days after the last ones of the steps, ascending.
    func corrections(
        _ ends: [LocalDay], _ body: (_ place: [Cell], _ step: Int, _ values: [Int128?]) -> Void
    ) {
        for (reference, events) in events {
            guard let company = reader.snapshot.company(of: reference) else { continue }
            var state: [ColumnPath: Cell] = [:]
            for path in paths { state[path] = present[reference, path] }
            let now = state
            var rest = events[...]
            for (step, end) in ends.enumerated().reversed() {
                let moment = company.zone.start(of: end)
                while let last = rest.last, last.at >= moment {
                    state[last.column] = last.before
                    rest = rest.dropLast()
                }
                guard rest.count < events.count else { continue }
                let (was, isNow) = (share(state, company, end), share(now, company, end))
                if was == isNow { continue }
                if let isNow { body(isNow.place, step, isNow.values.map { $0.map(-) }) }
                if let was { body(was.place, step, was.values) }
            }
        }
    }

    /// A row as it was, and whether it counted then.
    struct PastRow {
        let cells: [ColumnPath: Cell]
        let counts: Bool
    }

    /// The rows that have changed since a day began, as they were when it did.
    func rows(at end: LocalDay) -> [Reference: PastRow] {
        var rows: [Reference: PastRow] = [:]
        for (reference, events) in events {
            guard let company = reader.snapshot.company(of: reference) else { continue }
            let moment = company.zone.start(of: end)
            var state: [ColumnPath: Cell] = [:]
            for path in shown { state[path] = present[reference, path] }
            var isChanged = false
            for event in events.reversed() where event.at >= moment {
                state[event.column] = event.before
                isChanged = true
            }
            guard isChanged else { continue }
            rows[reference] = PastRow(cells: state, counts: share(state, company, end) != nil)
        }
        return rows
    }

    /// What a row gives to the sum at the end of a step; nil when it does not count.
    private func share(_ state: [ColumnPath: Cell], _ company: Company, _ end: LocalDay) -> Share? {
        func stored(_ path: ColumnPath) -> Cell { state[path] ?? .missing }
        func cell(_ path: ColumnPath) -> Cell { test.value(path, company, stored) }
        func day(_ path: ColumnPath) -> LocalDay? { test.day(path, company, stored) }
        guard let since = day(date), since < end, test.passes(company, stored) else { return nil }
        let values = request.measures.map { measure -> Int128? in
            switch measure {
            case .countPresent(let path): return cell(path) == .missing ? 0 : 1
            case .sum(.column(let path)):
                guard case .number(let number) = cell(path) else { return nil }
                return Int128(number)
            case .sum(.valued(let valuation)):
                return valuation.value(of: cell, company, day: day).map { Int128($0) }
            case .countValued(let valuation):
                return valuation.value(of: cell, company, day: day) == nil ? 0 : 1
            default: return 1
            }
        }
        return Share(place: test.place(company, stored), values: values)
    }
}

extension Filter {
    /// The column that is tested.
    var path: ColumnPath {
        switch self {
        case .days(let path, _), .range(let path, _), .among(let path, _), .notAmong(let path, _),
            .compared(let path, _, _):
            path
        }
    }

    /// The values that are named, as those of a filter that wants them.
    var positive: Filter {
        guard case .notAmong(let path, let cells) = self else { return self }
        return .among(path, cells)
    }
}

extension Group {
    /// The column that is put together by.
    var path: ColumnPath? {
        switch self {
        case .company: nil
        case .value(let path), .step(let path, _), .band(let path, _), .dayBand(let path, _): path
        case .novelty: nil
        }
    }
}

extension Cell {
    var isKey: Bool {
        guard case .key = self else { return false }
        return true
    }
}
