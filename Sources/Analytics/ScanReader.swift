import Store
import Vocabulary

/// Reads from one snapshot and remembers what it read, so that the cards of a dashboard share scans.
///
/// It lives as long as one answer and is used by one thread.
final class ScanReader {
    let snapshot: Snapshot
    private var answers: [ScanRequest: ScanResult] = [:]
    private var tracks: [TracksKey: ColumnTracks] = [:]
    private var funnels: [FunnelKey: FunnelRun] = [:]
    private var movements: [MovementKey: MovementRun] = [:]

    private struct TracksKey: Hashable {
        let model: String
        let columns: [String]
        let days: Period
    }

    struct FunnelKey: Hashable {
        let funnel: Funnel
        let rule: Entries.Rule
        let period: Period
        let filters: [Filter]
        let groups: [Group]
    }

    struct MovementKey: Hashable {
        let movement: Movement
        let model: String
        let filters: [Filter]
        let groups: [Group]
        let currencies: Group?
        let start: LocalDay
        let ends: [LocalDay]
    }

    /// Fewer members than these are told apart all, and put in order afterwards.
    let fewMembers: Int
    /// How many members with the greatest figures are looked for, until there are enough for those
    /// that equal the last one to be among them.
    let leaders: [Int]

    init(
        _ snapshot: Snapshot, fewMembers: Int = QueryLimits.fewMembers,
        leaders: [Int] = QueryLimits.leaders
    ) {
        self.snapshot = snapshot
        (self.fewMembers, self.leaders) = (fewMembers, leaders)
    }

    func scan(_ request: ScanRequest) throws -> ScanResult {
        if let known = answers[request] { return known }
        let answer = try snapshot.scan(request)
        answers[request] = answer
        return answer
    }

    /// What columns of a model became on some days.
    func tracks(_ model: Model, _ columns: [String], _ days: Period) throws -> ColumnTracks {
        let key = TracksKey(model: model.name, columns: columns, days: days)
        if let known = tracks[key] { return known }
        let made = try ColumnTracks(model, columns, days, self)
        tracks[key] = made
        return made
    }

    func tracks(_ model: Model, _ column: String, _ days: Period) throws -> ColumnTracks {
        try tracks(model, [column], days)
    }

    /// How far the entries of a funnel came, of all its steps at once.
    func funnel(_ key: FunnelKey, today: LocalDay) throws -> FunnelRun {
        if let known = funnels[key] { return known }
        let made = try FunnelRun(
            key.funnel, key.rule, key.period, filters: key.filters, groups: key.groups,
            today: today, self)
        funnels[key] = made
        return made
    }

    /// What members were worth at the ends of steps.
    func movement(_ key: MovementKey) throws -> MovementRun {
        if let known = movements[key] { return known }
        let model = try snapshot.schema.model(key.model)
        let made = try MovementRun(
            key.movement, model, filters: key.filters, groups: key.groups, start: key.start,
            ends: key.ends, currencies: key.currencies, self)
        movements[key] = made
        return made
    }
}
