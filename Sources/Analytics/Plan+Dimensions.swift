import Store
import Vocabulary

extension PlannedDimension {
    /// Finds what a query splits by in every model involved.
    ///
    /// - Throws: `Advice` when a model lacks it or its values cannot be members.
    init(_ name: String, models: [Model], schema: Schema) throws {
        self.name = name
        if name == "company" {
            label = "Company"
            groups = Dictionary(uniqueKeysWithValues: models.map { ($0.name, .company) })
            type = nil
            nameColumn = nil
            return
        }
        var groups: [String: Group] = [:]
        var first: ResolvedColumn?
        for model in models {
            let found = try schema.resolve(name, in: model)
            try Self.check(found, name, model)
            if let first, first.column.type != found.column.type {
                throw Advice(
                    .request, "‘\(name)’ is not the same kind of column in all models of the query",
                    remedy: "ask for these metrics one after another")
            }
            first = first ?? found
            groups[model.name] = .value(found.path)
        }
        guard let first else { preconditionFailure("a query has metrics, and metrics have models") }
        self.groups = groups
        label = first.label
        type = first.column.type
        nameColumn = try Self.nameColumn(of: first, name, schema)
    }

    private static func check(_ found: ResolvedColumn, _ name: String, _ model: Model) throws {
        switch found.column.type {
        case .boolean, .integer, .day, .category, .text, .reference: return
        case .instant:
            throw Advice(
                .request, "figures cannot be split by ‘\(name)’, which holds moments",
                remedy: "ask for a grain such as day or month")
        case .decimal, .money:
            let legal = model.columns.filter { column in
                switch column.type {
                case .category, .reference, .boolean: true
                default: false
                }
            }
            throw Advice(
                .request, "figures cannot be split by ‘\(name)’, which holds quantities",
                remedy: "use one of: " + (["company"] + legal.map(\.name)).joined(separator: ", "))
        }
    }

    /// A row is known by its column `name`, or else by its first text.
    private static func nameColumn(
        of found: ResolvedColumn, _ name: String, _ schema: Schema
    ) throws -> String? {
        guard case .reference(let target) = found.column.type else { return nil }
        let model = try schema.model(target)
        if let column = model.column("name") { return column.name }
        if let column = model.columns.first(where: { $0.type == .text || $0.type == .category }) {
            return column.name
        }
        throw Advice(
            .request, "rows of model ‘\(target)’ have no name to be shown by",
            remedy: "split by one of its columns, as \(name).\(model.columns.first?.name ?? "…")")
    }
}
