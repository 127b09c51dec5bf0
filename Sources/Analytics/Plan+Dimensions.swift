import Store
import Vocabulary

extension PlannedDimension {
    /// Finds what a query splits by in every model involved.
    ///
    /// - Throws: `Advice` when a model lacks it or its values cannot be members.
    init(
        _ name: String, models: [Model], definitions: Definitions, mayBeQuantities: Bool
    ) throws {
        let schema = definitions.schema
        if let dimension = definitions.dimensions[name] {
            self = try PlannedDimension(dimension, models: models)
            return
        }
        if let part = CalendarPart(name, models: models) {
            self = PlannedDimension(part, models: models)
            return
        }
        self.name = name
        (labels, definition) = (nil, nil)
        if name == "company" {
            label = "Company"
            groups = Dictionary(uniqueKeysWithValues: models.map { ($0.name, .group(.company)) })
            type = nil
            nameColumn = nil
            return
        }
        var groups: [String: PlannedGroup] = [:]
        var first: ResolvedColumn?
        for model in models {
            let found = try schema.resolve(name, in: model)
            if !mayBeQuantities || !found.column.type.isAddable {
                try Self.check(found, name, model)
            }
            if let first, first.column.type != found.column.type {
                throw Advice(
                    .request, "‘\(name)’ is not the same kind of column in all models of the query",
                    remedy: "ask for these metrics one after another")
            }
            first = first ?? found
            groups[model.name] = .group(.value(found.path))
        }
        guard let first else { preconditionFailure("a query has metrics, and metrics have models") }
        self.groups = groups
        label = first.label
        type = first.column.type
        nameColumn = try Self.nameColumn(of: first, name, schema)
    }

    private init(_ dimension: BandDimension, models: [Model]) throws {
        var groups: [String: PlannedGroup] = [:]
        for model in models {
            groups[model.name] =
                switch try dimension.source(of: model) {
                // A number lies in the band of the first bound that it does not exceed.
                case .numbers(let path, let bounds):
                    .group(.band(path, bounds: bounds.map { $0 + 1 }))
                case .age(let path, let bounds): .age(path, bounds: bounds)
                case .novelty(let novelty): .group(.novelty(novelty))
                }
        }
        self.init(
            name: dimension.name, label: dimension.label, groups: groups,
            labels: dimension.labels, definition: dimension.hash, type: .integer, nameColumn: nil)
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
