import Store
import Vocabulary

extension BaseMetric {
    /// The column of the history that a condition on the followed column is about.
    func followedPath(in schema: Schema) throws -> String {
        let type = try course?.column.flatMap { try schema.model(model).column($0) }?.type
        var part = "from"
        if case .move? = course { part = "to" }
        return part + (type == .category ? "_word" : "_number")
    }
}

extension Register {
    /// The changes that stays and moves come from; nil for any other metric.
    ///
    /// Of moves that have lasted, later changes of the same rows are not told apart here.
    init?(followed metric: Metric, _ base: BaseMetric, schema: Schema) throws {
        let (name, from, to): (String, [Cell]?, [Cell]?)
        switch base.course {
        case .stay(let stay)? where !stay.isPresent:
            (name, from, to) = (stay.column, stay.values, nil)
        case .move(let move)?: (name, from, to) = (move.column, move.from, move.to)
        default: return nil
        }
        let model = try schema.model(base.model)
        let history = try schema.model(base.model + "_history")
        guard let column = model.column(name) else {
            preconditionFailure("a definition names columns that exist")
        }
        let isWord = column.type == .category
        let (before, after) = isWord ? ("from_word", "to_word") : ("from_number", "to_number")
        var conditions = [Condition("column", .among([name]))]
        func words(_ cells: [Cell]) -> [String] {
            cells.compactMap { cell in
                switch cell {
                case .text(let text): text
                case .number(let number): String(number)
                case .missing, .key, .reference: nil
                }
            }
        }
        if let from { conditions.append(Condition(before, .among(words(from)))) }
        if let to { conditions.append(Condition(after, .among(words(to)))) }
        if case .stay? = base.course, from == nil { conditions.append(Condition(before, .present)) }
        var columns: [Column] = []
        let known =
            model.columns.first { $0.name == "name" }
            ?? model.columns.first {
                $0.type == .text || $0.type == .category
            }
        if let known {
            columns.append(
                Column(
                    path: ColumnPath("row", known.name), type: known.type,
                    result: ResultColumn(name: "row", label: model.label, kind: .text),
                    currency: nil))
        }
        for (path, label) in [(before, "Before"), (after, "After")] {
            columns.append(
                Column(
                    path: ColumnPath(path), type: isWord ? .category : .integer,
                    result: ResultColumn(
                        name: path, label: "\(column.label) \(label.lowercased())",
                        kind: isWord ? .text : .integer), currency: nil))
        }
        columns.append(
            Column(
                path: ColumnPath("changed_at"), type: .instant,
                result: ResultColumn(name: "changed_at", label: "Changed", kind: .instant),
                currency: nil))
        self.init(
            name: metric.name, title: metric.label, model: history.name, date: "changed_at",
            basis: metric.basis,
            conditions: try conditions
                + Self.ofHistory(
                    base.conditions, column.name, base.followedPath(in: schema)),
            columns: columns, order: [RowRequest.Order(ColumnPath("changed_at"))],
            models: [model.name, history.name])
    }

    /// Conditions on rows as conditions on their changes.
    static func ofHistory(
        _ conditions: [Condition], _ column: String, _ followed: String
    ) throws -> [Condition] {
        try conditions.map { condition in
            func path(_ path: String) throws -> String {
                if path == column { return followed }
                guard !path.contains(".") else {
                    throw Advice(
                        .request, "changes cannot be listed by ‘\(path)’, which is two steps away",
                        remedy: "leave the condition out")
                }
                return "row." + path
            }
            guard case .compared(let relation, let other) = condition.test else {
                return Condition(try path(condition.path), condition.test)
            }
            return Condition(
                try path(condition.path), .compared(relation, try path(other)))
        }
    }
}
