import Store
import Vocabulary

extension Condition {
    /// How a value must stand to that of another column of the same row.
    public enum ColumnRelation: String, Sendable, Hashable, CaseIterable {
        /// Both are the same.
        case equal = "="
        /// They are not the same.
        case different = "!="
        /// Greater, or later.
        case above = ">"
        /// Greater or equal.
        case atLeast = ">="
        /// Less, or earlier.
        case below = "<"
        /// Less or equal.
        case atMost = "<="

        fileprivate init(_ relation: Relation) {
            switch relation {
            case .above: self = .above
            case .atLeast: self = .atLeast
            case .below: self = .below
            case .atMost: self = .atMost
            }
        }

        /// The word of a definition.
        var word: String {
            switch self {
            case .equal: "is"
            case .different: "not"
            case .above: Relation.above.words.number
            case .atLeast: Relation.atLeast.words.number
            case .below: Relation.below.words.number
            case .atMost: Relation.atMost.words.number
            }
        }

        /// The sign between two names.
        var sign: String {
            switch self {
            case .equal: "="
            case .different: "≠"
            case .above: ">"
            case .atLeast: "≥"
            case .below: "<"
            case .atMost: "≤"
            }
        }

        fileprivate var standings: Set<Standing> {
            switch self {
            case .equal: [.equal]
            case .different: [.below, .above]
            case .above: [.above]
            case .atLeast: [.equal, .above]
            case .below: [.below]
            case .atMost: [.below, .equal]
            }
        }
    }

    /// Reads `{before: {column: issued_on}}`, `{is: {column: …}}` and `{not: {column: …}}`; nil when
    /// the condition names no column.
    static func comparison(_ node: DefinitionNode) throws -> Test? {
        let entries = try node.entries()
        guard let (word, value) = entries.first(where: { $0.value.isMapping }) else { return nil }
        let other = try value.mapping(allowing: ["column"]).required("column").string()
        guard entries.count == 1 else {
            throw node.advice(
                "a condition that names another column has nothing beside it",
                remedy: "write one relation to one column")
        }
        switch try word.string() {
        case "is": return .compared(.equal, other)
        case "not": return .compared(.different, other)
        case let text:
            guard let relation = Relation(word: text) else {
                throw word.advice(
                    "‘\(text)’ takes no column",
                    remedy: "write is, not, before, after, below, at-least and the like")
            }
            return .compared(ColumnRelation(relation), other)
        }
    }

    /// The filter for values that stand so to those of another column.
    ///
    /// - Throws: `Advice` when the two hold different things.
    static func filter(
        _ resolved: ResolvedColumn, _ relation: ColumnRelation, _ other: String, _ path: String,
        of model: Model, in schema: Schema
    ) throws -> Filter {
        let second = try schema.resolve(other, in: model)
        func currency(_ column: ResolvedColumn) -> ColumnPath? {
            guard case .money(let name) = column.column.type else { return nil }
            return column.path.attribute == nil
                ? ColumnPath(name) : ColumnPath(column.path.column, name)
        }
        func fit() -> Bool {
            switch (resolved.column.type, second.column.type) {
            case (.money, .money): currency(resolved) == currency(second)
            case (.category, .category): relation == .equal || relation == .different
            case (.boolean, .boolean): relation == .equal || relation == .different
            case (.instant, .instant), (.day, .day), (.instant, .day), (.day, .instant),
                (.integer, .integer), (.integer, .decimal), (.decimal, .integer),
                (.decimal, .decimal):
                true
            default: false
            }
        }
        guard fit() else {
            throw Advice(
                .request,
                "‘\(path)’ holds \(resolved.column.type.word) and ‘\(other)’ holds "
                    + "\(second.column.type.word), which cannot be compared like this",
                remedy: "compare two numbers, two times, two amounts in one currency, or two "
                    + "categories with is and not")
        }
        return .compared(resolved.path, relation.standings, second.path)
    }
}

extension Filter {
    /// All columns that are looked at.
    var paths: [ColumnPath] {
        guard case .compared(let path, _, let other) = self else { return [path] }
        return [path, other]
    }

    /// How one cell stands to another one, as the store has it; nil when either is missing.
    static func standing(
        _ first: Cell, _ second: Cell, types: (ColumnType, ColumnType), zone: Zone
    ) -> Standing? {
        switch (first, second) {
        case (.text(let first), .text(let second)): return first == second ? .equal : .above
        case (.number(let first), .number(let second)):
            func measured(_ number: Int64, _ own: ColumnType, _ other: ColumnType) -> Int128 {
                switch (own, other) {
                case (.instant, .day):
                    Int128(zone.day(of: Instant(microseconds: number)).number)
                case (.integer, .decimal(let scale)): Int128(number) * power(scale)
                case (.decimal(let own), .decimal(let other)):
                    Int128(number) * power(max(0, other - own))
                default: Int128(number)
                }
            }
            func power(_ exponent: Int) -> Int128 {
                (0..<exponent).reduce(1) { power, _ in power * 10 }
            }
            let left = measured(first, types.0, types.1)
            let right = measured(second, types.1, types.0)
            return left == right ? .equal : left < right ? .below : .above
        default: return nil
        }
    }
}

extension Schema {
    /// The type of what a path leads to.
    func type(of path: ColumnPath, in model: Model) -> ColumnType? {
        let own = model.column(path.column)?.type
        guard let attribute = path.attribute else { return own }
        guard case .reference(let target)? = own else { return nil }
        return models[target]?.column(attribute)?.type
    }

    /// The models whose rows a filter reads, the model itself included.
    func models(read filter: Filter, from model: Model) -> Set<String> {
        filter.paths.reduce(into: []) { $0.formUnion(models(read: $1, from: model)) }
    }
}
