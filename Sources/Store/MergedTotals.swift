import Vocabulary

/// The totals of several companies put together by value.
///
/// Groups of different companies are the same group when their values are, unless a dimension is the
/// company or a reference. Each dimension's values get codes of its own here, and a group, or
/// *entry*, is found by combining them.
///
/// What each company brought can be remembered, so that it is taken out again when the company's
/// totals have changed, and all others need not be looked at. Sums and counts can; extremes,
/// percentiles, and distinct values that companies share, cannot.
///
/// It holds on to no segment: a plan is given with each call, and must be that of the same question.
struct MergedTotals: Sendable {
    /// A value that several companies may have.
    struct SharedValue: Hashable {
        let number: Int64
        let text: String?
    }

    /// One measure of every group met so far.
    struct Column: Sendable {
        let kind: ScanPlan.MeasureKind
        var numbers: [Int128] = []
        /// How many companies have a number there.
        var known: [Int32] = []
        /// Distinct values that several companies may have.
        var sets: [Int: Set<SharedValue>] = [:]
        /// What percentiles are taken from.
        var lists: [Int: [PercentileList]] = [:]

        mutating func grow(to count: Int) {
            guard numbers.count < count else { return }
            numbers.append(contentsOf: repeatElement(0, count: count - numbers.count))
            known.append(contentsOf: repeatElement(0, count: count - known.count))
        }

        mutating func combine(_ entry: Int, _ other: Int128) {
            known[entry] += 1
            guard known[entry] > 1 else {
                numbers[entry] = other
                return
            }
            switch kind {
            case .least: numbers[entry] = min(numbers[entry], other)
            case .greatest: numbers[entry] = max(numbers[entry], other)
            default: numbers[entry] += other
            }
        }

        /// Takes out what was combined before; only sums and counts.
        mutating func remove(_ entry: Int, _ other: Int128) {
            known[entry] -= 1
            numbers[entry] -= other
        }

        func value(_ entry: Int) -> Int128? {
            switch kind {
            // A count of nothing is 0; a sum of nothing is unknown.
            case .count, .countPresent, .distinct: numbers[entry]
            default: known[entry] > 0 ? numbers[entry] : nil
            }
        }

        /// Works out what only the whole can tell.
        mutating func finish() {
            for (entry, set) in sets { numbers[entry] += Int128(set.count) }
            if case .percentile(let perMille) = kind {
                for (entry, list) in lists {
                    if let value = list.percentile(perMille) { combine(entry, value) }
                }
            }
            sets = [:]
            lists = [:]
        }
    }

    /// What a company brought.
    private struct Share: Sendable {
        /// Its groups, and their entries.
        var groups: [Int] = []
        var entries: [Int] = []
        /// The values of each measure, entry by entry.
        var values: [[Int128?]] = []
        var others: [Int128?]?
        /// The revision of the company's totals that all this is of.
        var revision: UInt64 = 0
    }

    private(set) var codes: [CodeTable]
    private(set) var words: [TextDictionary]
    private(set) var combinations: [CodeTable]
    private(set) var columns: [Column]
    /// Entries, also those that no company has any more.
    private(set) var count = 0
    /// How many companies have each entry.
    private var owners: [Int32] = []
    /// How many entries some company has.
    private var present = 0
    /// Groups that cannot be among the first: one entry of each column, and how many companies
    /// have some.
    private(set) var others: [Column]
    private var withOthers = 0
    /// What each company brought; nil when that is not remembered.
    private var shares: [Int: Share]?
    private let divides: Bool
    private let isAlone: Bool

    /// Nothing yet, for a question about some companies.
    init(_ plan: ScanPlan, companies: Int, remembersShares: Bool) {
        divides = plan.dimensions.contains { $0.dividesCompanies }
        isAlone = companies == 1
        codes = plan.dimensions.map { _ in CodeTable() }
        words = plan.dimensions.map { _ in TextDictionary() }
        combinations = plan.dimensions.dropFirst().map { _ in CodeTable() }
        columns = plan.measures.map { Column(kind: $0.kind) }
        others = columns
        for index in others.indices { others[index].grow(to: 1) }
        shares = remembersShares ? [:] : nil
        if plan.dimensions.isEmpty { grow(to: 1) }
    }

    /// Whether what a company brings to a question can be taken out again.
    static func canRemember(_ plan: ScanPlan) -> Bool {
        let divides = plan.dimensions.contains { $0.dividesCompanies }
        return plan.measures.allSatisfy { measure in
            switch measure.kind {
            case .count, .countPresent, .sum: return true
            case .distinct:
                if case .reference = measure.meaning { return true }
                return divides
            case .least, .greatest, .percentile: return false
            }
        }
    }

