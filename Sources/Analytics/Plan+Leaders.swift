import Store
import Vocabulary

/// The members that can come to be named in an answer, where it is known before their figures are read.
///
/// Of a hundred thousand customers a card names ten. Which ones these are, the store tells by one
/// number of each; all other figures, of every step and of the compared days, are then read for the
/// ten, and once for all others together.
///
/// Every member that is not among the leaders has a lesser figure than the last one that is named, and
/// members who equal the last are all among them, because names decide between those.
struct PlannedLeaders: Hashable {
    /// The cells of the only dimension, the greatest figure first.
    let members: [Cell]
    /// How many other members have rows, now or in the compared days.
    let others: Int
}

extension MetricPlan {
    /// Finds the leaders; nil where there are not enough members for it to be worth while, or where
    /// the order is not that of one sum or count of rows.
    ///
    /// `currency` tells whose amounts decide the order.
    func leaders(
        on reader: ScanReader, currency: () throws -> Currency?
    ) throws -> PlannedLeaders? {
        guard let limit, let path = manyMembers(reader),
            let (scan, base, measure) = decidingMeasure,
            let count = try membersWithRows(path, on: reader), count > limit
        else { return nil }
        var request = scan.now
        request.groups = [.value(path)]
        request.measures = [request.measures[measure]]
        if let column = base.currencyColumn {
            guard let currency = try currency() else { return nil }
            let codes = try reader.scan(
                ScanRequest(
                    model: request.model, filters: request.filters,
                    groups: [.value(ColumnPath(column))], measures: [.count])
            ).rows.compactMap(\.key.first).filter { $0.currency == currency }
            request.filters.append(.among(ColumnPath(column), codes))
        }
        for asked in reader.leaders where asked > limit {
            request.top = Top(asked, by: 0)
            let found = try reader.scan(request)
            let rows = found.rows
            // Members without amounts in this currency are not among these rows, and count as 0.
            guard rows.count >= limit, let last = rows[limit - 1].values[0], last > 0 else {
                return nil
            }
            let leading = rows.prefix { ($0.values[0] ?? 0) >= last }
            // There may be more that equal the last than were asked for.
            if leading.count == rows.count, found.others != nil { continue }
            return PlannedLeaders(
                members: leading.map { $0.key[0] }, others: count - leading.count)
        }
        return nil
    }

    /// A request of the leaders alone, and one of all others together; nil where all members are told
    /// apart.
    func divided(_ request: ScanRequest) -> (leaders: ScanRequest, others: ScanRequest)? {
        guard let leaders, case .value(let path)? = request.groups.first else { return nil }
        var (named, others) = (request, request)
        named.filters.append(.among(path, leaders.members))
        others.filters.append(.notAmong(path, leaders.members))
        others.groups.removeFirst()
        return (named, others)
    }

    /// The reference that members are told apart by, if there are many.
    private func manyMembers(_ reader: ScanReader) -> ColumnPath? {
        guard dimensions.count == 1, case .reference(let target)? = dimensions[0].type,
            reader.snapshot.referredRows(of: target) >= reader.fewMembers
        else { return nil }
        let groups = Set(scans.map { dimensions[0].groups[$0.now.model] })
        guard groups.count == 1, case .group(.value(let path))?? = groups.first else { return nil }
        return path
    }

    /// The scan, base metric and measure whose number decides the order of members, the greatest
    /// first; nil where it is anything else, or a scan is more than the rows of its days.
    private var decidingMeasure: (scan: PlannedScan, base: PlannedBase, measure: Int)? {
        guard case .metric(let place, isDescending: true) = order, ofMembers.isEmpty,
            scans.allSatisfy({
                $0.course == nil && $0.accumulationNow == nil && !$0.isStanding && !$0.isWindowed
            }),
            case .base = metrics[place].metric.source,
            let index = metrics[place].bases[metrics[place].metric.name]
        else { return nil }
        switch bases[index].base.aggregate {
        case .sum, .count: break
        case .average, .minimum, .maximum, .distinct, .percentile: return nil
        }
        for scan in scans {
            if let output = scan.outputs.first(where: { $0.base == index }) {
                return (scan, bases[index], output.measures[0])
            }
        }
        return nil
    }

    /// How many members have rows in any scan; nil where one question cannot tell.
    ///
    /// It can where conditions of other scans only leave out some of the rows of one.
    private func membersWithRows(_ path: ColumnPath, on reader: ScanReader) throws -> Int? {
        let all = scans.flatMap { scan in
            [scan.now, scan.before].compactMap { $0 }.map { RequestedRows($0, date: scan.date) }
        }
        guard let widest = all.min(by: { $0.conditions.count < $1.conditions.count }),
            all.allSatisfy(widest.covers), let filters = try widest.filters(joining: all)
        else { return nil }
        let row = try reader.scan(
            ScanRequest(
                model: widest.model, filters: filters,
                measures: [.distinct(path), .count, .countPresent(path)])
        ).rows[0].values.map { Int($0 ?? 0) }
        return row[0] + (row[1] > row[2] ? 1 : 0)
    }
}

/// Which rows a request of a scan reads.
private struct RequestedRows {
    let model: String
    /// The days on which they count; nil for all rows.
    let days: (path: ColumnPath, period: Period)?
    let conditions: Set<Filter>

    /// The days of a scan are the first of its filters.
    init(_ request: ScanRequest, date: String?) {
        model = request.model
        if date != nil, case .days(let path, let period)? = request.filters.first {
            days = (path, period)
            conditions = Set(request.filters.dropFirst())
        } else {
            days = nil
            conditions = Set(request.filters)
        }
    }

    /// Whether others are among the rows that meet these conditions on the same days.
    func covers(_ other: RequestedRows) -> Bool {
        other.model == model && conditions.isSubset(of: other.conditions)
            && (days == nil || days?.path == other.days?.path)
    }

    /// The filters for all rows of some requests, which these conditions cover; nil where they do not
    /// hold on all of their days, or there are more than two periods.
    func filters(joining all: [RequestedRows]) throws -> [Filter]? {
        guard let path = days?.path else { return Array(conditions) }
        let periods = Set(all.compactMap(\.days?.period)).sorted { $0.start < $1.start }
        let isEverywhere = periods.allSatisfy { period in
            all.contains { $0.days?.period == period && $0.conditions == conditions }
        }
        guard isEverywhere, let first = periods.first, let last = periods.last, periods.count < 3
        else { return nil }
        var filters = [
            Filter.days(path, try Period(from: first.start, upTo: max(first.end, last.end)))
        ]
        if first.end < last.start {
            // The days between the two are the second of three bands.
            filters.append(
                .notAmong(
                    path.deriving(.dayBand([first.end, last.start])), [.number(1)]))
        }
        return filters + conditions
    }
}

extension Cell {
    /// The currency whose code it is.
    fileprivate var currency: Currency? {
        if case .text(let code) = self { Currency(code) } else { nil }
    }
}
