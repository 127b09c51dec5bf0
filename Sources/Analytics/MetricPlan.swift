import Store
import Vocabulary

/// What is to be read and computed to answer a `MetricQuery`.
///
/// A plan is a value and knows no engine: it says which passes are made over which models, and how
/// the numbers of the passes become figures. It is made in passes of its own, one per file:
///
/// 1. `Plan+Spans`: the days asked for, the days compared with, and the steps of both.
/// 2. `Plan+Dimensions`: what figures are split by, found in every model involved.
/// 3. `Plan+Bases`: the metrics computed from rows that the asked metrics need, and whether their
///    rows are told apart by currency.
/// 4. `Plan+Scans`: bases that read the same rows put together into one pass.
///
/// Invariants: each base belongs to exactly one scan; a scan's groups are the dimensions, then the
/// step if there is a grain, then the currency if any base of it needs one.
struct MetricPlan: Hashable {
    let metrics: [PlannedMetric]
    let dimensions: [PlannedDimension]
    let spans: PlannedSpans
    let bases: [PlannedBase]
    /// The metrics that are computed from those of members, by questions of their own.
    let ofMembers: [PlannedMembers]
    var scans: [PlannedScan]
    let order: PlannedOrder
    let limit: Int?
    let hasTargets: Bool
    let filters: [Condition]
    /// How amounts are converted; nil where each keeps its currency.
    let conversion: CurrencyConversion?

    /// All models that the answer depends on.
    let models: Set<String>
    /// The members that are told apart; nil for all of them.
    var leaders: PlannedLeaders?
}

/// An asked metric, and where the values of the base metrics it rests on are found.
struct PlannedMetric: Hashable {
    let metric: Metric
    /// Index into the plan's bases, by name of the base metric.
    let bases: [String: Int]
    /// Index into the plan's metrics of members, by name.
    let ofMembers: [String: Int]
    /// Whether its value comes per currency.
    let isPerCurrency: Bool
    /// Whether its value depends on that of all members together.
    let hasTotal: Bool
    /// Whether its value depends on how many days a step has.
    let hasDays: Bool
}

extension PlannedMetric {
    /// A base metric of a plan, by itself.
    init(_ metric: Metric, alone base: PlannedBase, at index: Int) {
        self.init(
            metric: metric, bases: [base.name: index], ofMembers: [:],
            isPerCurrency: base.currency != nil, hasTotal: false, hasDays: false)
    }
}

/// A metric computed from the figures of members.
struct PlannedMembers: Hashable {
    let name: String
    let metric: MemberMetric
    let isPerCurrency: Bool
    /// The models whose rows the figures are made of.
    let models: Set<String>
}

/// What figures are split by.
struct PlannedDimension: Hashable {
    /// The name in the query: `customer`.
    let name: String
    let label: String
    /// How the store groups by it, per model.
    let groups: [String: PlannedGroup]
    /// What its members are called, where they are all known beforehand.
    let labels: [String]?
    /// The hash of its definition, if it is no column.
    let definition: String?
    /// What the cells of the groups hold; nil for companies.
    let type: ColumnType?
    /// For a reference: the column of the row referred to that people know it by.
    let nameColumn: String?
}

/// How the store groups the rows of a model.
enum PlannedGroup: Hashable {
    case group(Group)
    /// By the days since a day or instant, up to and including bounds.
    case age(ColumnPath, bounds: [Int])
    /// By a part of the day on which a row counts.
    case calendar(CalendarPart)

    /// The group of a question about these days, of rows that count by a date.
    func group(_ asked: AskedDays, date: String?) -> Group {
        switch self {
        case .group(let group): return group
        case .calendar(let part):
            guard let date else { preconditionFailure("checked when the question was planned") }
            return .value(ColumnPath(date).deriving(part.derivation))
        case .age(let path, let bounds):
            // The older, the earlier: the store's bands run against those of ages.
            return .dayBand(path, bounds: bounds.reversed().map { asked.end.adding(days: -$0) })
        }
    }

    /// The rows that belong to none of some members; nil for companies, which no condition tells.
    func exclusion(of members: [Cell], _ asked: AskedDays, date: String?) -> Filter? {
        func shifted(_ number: (Int64) -> Int64) -> [Cell] {
            members.map { cell in
                guard case .number(let member) = cell else { return cell }
                return .number(number(member))
            }
        }
        switch self {
        case .group(.value(let path)): return .notAmong(path, members)
        case .group(.band(let path, let bounds)):
            return .notAmong(path.deriving(.band(bounds)), members)
        case .group: return nil
        case .age(let path, let bounds):
            let days = bounds.reversed().map { asked.end.adding(days: -$0) }
            return .notAmong(
                path.deriving(.dayBand(days)), shifted { Int64(bounds.count) - $0 })
        case .calendar(let part):
            return date.map {
                .notAmong(
                    ColumnPath($0).deriving(part.derivation), shifted { $0 + part.first })
            }
        }
    }

    /// The member that a cell of the store's answer stands for.
    func member(_ cell: Cell) -> Cell {
        guard case .number(let number) = cell else { return cell }
        switch self {
        case .group: return cell
        case .age(_, let bounds): return .number(Int64(bounds.count) - number)
        case .calendar(let part): return .number(number - part.first)
        }
    }
}

/// Which days are asked for.
struct PlannedSpans: Hashable {
    /// The days that the figures cover.
    let now: Period
    /// The days that they are compared with.
    let before: Period?
    /// The period as it was asked for, with the days that a comparison leaves out.
    let whole: Period
    /// The same of the period that it is compared with.
    let wholeBefore: Period?
    let grain: Grain?
    /// How the companies divide their years.
    let calendar: FiscalCalendar
    /// First days of the steps of `now`; empty without a grain.
    let steps: [LocalDay]
    /// First days of the steps of `before`, the first compared with the first.
    let stepsBefore: [LocalDay]
    /// The day on which the question is asked.
    let today: LocalDay
}

