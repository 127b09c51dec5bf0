import Store
import Vocabulary

/// What conditions may name beside columns.
struct ConditionTerms {
    /// The dimensions of bands, by name.
    let dimensions: [String: BandDimension]
    /// The column whose weekday and hour are meant.
    var date: Column?

    /// Nothing: columns alone.
    static let columns = ConditionTerms(dimensions: [:], date: nil)
}

extension Condition {
    /// The filter of a condition on a dimension of bands, or on weekday, hour, day or month; nil when
    /// it names a column.
    ///
    /// - Throws: `Advice` when there is no such member, or the rows have none.
    func memberFilter(
        for model: Model, asked: AskedDays, terms: ConditionTerms
    ) throws -> Filter? {
        if let dimension = terms.dimensions[path] {
            let (column, number) = try dimension.members(of: model, asked)
            return try filter(column, legal: dimension.labels) { text in
                // A label of bands is written with an en dash, which few keyboards have.
                let wanted = text.replacing("-", with: "–")
                return dimension.labels.firstIndex {
                    $0 == text || $0.replacing("-", with: "–") == wanted
                }.map(number)
            } within: { bounds in
                throw Advice(
                    .request, "‘\(path)’ is a dimension of bands, not a number",
                    remedy: "name the bands, as "
                        + "\(path)=\(dimension.labels.last ?? ""), or test the column itself")
            }
        }
        guard let part = CalendarPart(path, models: [model]) else { return nil }
        let column = try part.path(terms.date, of: "what is read of model ‘\(model.name)’")
        return try filter(column, legal: part.labels, number: part.number) { bounds in
            let tests = try bounds.map { bound in
                guard let number = part.number(bound.value) else {
                    throw unknown(bound.value, part)
                }
                return (bound.relation, number)
            }
            return part.derivation.range.filter { number in
                tests.allSatisfy { relation, bound in
                    switch relation {
                    case .above: number > bound
                    case .atLeast: number >= bound
                    case .below: number < bound
                    case .atMost: number <= bound
                    }
                }
            }
        }
    }

    private func unknown(_ text: String, _ part: CalendarPart) -> Advice {
        Advice(
            .request, "‘\(text)’ is no \(part.rawValue)",
            remedy: Spelling.remedy(for: text, legal: part.labels))
    }

    private func filter(
        _ column: ColumnPath, legal: [String], number: (String) -> Int64?,
        within: ([Bound]) throws -> [Int64]
    ) throws -> Filter {
        func cells(_ texts: [String]) throws -> [Cell] {
            try texts.map { text in
                guard let number = number(text) else {
                    throw Advice(
                        .request, "‘\(path)’ has no member ‘\(text)’",
                        remedy: Spelling.remedy(for: text, legal: legal))
                }
                return .number(number)
            }
        }
        switch test {
        case .missing: return .among(column, [.missing])
        case .present: return .notAmong(column, [.missing])
        case .among(let texts): return .among(column, try cells(texts))
        case .notAmong(let texts): return .notAmong(column, try cells(texts))
        case .within(let bounds): return .among(column, try within(bounds).map(Cell.number))
        case .compared:
            throw Advice(
                .request, "‘\(path)’ is compared with its members, not with a column",
                remedy: "name the members, or compare a column")
        }
    }
}

extension BandDimension {
    /// The bands of a model's rows: where they are found, and the number of each by its place.
    ///
    /// - Throws: `Advice` when the dimension is not defined for the model.
    func members(
        of model: Model, _ asked: AskedDays
    ) throws -> (path: ColumnPath, number: (Int) -> Int64) {
        switch try source(of: model) {
        case .numbers(let path, let bounds):
            return (path.deriving(.band(bounds.map { $0 + 1 })), { Int64($0) })
        case .age(let path, let bounds):
            // The older, the earlier: bands of days run against those of ages.
            let days = bounds.reversed().map { asked.end.adding(days: -$0) }
            return (path.deriving(.dayBand(days)), { Int64(bounds.count - $0) })
        case .novelty:
            throw Advice(
                .request, "rows are not narrowed by ‘\(name)’, which depends on other rows",
                remedy: "split by it instead")
        }
    }

    /// How rows of a model fall in bands.
    ///
    /// - Throws: `Advice` that names the models it is defined for.
    func source(of model: Model) throws -> Source {
        if let source = sources[model.name] { return source }
        throw Advice(
            .request, "figures of model ‘\(model.name)’ have no ‘\(name)’",
            remedy: "it is defined for " + sources.keys.sorted().joined(separator: ", ")
                + " (\(place))")
    }

    /// Whether the bands of some model move with the period.
    var followsPeriod: Bool {
        sources.values.contains {
            if case .age = $0 { true } else { false }
        }
    }
}
