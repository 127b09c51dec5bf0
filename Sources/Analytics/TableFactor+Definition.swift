import Store
import Vocabulary

extension TableFactor {
    /// What a `times:` says, and what it makes of the metric.
    struct Definition {
        let factor: TableFactor
        let content: BaseMetric.Content
        /// The columns that it reads beyond the one that is multiplied.
        let columns: [Column]
    }

    private enum Way: String, CaseIterable { case factor, included }

    /// Reads `times: {table: unit_cost, by: product, on: sold_at}`, or the same after `listed-in`.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    static func read(
        _ node: DefinitionNode, _ number: Column?, _ metric: DefinitionMapping, _ model: Model,
        _ schema: Schema, _ tables: [String: ReferenceTable]
    ) throws -> Definition {
        let fields = try node.mapping(allowing: ["table", "by", "on", "as"])
        let tableNode = try fields.required("table")
        let name = try tableNode.string()
        guard let table = tables[name] else {
            throw tableNode.advice(
                "there is no table ‘\(name)’",
                remedy: tables.isEmpty
                    ? "write one into reference/" : Spelling.remedy(for: name, legal: tables.keys))
        }
        var columns: [Column] = []
        let byNode = try fields.required("by")
        let key = try key(byNode, model, schema)
        if case .column(let path) = key {
            columns.append(try schema.resolve(path.description, in: model).column)
        }
        let day = try day(fields.optional("on"), metric, model)
        columns += [day].compactMap { $0 }
        let form = try form(fields, metric, table, number)
        let (content, power) = try content(form, tableNode, table, number)
        return Definition(
            factor: TableFactor(table: table, key: key, day: day?.name, power: power, form: form),
            content: try metric.required("kind").string() == "count" ? .other : content,
            columns: columns)
    }

    private static func form(
        _ fields: DefinitionMapping, _ metric: DefinitionMapping, _ table: ReferenceTable,
        _ number: Column?
    ) throws -> Form {
        if metric.optional("listed-in") != nil {
            if let way = fields.optional("as") {
                throw way.advice("‘as’ goes with ‘times’", remedy: "remove the word")
            }
            return .presence
        }
        guard let node = fields.optional("as"),
            try node.choice(Way.self, naming: "way to multiply") == .included
        else { return .value }
        guard case .numbers = table.content, case .money? = number?.type,
            table.values.values.joined().allSatisfy({ $0.value >= .zero })
        else {
            throw node.advice(
                "only shares from 0 on can be included, and only in amounts",
                remedy: "name a column of amounts, and a table of numbers that are not negative")
        }
        return .included
    }

    /// What products are, and the power of ten that makes whole numbers of them.
    private static func content(
        _ form: Form, _ node: DefinitionNode, _ table: ReferenceTable, _ number: Column?
    ) throws -> (BaseMetric.Content, power: Int) {
        var own: BaseMetric.Content
        let scale: Int
        switch number?.type {
        case .money(let currency)?: (own, scale) = (.money(currency: currency), 0)
        case .decimal(let decimals)?: (own, scale) = (.number(scale: decimals), decimals)
        default: (own, scale) = (.number(scale: 0), 0)
        }
        switch table.content {
        case .rates:
            throw node.advice(
                "table ‘\(table.name)’ holds exchange rates",
                remedy: "ask for the figure in a currency, as ‘currency: EUR’")
        case _ where form == .presence: return (own, 0)
        case .amounts(let currency):
            if case .money = own {
                throw node.advice(
                    "‘\(number?.name ?? "")’ is an amount, and so are the values of "
                        + "‘\(table.name)’",
                    remedy: "multiply numbers by amounts, or amounts by a table without a currency")
            }
            return (.amount(currency), currency.decimals - scale)
        case .numbers(let decimals):
            if case .money = own { return (own, 0) }
            guard decimals + scale <= ExactDecimal.maximumScale else {
                throw node.advice(
                    "products would have \(decimals + scale) decimals",
                    remedy: "round the values of ‘\(table.name)’")
            }
            own = .number(scale: decimals + scale)
            return (own, decimals)
        }
    }

    private static func key(
        _ node: DefinitionNode, _ model: Model, _ schema: Schema
    ) throws -> Key {
        let text = try node.string()
        if let word = CompanyWord(rawValue: text), model.column("company") == nil {
            return .company(word)
        }
        let resolved = try node.reading { try schema.resolve($0, in: model) }
        guard resolved.column.type == .category || resolved.column.type == .text else {
            throw node.advice(
                "column ‘\(text)’ holds \(resolved.column.type.word), and tables are looked up by "
                    + "words",
                remedy: "name a category or text column, or one of a row referred to, or "
                    + CompanyWord.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return .column(resolved.path)
    }

    /// The day column: as written, or else the one by which rows count.
    private static func day(
        _ node: DefinitionNode?, _ metric: DefinitionMapping, _ model: Model
    ) throws -> Column? {
        if let node, try node.string() == "period-end" { return nil }
        return try (node ?? metric.optional("date"))?.reading { try model.dateColumn($0) }
    }
}
