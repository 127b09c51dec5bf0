import Vocabulary

/// Where the numbers of rows come from.
enum Operand: Hashable, Sendable {
    /// A column of the model.
    case column(Int, ChunkColumn.Part)
    /// A text column; its texts are numbered within one company's scan.
    case text(Int)
    /// A column of the row that a reference column points to.
    case attribute(reference: Int, model: String, Int, ChunkColumn.Part, Derivation?)
    /// What a column of the model gives.
    case derived(Int, ChunkColumn.Part, Derivation)
    /// How one operand stands to another one, by their places among the operands.
    case compared(Int, Int, ColumnComparison)

    /// Whether its numbers are days.
    var part: ChunkColumn.Part {
        switch self {
        case .column(_, let part), .attribute(_, _, _, let part, _), .derived(_, let part, _): part
        case .text, .compared: .values
        }
    }
}

/// A question with its names resolved: what each company's scan is made from.
struct ScanPlan: Sendable {
    /// What is asked of an operand's numbers.
    enum Test: Hashable, Sendable {
        case range(ClosedRange<Int64>)
        case among([Cell], negated: Bool)
    }

    struct Condition: Sendable {
        let operand: Int
        let test: Test
        let meaning: Meaning
        let path: ColumnPath
    }

    /// What an operand's numbers stand for.
    enum Meaning: Sendable {
        case number(ColumnType)
        /// A text of a store-wide dictionary, by the number of its column.
        case category(Int)
        /// A text numbered within the scan.
        case text
        case reference(model: String)
    }

    indirect enum Dimension: Sendable {
        case company
        case value(Int, Meaning)
        case step(Int, Grain)
        case band(Int, bounds: [Int64])
        case novelty(member: Int, time: Int, Grain, firsts: ScanPlan)

        /// Whether groups of different companies are never the same.
        var dividesCompanies: Bool {
            switch self {
            case .company, .value(_, .reference): true
            default: false
            }
        }
    }

    enum MeasureKind: Sendable {
        case count, countPresent, sum, least, greatest, distinct
        case percentile(perMille: Int)
    }

    struct PlannedMeasure: Sendable {
        let kind: MeasureKind
        /// The operand whose numbers count; nil for `count`.
        let operand: Int?
        /// The operand that is taken off, for elapsed time.
        let start: Int?
        let meaning: Meaning
        /// The valuation that makes the numbers, by its place in the plan.
        var valuation: Int? = nil
    }

    /// A `Valuation` with its names resolved.
    struct PlannedValuation: Sendable {
        /// The operand of the number that is multiplied; nil for one.
        let number: Int?
        let factors: [PlannedFactor]
    }

    struct PlannedFactor: Sendable {
        enum Key: Sendable {
            case operand(Int, Meaning)
            case word(String)
            /// By the company's number.
            case companies([Int: String])
        }

        let key: Key
        /// The operand of the day; nil where the day does not matter.
        let days: Int?
        let table: ValueTable
    }

    let model: ModelState
    private let schema: Schema
    private(set) var operands: [Operand] = []
    private(set) var conditions: [Condition] = []
    private(set) var dimensions: [Dimension] = []
    private(set) var measures: [PlannedMeasure] = []
    private(set) var valuations: [PlannedValuation] = []
    /// The valuations as they were asked for, so that equal ones are made once.
    private var askedValuations: [Valuation] = []
    let top: Top?
    /// The operand of the days by which segments are sorted within a company, if it is one.
    private(set) var sortedDays: Int?
    /// Whether this asks for the first day of each member; then rows need not be counted.
    private(set) var isFirsts = false

    init(_ snapshot: Snapshot, _ request: ScanRequest) throws {
        model = try snapshot.rows(of: request.model)
        schema = snapshot.schema
        top = request.top
        guard request.groups.count <= StoreLimits.dimensions else {
            throw Advice(
                .request, "a question may have at most \(StoreLimits.dimensions) dimensions",
                remedy: "leave some out")
        }
        if let top, !request.measures.indices.contains(top.measure) || top.count < 0 {
            throw Advice(
                .request,
                "the measure that decides which groups are first is not one of the "
                    + "question's", remedy: "give its place among the measures, from 0")
        }
        for filter in request.filters + (snapshot.scope.limits[request.model] ?? []) {
            conditions.append(try condition(filter, snapshot))
        }
        for group in request.groups {
            dimensions.append(try dimension(group, request.model, snapshot))
        }
        for measure in request.measures { measures.append(try planned(measure, snapshot)) }
        findSortedDays()
    }

