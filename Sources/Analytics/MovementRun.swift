import Store
import Vocabulary

/// What members were worth at the ends of steps, and by which movements they came there.
///
/// Between opening and closing a member who was worth nothing is new, or reactivated if it was
/// worth something at any moment before; one that is worth nothing any more has churned; others
/// have expanded or contracted. The amount of a movement is what the member is worth more or less,
/// so that opening and movements always add up to closing.
struct MovementRun {
    /// What one member was worth at the two ends of a step.
    struct Line {
        /// Who it is: a row referred to, or the number of a followed row among those that were read.
        let member: Cell
        /// The code of its company.
        let company: String
        let place: [Cell]
        let step: Int
        let opening: Int64
        let closing: Int64
        /// Whether the member was worth something at any moment before the step.
        let isKnown: Bool

        /// What kind of movement it is; nil when nothing moved.
        var part: MovementPart? {
            if opening == closing { return nil }
            if opening == 0 { return isKnown ? .reactivation : .new }
            if closing == 0 { return .churn }
            return closing > opening ? .expansion : .contraction
        }

        /// The number that it adds to a part; nil when it has none.
        func number(of wanted: MovementPart) -> Int64? {
            switch wanted {
            case .opening: opening == 0 ? nil : opening
            case .closing: closing == 0 ? nil : closing
            default: part == wanted ? closing - opening : nil
            }
        }
    }

    private(set) var lines: [Line] = []
    private(set) var remarks: [String] = []
    /// The steps whose opening or closing lies before the history.
    private(set) var unknownOpenings: Set<Int> = []
    private(set) var unknownClosings: Set<Int> = []
    /// What was read; rows that are followed apart are numbered in its order.
    let read: RowRequest

    private struct Owner: Hashable {
        let place: [Cell]
        let member: Cell
    }

    private struct Change {
        let at: Instant
        let amount: Int64
    }

    /// Follows members over steps that end before some days; the first begins with `start`.
    init(
        _ movement: Movement, _ model: Model, filters: [Filter], groups: [Group],
        start: LocalDay, ends: [LocalDay], currencies: Group?, _ reader: ScanReader
    ) throws {
        let schema = reader.snapshot.schema
        for path in groups.compactMap(\.path)
        where model.column(path.column)?.hasHistory == true {
            throw Advice(
                .request,
                "‘\(movement.name)’ follows members over time and cannot be split by ‘\(path)’, "
                    + "which changes meanwhile", remedy: "split by a column without history")
        }
        func changes(_ path: ColumnPath) -> Bool { model.column(path.column)?.hasHistory == true }
        let test = try RowTest(
            model, filters: filters.filter { $0.paths.contains(where: changes) },
            groups: groups + (currencies.map { [$0] } ?? []), schema: schema)
        var paths = test.paths
        func need(_ path: ColumnPath) -> Int {
            if let position = paths.firstIndex(of: path) { return position }
            paths.append(path)
            return paths.count - 1
        }
        let date = need(ColumnPath(movement.date))
        let member = movement.member.map { need(ColumnPath($0)) }
        let worth: ColumnPath?
        switch movement.worth {
        case .column(let name), .prices(let name, _): worth = ColumnPath(name)
        case .one: worth = nil
        }
        if let worth { _ = need(worth) }
        let columns = Set(paths.filter { $0.attribute == nil }.map(\.column)).filter {
            model.column($0)?.hasHistory == true
        }.sorted()
        let tracks = try reader.tracks(model, columns, ColumnTracks.days(until: .latest))
        let dateType = model.column(movement.date)?.type ?? .instant
        // What never changes is asked of the store.
        read = RowRequest(
            model: model.name,
            filters: filters.filter { !$0.paths.contains(where: changes) }, columns: paths,
            order: [RowRequest.Order(ColumnPath(movement.date))])
        let rows = try reader.snapshot.rows(read)
        var number: Int64 = -1
        var histories: [Owner: [Change]] = [:]
        var companies: [String: Company] = [:]
        var strange: Set<String> = []
        try rows.forEachRow { row in
            number += 1
            guard let began = Self.instant(row.cells[date], dateType, row.company.zone) else {
                return
            }
            companies[row.company.code] = row.company
            let changes = row.reference.flatMap { tracks.changes[$0] } ?? []
            var state = Dictionary(uniqueKeysWithValues: zip(paths, row.cells))
            // Back to what it was at first.
            for change in changes.reversed() { state[ColumnPath(change.column)] = change.from }
            var arrived: Set<String> = []
            for change in changes where arrived.insert(change.column).inserted {
                if change.isArrival { state[ColumnPath(change.column)] = change.to }
            }
            func share() -> (owner: Owner, amount: Int64)? {
                func cell(_ path: ColumnPath) -> Cell { state[path] ?? .missing }
                guard test.passes(row.company, cell) else { return nil }
                var amount: Int64 = 0
                switch movement.worth {
                case .one: amount = 1
                case .column(let name):
                    if case .number(let number) = cell(ColumnPath(name)) { amount = number }
                case .prices(let name, let prices):
                    if case .text(let word) = cell(ColumnPath(name)) {
                        if let price = prices[word] {
                            amount = price
                        } else {
                            strange.insert("\(name) ‘\(word)’")
                        }
                    }
                }
                guard amount != 0 else { return nil }
                var place = test.place(row.company, cell)
                if let currency = movement.currency { place.append(.text(currency.code)) }
                let who: Cell =
                    member.map { cell(paths[$0]) } ?? .number(number)
                if who == .missing { return nil }
                return (Owner(place: [.text(row.company.code)] + place, member: who), amount)
            }
            var present: (owner: Owner, amount: Int64)?
            func enter(_ time: Instant) {
                let next = share()
                if let present {
                    histories[present.owner, default: []].append(
                        Change(at: time, amount: -present.amount))
                }
                if let next {
                    histories[next.owner, default: []].append(
                        Change(at: time, amount: next.amount))
                }
                present = next
            }
            var isThere = false
            arrived = []
            for change in changes {
                let isFirst = arrived.insert(change.column).inserted
                if !isThere, change.at > began {
                    isThere = true
                    enter(began)
                }
                if isFirst, change.isArrival { continue }
                state[ColumnPath(change.column)] = change.to
                if isThere { enter(change.at) }
            }
            if !isThere { enter(began) }
        }
        for (owner, changes) in histories {
            guard case .text(let code) = owner.place[0], let company = companies[code] else {
                continue
            }
            try add(
                owner, changes.sorted { $0.at < $1.at },
                ([start] + ends).map { company.zone.start(of: $0) }, of: movement.name)
        }
        try note(tracks, model, columns, start, ends, reader)
        if !strange.isEmpty {
            remarks.append(
                "incomplete: ‘\(movement.name)’ has no value for "
                    + strange.sorted().joined(separator: ", "))
        }
    }