/// A base metric, and in which currencies its values come.
struct PlannedBase: Hashable {
    /// Which currencies values come in.
    enum Currencies: Hashable {
        /// Those that a column of the rows names.
        case column(String)
        /// One, whatever the rows are in.
        case one(Currency)
    }

    let name: String
    /// What people know it by, for remarks.
    let label: String
    let base: BaseMetric
    /// Which currencies values come in; nil where they have none.
    let currency: Currencies?
    /// How amounts are converted.
    let conversion: CurrencyConversion?

    /// The column that tells currencies apart, when values come per currency.
    var currencyColumn: String? {
        guard case .column(let name)? = currency else { return nil }
        return name
    }

    /// The one currency that values come in.
    var ownCurrency: Currency? {
        guard case .one(let currency)? = currency else { return nil }
        return currency
    }

    /// The currencies that its values come in, among those of an answer.
    func currencies(_ all: [Currency]) -> [Currency?] {
        switch currency {
        case .column?: all
        case .one(let own)?: [own]
        case nil: [nil]
        }
    }

    /// Whether the last two measures are how many rows should have a value, and how many have one.
    var countsLosses: Bool {
        (multiplies || conversion != nil) && base.aggregate != .count
    }

    /// Whether the last measure is how many rows a table lists: of those of a currency there may be
    /// none, and nothing is to be shown in it then.
    var countsListed: Bool {
        base.factor?.form == .presence && !countsLosses && base.aggregate != .count
    }

    /// Whether rows are multiplied by a table, and not merely looked for in it.
    private var multiplies: Bool { base.factor.map { $0.form != .presence } ?? false }

    /// What one scan computes for it.
    func measures(_ valuation: Valuation?, today: LocalDay) -> [Measure] {
        let (quantity, present): (Quantity, Measure)
        if let valuation {
            (quantity, present) = (.valued(valuation), .countValued(valuation))
            let wanted: Measure =
                base.factor != nil && !multiplies
                ? .countValued(valuation.prefix(1))
                : valuation.number.map { .countPresent($0) } ?? .count
            let losses = [wanted, present]
            return measures(quantity, present)
                + (countsLosses ? losses : countsListed ? [present] : [])
        }
        switch base.subject {
        case .row: return [.count]
        case .column(let column):
            let path = ColumnPath(column)
            if base.aggregate == .distinct { return [.distinct(path)] }
            (quantity, present) = (.column(path), .countPresent(path))
        case .elapsed(let from, let to):
            // Its conditions leave only rows that have both.
            quantity = .elapsed(from: from, to: to)
            present = .count
        case .age(let path):
            quantity = .column(path.deriving(.daysBefore(today)))
            present = .count
        case .course:
            // Facts have one number each, whatever it is called.
            quantity = .column(ColumnPath(base.model))
            present = base.aggregate == .count ? .count : .countPresent(ColumnPath(base.model))
        }
        return measures(quantity, present)
    }

    private func measures(_ quantity: Quantity, _ present: Measure) -> [Measure] {
        switch base.aggregate {
        case .count, .distinct: return [present]
        case .sum: return [.sum(quantity)]
        case .average: return [.sum(quantity), present]
        case .minimum: return [.least(quantity)]
        case .maximum: return [.greatest(quantity)]
        case .percentile(let share): return [.percentile(quantity, perMille: share)]
        }
    }

    /// Whether values of parts of the rows can be put together into the value of all of them.
    var isMergeable: Bool {
        switch base.aggregate {
        case .distinct, .percentile: false
        case .sum, .count, .average, .minimum, .maximum: base.course?.isMergeable ?? true
        }
    }

    /// Whether values of steps can be put together into that of all days.
    var isMergeableOverTime: Bool { isMergeable && base.accumulation == nil }

    /// Whether values of bands of days can be added up to that of all of them.
    var isAddable: Bool {
        switch base.aggregate {
        case .sum, .count, .average: true
        case .minimum, .maximum, .distinct, .percentile: false
        }
    }
}

/// One pass over a model, made once for the asked days and once for those compared with.
struct PlannedScan: Hashable {
    var now: ScanRequest
    /// Nil without a comparison, or for metrics without a day.
    var before: ScanRequest?
    /// How days become steps, where rows are added up with those before.
    let accumulationNow: PlannedAccumulation?
    /// The same for the compared days.
    let accumulationBefore: PlannedAccumulation?
    /// The column that says on which day a row counts.
    let date: String?
    /// Whether values of columns are those of the end of each step, not the present ones.
    let isStanding: Bool
    /// How rows are followed over time, instead of the scan itself.
    let course: Course?
    /// Whether all that a scan reads is the value of its step, be it in other steps too.
    let isWindowed: Bool
    let hasStep: Bool
    /// Whether the store answers numbers of steps rather than their first days.
    let areStepsNumbered: Bool
    let hasCurrency: Bool
    /// The step that the figures belong to, where each step is read on its own.
    var step = 0
    /// The bases computed by it: index into the plan's bases, and of their measures in the request.
    let outputs: [Output]

    struct Output: Hashable {
        let base: Int
        let measures: [Int]
    }
}

/// How members are ordered.
enum PlannedOrder: Hashable {
    case metric(Int, isDescending: Bool)
    case dimension(Int, isDescending: Bool)
}