    private mutating func findSortedDays() {
        guard let time = layout.model.timeColumn.flatMap(layout.model.index(of:)) else { return }
        let part: ChunkColumn.Part =
            layout.model.columns[time].type == .instant ? .days : .values
        sortedDays = operands.firstIndex(of: .column(time, part))
    }

    /// That operand, when the question has no dimension but steps of it.
    var sortedSteps: Int? {
        guard case .step(let operand, _)? = dimensions.first, dimensions.count == 1,
            operand == sortedDays
        else { return nil }
        return operand
    }

    private var layout: ModelLayout { model.layout }

    // MARK: Names

    private mutating func register(_ operand: Operand) -> Int {
        if let known = operands.firstIndex(of: operand) { return known }
        operands.append(operand)
        return operands.count - 1
    }

    private mutating func operand(
        _ path: ColumnPath, _ part: ChunkColumn.Part = .values, _ snapshot: Snapshot
    ) throws -> (operand: Int, meaning: Meaning) {
        let (operand, meaning) = try snapshot.operand(path, part, of: layout)
        return (register(operand), meaning)
    }

    private mutating func days(
        _ path: ColumnPath, _ purpose: String, _ snapshot: Snapshot
    ) throws -> Int {
        let (operand, meaning) = try operand(path, .days, snapshot)
        guard case .number(let type) = meaning, type == .instant || type == .day else {
            throw Advice(
                .request, "‘\(path)’ of model ‘\(layout.model.name)’ is not a time or a date",
                remedy: "name an instant or day column for \(purpose)")
        }
        return operand
    }

    // MARK: Parts of the question

    private mutating func condition(_ filter: Filter, _ snapshot: Snapshot) throws -> Condition {
        switch filter {
        case .days(let path, let period):
            let operand = try days(path, "the period", snapshot)
            // An empty period has no last day.
            let test: Test =
                period.days == 0
                ? .among([], negated: false)
                : .range(Int64(period.start.number)...Int64(period.last.number))
            return Condition(
                operand: operand, test: test, meaning: .number(.day), path: path)
        case .range(let path, let range):
            let (operand, meaning) = try operand(path, .values, snapshot)
            guard case .number = meaning else {
                throw Advice(
                    .request, "‘\(path)’ holds words, which have no range",
                    remedy: "compare it with values instead")
            }
            // Missing is the least number and must not fall into an open range.
            let least = NumberVector.missing + 1
            let test: Test =
                range.upperBound < least
                ? .among([], negated: false)
                : .range(max(range.lowerBound, least)...range.upperBound)
            return Condition(operand: operand, test: test, meaning: meaning, path: path)
        case .among(let path, let cells):
            let (operand, meaning) = try operand(path, .values, snapshot)
            return Condition(
                operand: operand, test: .among(cells, negated: false), meaning: meaning,
                path: path)
        case .notAmong(let path, let cells):
            let (operand, meaning) = try operand(path, .values, snapshot)
            return Condition(
                operand: operand, test: .among(cells, negated: true), meaning: meaning,
                path: path)
        case .compared(let path, let standings, let other):
            let (comparison, part) = try snapshot.comparison(path, other, of: layout)
            let (first, second) = (
                try operand(path, part, snapshot).operand,
                try operand(other, part, snapshot).operand
            )
            let cells = standings.map { Cell.number($0.rawValue) }
            return Condition(
                operand: register(.compared(first, second, comparison)),
                test: .among(cells, negated: false), meaning: .number(.integer), path: path)
        }
    }

