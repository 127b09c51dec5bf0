import Store
import Vocabulary

/// What became of rows and members, compared between two states: for a base metric that follows them.
///
/// One row may give several lines, one for each of its stays and changes that are not in both states.
struct RestatedCourse {
    private let figure: RestatedFigure
    private let earlier: FollowedRows
    private let later: FollowedRows

    init(
        _ plan: MetricPlan, _ index: Int, _ before: RestatedState, _ after: RestatedState,
        _ definitions: Definitions, _ currencies: [Currency?]
    ) throws {
        figure = try RestatedFigure(plan, index, before, after, definitions, currencies)
        earlier = try FollowedRows(plan, index, definitions, before.reader)
        later = try FollowedRows(plan, index, definitions, after.reader)
    }

    private struct Sides {
        var before: [FollowedRows.Row] = []
        var after: [FollowedRows.Row] = []
        /// Where its first line comes among those of others.
        let place: Int

        /// Takes out what gives the same and says the same on both sides.
        mutating func cancel() {
            var rest = after
            before = before.filter { old in
                guard
                    let same = rest.firstIndex(where: {
                        $0.share == old.share && $0.cells == old.cells
                    })
                else { return true }
                rest.remove(at: same)
                return false
            }
            after = rest
        }
    }

    func part() throws -> Restatement.Part {
        var figure = figure
        var sides: [FollowedRows.Identity: Sides] = [:]
        for (place, row) in earlier.rows.enumerated() {
            figure.begin(with: row.share)
            sides[row.identity, default: Sides(place: place)].before.append(row)
        }
        for (place, row) in later.rows.enumerated() {
            sides[row.identity, default: Sides(place: earlier.rows.count + place)].after.append(row)
        }
        for identity in sides.keys {
            // What is the same in both states is no line.
            sides[identity]?.cancel()
        }
        let changed = sides.filter { !$0.value.before.isEmpty || !$0.value.after.isEmpty }
            .sorted { $0.value.place < $1.value.place }
        let (inEarlier, inLater) = (
            try earlier.known(changed.map(\.key)), try later.known(changed.map(\.key))
        )
        for (identity, side) in changed {
            for number in 0..<max(side.before.count, side.after.count) {
                let old = number < side.before.count ? side.before[number] : nil
                let new = number < side.after.count ? side.after[number] : nil
                // What is told otherwise and gives the same moves nothing.
                if let old, let new, old.share == new.share { continue }
                let cause: Restatement.Cause =
                    if inEarlier[identity] == nil, old == nil {
                        .late
                    } else if inLater[identity] == nil, new == nil { .deletion } else {
                        .correction
                    }
                try figure.line(
                    cause, row: inLater[identity] ?? inEarlier[identity] ?? FollowedRows.gone,
                    company: (new ?? old)?.company ?? "", differences: differences(old, new),
                    from: old?.share, to: new?.share)
            }
        }
        return try figure.part()
    }

    private func differences(
        _ before: FollowedRows.Row?, _ after: FollowedRows.Row?
    ) -> [Restatement.Line.Difference] {
        let old = before.map { earlier.reading.values($0.cells) }
        let new = after.map { later.reading.values($0.cells) }
        return later.reading.columns.indices.compactMap { index in
            let (was, isNow) = (old?[index] ?? .missing, new?[index] ?? .missing)
            guard was != isNow else { return nil }
            return Restatement.Line.Difference(
                column: later.reading.columns[index].result.label, before: was, after: isNow)
        }
    }
}
