import Store
import Vocabulary

/// Sums at the ends of steps, corrected to what stood there (see `StandingChanges`).
struct StandingSums {
    /// The corrected sums; none of steps that are unknown, or of which no row is left.
    private(set) var sums: [Contribution] = []
    /// The steps that end before the history of the columns is known.
    private(set) var unknownSteps: [Int] = []
    /// What the reader must know.
    private(set) var remarks: [String] = []

    private struct Place: Hashable {
        let key: PlanResult.Key
        let currency: Cell?
        let step: Int
    }

    /// Corrects the sums of present values that a scan gave.
    ///
    /// The last measure of the scan counts rows.
    init(
        _ present: [Contribution], _ plan: MetricPlan, _ scan: PlannedScan, isBefore: Bool,
        _ reader: ScanReader
    ) throws {
        sums = present
        guard let request = isBefore ? scan.before : scan.now,
            let accumulation = isBefore ? scan.accumulationBefore : scan.accumulationNow,
            let date = scan.date, let first = accumulation.ends.first
        else { return }
        var groups = request.groups
        if scan.hasStep { groups.remove(at: plan.dimensions.count) }
        let changes = try StandingChanges(
            request, groups: groups, date: date, since: first,
            schema: reader.snapshot.schema, reader: reader)
        guard let known = try changes.knownSince() else { return }
        unknownSteps = accumulation.ends.indices.filter {
            known.isAfter(accumulation.ends[$0], reader.snapshot.companies)
        }
        if !unknownSteps.isEmpty {
            remarks.append(
                "incomplete: what \(known.columns.joined(separator: " and ")) of \(request.model) "
                    + "was is known since \(Instant(seconds: known.time.seconds))")
        }
        if changes.deletedRows > 0 {
            remarks.append(
                "incomplete: of \(changes.deletedRows) rows of \(request.model) that were deleted "
                    + "since, it is not known what they were")
        }
        var places: [Place: [Int128?]] = [:]
        for sum in present {
            places[Place(key: sum.key, currency: sum.currency, step: sum.step)] = sum.values
        }
        changes.corrections(accumulation.ends) { cells, step, values in
            let place = Place(
                key: plan.members(cells, of: scan), currency: scan.hasCurrency ? cells.last : nil,
                step: step)
            places[place] =
                places[place].map { zip($0, values).map(PlannedAccumulation.sum) }
                ?? values
        }
        let unknown = Set(unknownSteps)
        sums = places.compactMap { place, values in
            guard values.last != 0, !unknown.contains(place.step) else { return nil }
            return Contribution(
                key: place.key, currency: place.currency, step: place.step, values: values)
        }
    }
}