    private mutating func dimension(
        _ group: Group, _ modelName: String, _ snapshot: Snapshot
    ) throws -> Dimension {
        switch group {
        case .company: return .company
        case .value(let path):
            let (operand, meaning) = try operand(path, .values, snapshot)
            return .value(operand, meaning)
        case .step(let path, let grain):
            return .step(try days(path, "steps of time", snapshot), grain)
        case .band(let path, let bounds):
            let (operand, meaning) = try operand(path, .values, snapshot)
            guard case .number = meaning, bounds == bounds.sorted() else {
                throw Advice(
                    .request, "‘\(path)’ cannot be put into these bands",
                    remedy: "name a column of numbers or dates, and bounds that ascend")
            }
            return .band(operand, bounds: bounds)
        case .dayBand(let path, let bounds):
            let operand = try days(path, "bands of days", snapshot)
            guard bounds == bounds.sorted() else {
                throw Advice(
                    .request, "the bounds of the bands of ‘\(path)’ do not ascend",
                    remedy: "put them in order")
            }
            return .band(operand, bounds: bounds.map { Int64($0.number) })
        case .novelty(let novelty):
            let (member, meaning) = try operand(ColumnPath(novelty.member), .values, snapshot)
            guard case .reference = meaning else {
                throw Advice(
                    .request,
                    "column ‘\(novelty.member)’ of model ‘\(layout.model.name)’ is not a reference",
                    remedy: "name the column that tells whose first row is looked for")
            }
            let path = ColumnPath(novelty.time)
            let time = try days(path, "first rows", snapshot)
            // The least local day, not the day of the least instant: clocks set back at midnight
            // would make them differ.
            var firsts = try ScanPlan(
                snapshot,
                ScanRequest(
                    model: modelName, filters: novelty.filters,
                    groups: [.value(ColumnPath(novelty.member))], measures: []))
            firsts.measures = [
                PlannedMeasure(
                    kind: .least, operand: try firsts.days(path, "first rows", snapshot),
                    start: nil, meaning: .number(.day))
            ]
            firsts.isFirsts = true
            firsts.findSortedDays()
            return .novelty(member: member, time: time, novelty.grain, firsts: firsts)
        }
    }

    private mutating func planned(
        _ measure: Measure, _ snapshot: Snapshot
    ) throws -> PlannedMeasure {
        switch measure {
        case .count:
            return PlannedMeasure(
                kind: .count, operand: nil, start: nil, meaning: .number(.integer))
        case .countPresent(let path):
            let (operand, meaning) = try operand(path, .values, snapshot)
            return PlannedMeasure(
                kind: .countPresent, operand: operand, start: nil, meaning: meaning)
        case .countValued(let valuation):
            return try planned(.countPresent, .valued(valuation), "multiplied", snapshot)
        case .distinct(let path):
            let (operand, meaning) = try operand(path, .values, snapshot)
            return PlannedMeasure(kind: .distinct, operand: operand, start: nil, meaning: meaning)
        case .sum(let quantity):
            return try planned(.sum, quantity, "added up", snapshot)
        case .least(let quantity):
            return try planned(.least, quantity, "compared", snapshot)
        case .greatest(let quantity):
            return try planned(.greatest, quantity, "compared", snapshot)
        case .percentile(let quantity, let perMille):
            guard (0...1000).contains(perMille) else {
                throw Advice(
                    .request, "a percentile lies between 0 and 1000 thousandths, not \(perMille)",
                    remedy: "give 500 for the median")
            }
            return try planned(.percentile(perMille: perMille), quantity, "ordered", snapshot)
        }
    }

    private mutating func planned(
        _ kind: MeasureKind, _ quantity: Quantity, _ verb: String, _ snapshot: Snapshot
    ) throws -> PlannedMeasure {
        switch quantity {
        case .column(let path):
            let (operand, meaning) = try operand(path, .values, snapshot)
            var isFit = false
            if case .number(let type) = meaning {
                isFit = true
                if case .sum = kind { isFit = type != .instant && type != .day }
            }
            guard isFit else {
                throw Advice(
                    .request, "‘\(path)’ cannot be \(verb)", remedy: "name a column of numbers")
            }
            return PlannedMeasure(kind: kind, operand: operand, start: nil, meaning: meaning)
        case .elapsed(let from, let to):
            let (start, startMeaning) = try operand(from, .values, snapshot)
            let (end, endMeaning) = try operand(to, .values, snapshot)
            guard case .number(let first) = startMeaning, case .number(let second) = endMeaning,
                first == second, first == .instant || first == .day
            else {
                throw Advice(
                    .request, "no time passes from ‘\(from)’ to ‘\(to)’",
                    remedy: "name two instant columns or two day columns")
            }
            return PlannedMeasure(
                kind: kind, operand: end, start: start, meaning: .number(.integer))
        case .valued(let valuation):
            return PlannedMeasure(
                kind: kind, operand: nil, start: nil, meaning: .number(.integer),
                valuation: try planned(valuation, snapshot))
        }
    }

