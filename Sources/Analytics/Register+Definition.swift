import Store
import Vocabulary

extension Register {
    private enum Presentation: String, CaseIterable { case identifier, day, moment }

    /// Whether a block of a report is a register: its type is `rows`.
    static func isDefined(by node: DefinitionNode) throws -> Bool {
        try node.entries().contains { try $0.key.string() == "type" && $0.value.string() == "rows" }
    }

    /// Reads a register.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode, definitions: Definitions) throws {
        let fields = try node.mapping(allowing: [
            "name", "type", "title", "model", "date", "basis", "where", "columns", "order", "group",
            "payment",
        ])
        let schema = definitions.schema
        name = try fields.required("name").identifier()
        title = try fields.required("title").string()
        let model = try fields.required("model").reading { try schema.model($0) }
        self.model = model.name
        let dateColumn = try fields.optional("date")?.reading { try model.dateColumn($0) }
        date = dateColumn?.name
        basis =
            try fields.optional("basis")?.string()
            ?? dateColumn.map { "by \($0.label.lowercased())" } ?? "all rows, whatever the period"
        var models: Set<String> = [model.name]
        var conditions: [Condition] = []
        let terms = ConditionTerms(dimensions: definitions.dimensions, date: dateColumn)
        for (condition, key) in try fields.optional("where").map(Condition.conditions) ?? [] {
            let filter = try key.located {
                try condition.filter(for: model, in: schema, terms: terms)
            }
            models.formUnion(schema.models(read: filter, from: model))
            conditions.append(condition)
        }
        self.conditions = conditions
        var columns: [Column] = []
        for entry in try fields.required("columns").sequence() {
            let column = try Self.column(entry, model, schema)
            guard !columns.contains(where: { $0.result.name == column.result.name }) else {
                throw entry.advice(
                    "column ‘\(column.result.name)’ stands twice", remedy: "remove one")
            }
            models.formUnion(schema.models(read: column.path, from: model))
            columns.append(column)
        }
        self.columns = columns
        let currencies = Set(columns.compactMap(\.currency))
        if columns.contains(where: \.result.isTotalled), currencies.count > 1 {
            throw try fields.required("columns").advice(
                "amounts of this list take their currencies from different columns ("
                    + currencies.map(\.description).sorted().joined(separator: ", ") + ")",
                remedy: "leave one of them out, or remove the totals")
        }
        let order = try fields.optional("order").map { try Self.order($0, model, schema) } ?? []
        self.order = order
        group = try fields.optional("group").map { try Self.group($0, columns, order) }
        payment = try fields.optional("payment").map { try PaymentRoles($0, of: columns) }
        self.models = models
    }

    private static func column(
        _ node: DefinitionNode, _ model: Model, _ schema: Schema
    ) throws -> Column {
        let fields = try node.mapping(allowing: ["column", "label", "as", "total"])
        let pathNode = try fields.required("column")
        let text = try pathNode.string()
        let found = try pathNode.reading { try schema.resolve($0, in: model) }
        let presentation = try fields.optional("as")?.choice(
            Presentation.self, naming: "way to show a column")
        let kind: ResultColumn.Kind
        switch (found.column.type, presentation) {
        case (.text, .identifier?), (.category, .identifier?), (.integer, .identifier?):
            kind = .identifier
        case (.instant, .day?): kind = .day
        case (.instant, nil), (.instant, .moment?): kind = .instant
        case (.text, nil), (.category, nil): kind = .text
        case (.integer, nil): kind = .integer
        case (.decimal(let scale), nil): kind = .decimal(scale: scale)
        case (.money, nil): kind = .money
        case (.day, nil), (.day, .day?): kind = .day
        case (.boolean, nil): kind = .boolean
        case (.reference(let target), _):
            throw pathNode.advice(
                "‘\(text)’ refers to rows of ‘\(target)’",
                remedy: "show one of their columns, as ‘\(text).name’")
        case (let type, let presentation?):
            throw node.advice(
                "a column of type \(type.word) cannot be shown as \(presentation.rawValue)",
                remedy: "remove ‘as’")
        }
        let isTotalled = try fields.optional("total")?.boolean() ?? false
        if isTotalled, !found.column.type.isAddable || kind == .identifier {
            throw node.advice("‘\(text)’ cannot be added up", remedy: "remove ‘total’")
        }
        var currency: ColumnPath?
        if case .money(let name) = found.column.type {
            currency =
                found.path.attribute == nil
                ? ColumnPath(name) : ColumnPath(found.path.column, name)
        }
        return Column(
            path: found.path, type: found.column.type,
            result: ResultColumn(
                name: text.replacing(".", with: "_"),
                label: try fields.optional("label")?.string() ?? found.label, kind: kind,
                isTotalled: isTotalled),
            currency: currency)
    }

    private static func group(
        _ node: DefinitionNode, _ columns: [Column], _ order: [RowRequest.Order]
    ) throws -> String {
        let text = try node.string()
        let name = text.replacing(".", with: "_")
        guard let column = columns.first(where: { $0.result.name == name }) else {
            throw node.advice(
                "the list has no column ‘\(text)’ to group by",
                remedy: "add it to ‘columns’, or group by one of: "
                    + columns.map(\.result.name).joined(separator: ", "))
        }
        guard column.currency == nil else {
            throw node.advice(
                "‘\(text)’ is an amount, and no two rows need have the same one",
                remedy: "group by a column of words, days or numbers")
        }
        guard order.first?.path == column.path else {
            throw node.advice(
                "rows are grouped by ‘\(text)’ but not ordered by it",
                remedy: "let ‘order’ begin with ‘\(text)’, so that each group stands together")
        }
        return name
    }

    private static func order(
        _ node: DefinitionNode, _ model: Model, _ schema: Schema
    ) throws -> [RowRequest.Order] {
        try node.sequence().map { entry in
            let text = try entry.string()
            let isDescending = text.hasPrefix("-")
            let found = try entry.reading { text in
                try schema.resolve(isDescending ? String(text.dropFirst()) : text, in: model)
            }
            return RowRequest.Order(found.path, descending: isDescending)
        }
    }
}