    /// Whether entries that no company has any more are few enough to be carried along.
    var isWorthKeeping: Bool { count <= present * 2 + 1024 }

    /// Whether some groups were left out because they cannot be among the first.
    var hasOthers: Bool { withOthers > 0 }

    /// Whether any company has an entry.
    func has(_ entry: Int) -> Bool { codes.isEmpty || owners[entry] > 0 }

    /// Bytes of memory taken.
    var bytes: Int {
        var sum = count * columns.count * 20 + owners.count * 4
        for table in codes + combinations { sum += table.bytes }
        for share in (shares ?? [:]).values {
            sum += 256 + share.entries.count * (16 + columns.count * 32)
        }
        return sum
    }

    /// Bytes of memory that the answer made of them takes, with its rows; the numbers of percentiles
    /// are those of the companies.
    var resultBytes: Int {
        var bytes = count * (Self.numberBytes * columns.count + Self.cellBytes * codes.count)
        for table in codes + combinations { bytes += table.bytes }
        for column in columns {
            for set in column.sets.values { bytes += set.count * Self.cellBytes }
        }
        return bytes
    }

    /// Bytes of a measure of a group here and in its row of the result, and of a dimension's cell.
    private static let (numberBytes, cellBytes) = (56, 36)

    private mutating func grow(to size: Int) {
        count = max(count, size)
        owners.append(contentsOf: repeatElement(0, count: count - owners.count))
        for index in columns.indices { columns[index].grow(to: count) }
    }

    /// Works out what only the whole can tell; nothing can be added after it.
    mutating func finish() {
        for index in columns.indices { columns[index].finish() }
    }

    // MARK: Companies

    /// Takes in the totals of a company, in place of those it brought before.
    mutating func add(_ found: CompanyTotals, _ plan: ScanPlan) throws {
        var before = shares?.removeValue(forKey: found.company)
        if before != nil, followChanges(of: found.totals, plan, &before) {
            shares?[found.company] = before
            return
        }
        if let before { removeValues(before) }
        var share = Share()
        share.revision = found.totals.revision
        share.groups = groups(of: found, plan, &share)
        if let before, before.groups == share.groups {
            share.entries = before.entries
        } else {
            share.entries = entries(of: found, share.groups, plan)
            if let before { disown(before.entries) }
            own(share.entries)
        }
        merge(found, plan, &share)
        if shares != nil { shares?[found.company] = share }
        guard present <= StoreLimits.groups else {
            throw Advice(
                .request, "the answer would have more than \(StoreLimits.groups) groups",
                remedy: "use fewer dimensions or a shorter period")
        }
    }

    /// Takes in only what has changed in the totals of a company since they were taken in; false when
    /// that is not known, or groups have come or gone.
    private mutating func followChanges(
        of totals: Totals, _ plan: ScanPlan, _ share: inout Share?
    ) -> Bool {
        guard let revision = share?.revision, !choosesLeaders(plan),
            let changed = totals.groups(changedSince: revision)
        else { return false }
        var places: [Int] = []
        for group in changed {
            guard let groups = share?.groups, totals.rows(group) > 0 else { return false }
            let place = groups.indices.firstPlace { groups[$0] < group }
            guard place < groups.count, groups[place] == group else { return false }
            places.append(place)
        }
        for index in columns.indices {
            for place in places {
                guard let entry = share?.entries[place], let group = share?.groups[place] else {
                    continue
                }
                if let old = share?.values[index][place] { columns[index].remove(entry, old) }
                let value = totals.value(index, group)
                if let value { columns[index].combine(entry, value) }
                share?.values[index][place] = value
            }
        }
        share?.revision = totals.revision
        return true
    }

    /// Whether only the first groups of each company can be in the answer, since companies never
    /// share a group, but for that of missing references, which each of them brings.
    private func choosesLeaders(_ plan: ScanPlan) -> Bool {
        guard plan.top != nil, divides else { return false }
        return isAlone || plan.dimensions.count == 1
            || plan.dimensions.contains { if case .company = $0 { true } else { false } }
    }