    private mutating func planned(_ valuation: Valuation, _ snapshot: Snapshot) throws -> Int {
        if let known = askedValuations.firstIndex(of: valuation) { return known }
        let number = try valuation.number.map { path in
            let (operand, meaning) = try operand(path, .values, snapshot)
            guard case .number(let type) = meaning, type != .instant, type != .day else {
                throw Advice(
                    .request, "‘\(path)’ cannot be multiplied", remedy: "name a column of numbers")
            }
            return operand
        }
        let factors = try valuation.factors.map { factor in
            let key: PlannedFactor.Key
            switch factor.key {
            case .word(let word): key = .word(word)
            case .companies(let words):
                key = .companies(
                    Dictionary(
                        uniqueKeysWithValues: words.compactMap { code, word in
                            snapshot.state.companies[code].map { ($0, word) }
                        }))
            case .column(let path):
                let (operand, meaning) = try operand(path, .values, snapshot)
                switch meaning {
                case .category, .text: key = .operand(operand, meaning)
                case .number, .reference:
                    throw Advice(
                        .request, "‘\(path)’ holds no words that a table could be looked up by",
                        remedy: "name a category or text column")
                }
            }
            return PlannedFactor(
                key: key, days: try factor.day.map { try days($0, "values of tables", snapshot) },
                table: factor.table)
        }
        askedValuations.append(valuation)
        valuations.append(PlannedValuation(number: number, factors: factors))
        return valuations.count - 1
    }
}

extension Snapshot {
    /// The operand that a path names, and what its numbers mean.
    func operand(
        _ path: ColumnPath, _ part: ChunkColumn.Part, of layout: ModelLayout
    ) throws -> (Operand, ScanPlan.Meaning) {
        guard let derivation = path.derivation else {
            return try underived(path, part, of: layout)
        }
        let (operand, meaning) = try underived(path, derivation.part, of: layout)
        guard case .number(let type) = meaning, derivation.isDefined(for: type) else {
            throw Advice(
                .request,
                "‘\(path)’ of model ‘\(layout.model.name)’ cannot be put together like this",
                remedy: "name an instant for hours, a date for days, and numbers for bands")
        }
        switch operand {
        case .column(let position, let part):
            return (.derived(position, part, derivation), .number(.integer))
        case .attribute(let reference, let model, let position, let part, _):
            return (
                .attribute(reference: reference, model: model, position, part, derivation),
                .number(.integer)
            )
        case .text, .derived, .compared: preconditionFailure("a column of numbers is no text")
        }
    }

    private func underived(
        _ path: ColumnPath, _ part: ChunkColumn.Part, of layout: ModelLayout
    ) throws -> (Operand, ScanPlan.Meaning) {
        let position = try Snapshot.position(of: path.column, in: layout.model)
        let column = layout.model.columns[position]
        guard let attribute = path.attribute else {
            let operand: Operand
            switch column.type {
            case .text: operand = .text(position)
            case .instant: operand = .column(position, part)
            default: operand = .column(position, .values)
            }
            return (operand, ScanPlan.Meaning(column.type, layout: layout, position: position))
        }
        guard case .reference(let target) = column.type else {
            throw Advice(
                .request,
                "column ‘\(path.column)’ of model ‘\(layout.model.name)’ is not a reference, so "
                    + "‘\(path)’ means nothing",
                remedy: "use the column itself, or one that refers to another model")
        }
        let other = try rows(of: target).layout
        let otherPosition = try Snapshot.position(of: attribute, in: other.model)
        let type = other.model.columns[otherPosition].type
        if case .reference = type {
            throw Advice(
                .request, "‘\(path)’ is a reference of a reference",
                remedy: "use a plain column of model ‘\(target)’")
        }
        return (
            .attribute(
                reference: position, model: target, otherPosition,
                part == .days && type == .instant ? .days : .values, nil),
            ScanPlan.Meaning(type, layout: other, position: otherPosition)
        )
    }
}

extension ScanPlan.Meaning {
    fileprivate init(_ type: ColumnType, layout: ModelLayout, position: Int) {
        switch type {
        case .category: self = .category(layout.id(ofColumn: position))
        case .text: self = .text
        case .reference(let model): self = .reference(model: model)
        default: self = .number(type)
        }
    }
}

extension ScanPlan {
    /// Whether totals can follow changes of rows instead of being made anew: not where texts are
    /// numbered in the order they are met.
    var canBeKept: Bool {
        operands.allSatisfy { operand in
            switch operand {
            case .column, .derived, .compared: true
            case .text: false
            case .attribute(_, let name, let position, _, _):
                schema.models[name]?.columns[position].type.holdsText == false
            }
        }
    }
}
