import Store
import Vocabulary

/// Stays in the values of a column, and changes of it.
struct StayRun {
    /// One stay or change.
    struct Event {
        let company: Company
        let row: Reference
        let from: Cell
        let to: Cell
        /// When the stay began, where that is known.
        let began: Instant?
        /// When the stay ended, or the change was made; nil of stays that last.
        let at: Instant?
        /// The day of that, or today.
        let day: LocalDay
        /// The length of the stay in microseconds; nil where its beginning is not known.
        let length: Int64?
    }

    private(set) var events: [Event] = []
    private(set) var remarks: [String] = []
    private let reader: ScanReader
    private let model: Model

    private var companies: [Int: Company] = [:]

    private init(_ model: Model, _ reader: ScanReader) {
        (self.model, self.reader) = (model, reader)
    }

    private mutating func company(of row: Reference) -> Company? {
        if let known = companies[row.company] { return known }
        let found = reader.snapshot.company(of: row)
        companies[row.company] = found
        return found
    }

    /// The rows that a reader may see, where that is not all of a company.
    private func visibleRows() throws -> Set<Reference>? {
        guard reader.snapshot.scope.limits[model.name]?.isEmpty == false else { return nil }
        var visible: Set<Reference> = []
        try reader.snapshot.rows(RowRequest(model: model.name, columns: [])).forEachRow { row in
            if let reference = row.reference { visible.insert(reference) }
        }
        return visible
    }

    /// The stays that ended in a period.
    init(_ stay: Stay, endedIn period: Period, _ model: Model, _ reader: ScanReader) throws {
        self.init(model, reader)
        let tracks = try reader.tracks(model, stay.column, ColumnTracks.days(until: period.end))
        let since = try beginnings(stay, tracks)
        var unknown = 0
        let visible = try visibleRows()
        for (row, changes) in tracks.changes {
            guard visible?.contains(row) ?? true, let company = company(of: row) else { continue }
            for (number, change) in changes.enumerated() {
                let day = company.zone.day(of: change.at)
                guard period.contains(day), change.from != .missing,
                    stay.values?.contains(change.from) ?? true
                else { continue }
                let begin =
                    number > 0 ? beginning(changes[number - 1], number - 1, since[row]) : nil
                if begin == nil { unknown += 1 }
                events.append(
                    Event(
                        company: company, row: row, from: change.from, to: change.to,
                        began: begin, at: change.at, day: day,
                        length: begin.map { change.at.microseconds - $0.microseconds }))
            }
        }
        note(unknown, "\(unknown) stays that ended", try tracks.knownSince())
    }

    /// The stays that last, in whole days up to today.
    init(_ stay: Stay, upTo today: LocalDay, _ model: Model, _ reader: ScanReader) throws {
        self.init(model, reader)
        let tracks = try reader.tracks(
            model, stay.column, ColumnTracks.days(until: .latest))
        let since = try beginnings(stay, tracks)
        let path = ColumnPath(stay.column)
        let rows = try reader.snapshot.rows(
            RowRequest(
                model: model.name,
                filters: [stay.values.map { .among(path, $0) } ?? .notAmong(path, [.missing])],
                columns: [path],
                order: model.timeColumn.map { [RowRequest.Order(ColumnPath($0))] } ?? []))
        var unknown = 0
        try rows.forEachRow { row in
            guard let reference = row.reference else { return }
            let changes = tracks.changes[reference] ?? []
            let last = changes[...].last
            let begin = last.flatMap { beginning($0, changes.count - 1, since[reference]) }
            if begin == nil { unknown += 1 }
            events.append(
                Event(
                    company: row.company, row: reference, from: row.cells[0], to: .missing,
                    began: begin, at: nil, day: today,
                    length: begin.map { begin in
                        let days = row.company.zone.day(of: begin).distance(to: today)
                        return Int64(max(0, days)) * Occasion.perDay
                    }))
        }
        note(unknown, "\(unknown) stays that last", try tracks.knownSince())
    }

    /// The changes of a period.
    init(_ move: Move, in period: Period, _ model: Model, _ reader: ScanReader) throws {
        self.init(model, reader)
        let tracks = try reader.tracks(
            model, move.column,
            ColumnTracks.days(until: move.isLasting ? .latest : period.end))
        let visible = try visibleRows()
        for (row, changes) in tracks.changes {
            guard visible?.contains(row) ?? true, let company = company(of: row) else { continue }
            for change in move.isLasting ? changes.suffix(1) : changes[...] {
                let day = company.zone.day(of: change.at)
                guard period.contains(day), move.from?.contains(change.from) ?? true,
                    move.to?.contains(change.to) ?? true, !(move.isLasting && change.isEnd)
                else { continue }
                events.append(
                    Event(
                        company: company, row: row, from: change.from, to: change.to, began: nil,
                        at: change.at, day: day, length: nil))
            }
        }
        remarks += try [tracks.remark(since: period.start)].compactMap { $0 }
    }

    /// When a stay began: at the change, or when the row says that it came, if that was before.
    private func beginning(_ change: ColumnTracks.Change, _ number: Int, _ since: Cell?) -> Instant?
    {
        guard number == 0, change.isArrival, case .number(let time)? = since else {
            return change.at
        }
        return min(change.at, Instant(microseconds: time))
    }

    private func beginnings(
        _ stay: Stay, _ tracks: ColumnTracks
    ) throws -> [Reference: Cell] {
        guard let since = stay.since else { return [:] }
        let rows = tracks.changes.keys.sorted()
        return Dictionary(
            uniqueKeysWithValues: zip(
                rows, try reader.snapshot.cells(model: model.name, column: since, of: rows)))
    }

    private mutating func note(_ unknown: Int, _ stays: String, _ known: Instant?) {
        guard unknown > 0 else { return }
        remarks.append(
            "incomplete: \(stays) have no length, for they began before the history of "
                + "\(model.name)"
                + (known.map { ", which is known since \(Instant(seconds: $0.seconds))" } ?? ""))
    }
}