    private static func instant(_ cell: Cell, _ type: ColumnType, _ zone: Zone) -> Instant? {
        guard case .number(let number) = cell else { return nil }
        return type == .day
            ? zone.start(of: LocalDay(number: Int32(clamping: number)))
            : Instant(microseconds: number)
    }

    private mutating func add(
        _ owner: Owner, _ changes: [Change], _ bounds: [Instant], of name: String
    ) throws {
        guard case .text(let company)? = owner.place.first else { return }
        var rest = changes[...]
        var value: Int64 = 0
        var wasWorth = false
        func advance(to bound: Instant) throws {
            while let first = rest.first, first.at < bound {
                // Changes of one moment are one change.
                while let next = rest.first, next.at == first.at {
                    let (sum, overflow) = value.addingReportingOverflow(next.amount)
                    if overflow {
                        throw Advice(
                            .request, "‘\(name)’ exceeds 64 bits for one member",
                            remedy: "look for a wrong value among its rows")
                    }
                    value = sum
                    rest = rest.dropFirst()
                }
                if value != 0 { wasWorth = true }
            }
        }
        try advance(to: bounds[0])
        for step in bounds.indices.dropLast() {
            let (opening, isKnown) = (value, wasWorth)
            try advance(to: bounds[step + 1])
            if opening != 0 || value != 0 {
                lines.append(
                    Line(
                        member: owner.member, company: company,
                        place: Array(owner.place.dropFirst()), step: step, opening: opening,
                        closing: value,
                        isKnown: isKnown))
            }
        }
    }

    private mutating func note(
        _ tracks: ColumnTracks, _ model: Model, _ columns: [String], _ start: LocalDay,
        _ ends: [LocalDay], _ reader: ScanReader
    ) throws {
        if let known = try tracks.knownSince() {
            func isUnknown(_ day: LocalDay) -> Bool {
                reader.snapshot.companies.contains { $0.zone.start(of: day) < known }
            }
            let bounds = [start] + ends
            unknownOpenings = Set(ends.indices.filter { isUnknown(bounds[$0]) })
            unknownClosings = Set(ends.indices.filter { isUnknown(bounds[$0 + 1]) })
            if !unknownOpenings.isEmpty {
                remarks += try [tracks.remark(since: start)].compactMap { $0 }
            }
        }
        let gone = tracks.changes.values.count { changes in
            guard let last = changes.last, last.isEnd else { return false }
            return reader.snapshot.companies.contains { $0.zone.start(of: start) <= last.at }
        }
        if gone > 0 {
            remarks.append(
                "incomplete: of \(gone) rows of \(model.name) that were deleted since, it is not "
                    + "known what they were")
        }
    }
}