    /// A company's groups that may be in the answer; the rest of them, put together, is added.
    private mutating func groups(
        of found: CompanyTotals, _ plan: ScanPlan, _ share: inout Share
    ) -> [Int] {
        let totals = found.totals
        if plan.dimensions.isEmpty { return totals.rows(0) > 0 ? [0] : [] }
        guard let top = plan.top, choosesLeaders(plan) else { return totals.groupsWithRows() }
        let leaders = totals.leaders(top)
        share.others = leaders.others
        if let rest = leaders.others {
            withOthers += 1
            for (index, value) in rest.enumerated() {
                if let value { others[index].combine(0, value) }
            }
        }
        return leaders.groups
    }

    private mutating func own(_ entries: [Int]) {
        for entry in entries {
            owners[entry] += 1
            if owners[entry] == 1 { present += 1 }
        }
    }

    private mutating func disown(_ entries: [Int]) {
        for entry in entries {
            owners[entry] -= 1
            if owners[entry] == 0 { present -= 1 }
        }
    }

    private mutating func removeValues(_ share: Share) {
        for (index, values) in share.values.enumerated() {
            for (at, value) in values.enumerated() {
                if let value { columns[index].remove(share.entries[at], value) }
            }
        }
        guard let rest = share.others else { return }
        withOthers -= 1
        for (index, value) in rest.enumerated() {
            if let value { others[index].remove(0, value) }
        }
    }

    /// The entries of a company's groups, made where they are new.
    private mutating func entries(
        of found: CompanyTotals, _ groups: [Int], _ plan: ScanPlan
    ) -> [Int] {
        if plan.dimensions.isEmpty { return groups.map { _ in 0 } }
        let totals = found.totals
        // What a code of the company is here; -1 until it is met.
        var known = totals.space.dimensions.map { _ in [Int32]() }
        var entries: [Int] = []
        entries.reserveCapacity(groups.count)
        var parts = [Int](repeating: 0, count: plan.dimensions.count)
        for group in groups {
            totals.copyCodes(of: group, to: &parts)
            var combined = 0
            for index in parts.indices {
                let part = parts[index]
                if part >= known[index].count {
                    let missing = max(part + 1, known[index].count * 2) - known[index].count
                    known[index].append(contentsOf: repeatElement(-1, count: missing))
                }
                var code = Int(known[index][part])
                if code < 0 {
                    code = codes[index].code(
                        of: shared(totals.number(part, index), index, found, plan))
                    known[index][part] = Int32(code)
                }
                combined =
                    index == 0
                    ? code
                    : combinations[index - 1].code(of: Int64(combined) << 32 | Int64(code))
            }
            entries.append(combined)
        }
        grow(to: combinations.last?.count ?? codes.first?.count ?? 1)
        return entries
    }

    /// A number of a dimension as all companies have it.
    private mutating func shared(
        _ number: Int64, _ index: Int, _ found: CompanyTotals, _ plan: ScanPlan
    ) -> Int64 {
        if case .company = plan.dimensions[index] { return Int64(found.company) }
        if number == NumberVector.missing { return number }
        guard case .value(let operand, let meaning) = plan.dimensions[index] else { return number }
        switch meaning {
        case .reference: return Int64(found.company) << 32 | number
        case .text:
            let text = found.text(number, operand)
            return words[index].code(of: text) ?? words[index].append(text)
        default: return number
        }
    }

    /// Adds the values of a company's groups to their entries.
    private mutating func merge(
        _ found: CompanyTotals, _ plan: ScanPlan, _ share: inout Share
    ) {
        let (totals, groups, entries) = (found.totals, share.groups, share.entries)
        let isRemembered = shares != nil
        for (index, measure) in plan.measures.enumerated() {
            switch measure.kind {
            case .percentile: totals.appendNumbers(index, groups, entries, &columns[index].lists)
            case .distinct where !isOwn(measure):
                for (group, entry) in zip(groups, entries) {
                    totals.forEachDistinct(index, group) { number in
                        var value = SharedValue(number: number, text: nil)
                        if case .text = measure.meaning, let operand = measure.operand {
                            value = SharedValue(number: 0, text: found.text(number, operand))
                        }
                        columns[index].sets[entry, default: []].insert(value)
                    }
                }
            case _ where isRemembered:
                var values = [Int128?](repeating: nil, count: groups.count)
                totals.forEachValue(index, groups) { at, value in
                    values[at] = value
                    columns[index].combine(entries[at], value)
                }
                share.values.append(values)
            default:
                totals.forEachValue(index, groups) { at, value in
                    columns[index].combine(entries[at], value)
                }
            }
        }
    }

    /// Whether no other company can have the same distinct values in the same group.
    private func isOwn(_ measure: ScanPlan.PlannedMeasure) -> Bool {
        if case .reference = measure.meaning { return true }
        return divides || isAlone
    }
}
