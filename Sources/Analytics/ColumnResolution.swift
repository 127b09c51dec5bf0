import Store
import Vocabulary

/// A column as a definition or a query names it, found in the schema.
struct ResolvedColumn: Hashable {
    /// The path that the store understands.
    let path: ColumnPath
    /// The column that holds the value: of the model itself, or of the row referred to.
    let column: Column
    /// The words above it: `Customer kind`.
    let label: String
}

extension Schema {
    /// Finds `status` or `customer.kind` in a model.
    ///
    /// - Throws: `Advice` that names the nearest legal column.
    func resolve(_ text: String, in model: Model) throws -> ResolvedColumn {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.first, let column = model.column(name) else {
            throw Advice(
                .request, "model ‘\(model.name)’ has no column ‘\(parts.first ?? text)’",
                remedy: Spelling.remedy(
                    for: parts.first ?? text, legal: model.columns.map(\.name)))
        }
        if parts.count == 1 {
            return ResolvedColumn(path: ColumnPath(name), column: column, label: column.label)
        }
        guard case .reference(let targetName) = column.type else {
            throw Advice(
                .request, "column ‘\(name)’ of model ‘\(model.name)’ refers to no other model",
                remedy: "write ‘\(name)’ alone")
        }
        let target = try self.model(targetName)
        guard parts.count == 2, let attribute = target.column(parts[1]) else {
            let wanted = parts.dropFirst().joined(separator: ".")
            throw Advice(
                .request,
                "model ‘\(targetName)’, to which ‘\(name)’ refers, has no column "
                    + "‘\(wanted)’",
                remedy: Spelling.remedy(for: wanted, legal: target.columns.map(\.name)))
        }
        if case .reference = attribute.type {
            throw Advice(
                .request, "‘\(text)’ is itself a reference, and paths have one step only",
                remedy: "use another column of model ‘\(targetName)’")
        }
        let words = attribute.label.prefix(1).lowercased() + attribute.label.dropFirst()
        return ResolvedColumn(
            path: ColumnPath(name, attribute.name), column: attribute,
            label: attribute.name == "name" ? column.label : "\(column.label) \(words)")
    }

    /// The models whose rows a path reads, the model itself included.
    func models(read path: ColumnPath, from model: Model) -> Set<String> {
        guard case .reference(let target)? = model.column(path.column)?.type else {
            return [model.name]
        }
        return [model.name, target]
    }
}

extension Model {
    /// The columns that can say on which day a row counts.
    var dateColumns: [Column] { columns.filter { $0.type == .instant || $0.type == .day } }

    /// Finds an instant or day column.
    ///
    /// - Throws: `Advice` that names the legal ones.
    func dateColumn(_ name: String) throws -> Column {
        if let found = dateColumns.first(where: { $0.name == name }) { return found }
        throw Advice(
            .request, "‘\(name)’ is not an instant or day column of model ‘\(self.name)’",
            remedy: Spelling.remedy(for: name, legal: dateColumns.map(\.name)))
    }
}

extension ColumnType {
    /// The word that model files use for the type.
    var word: String {
        switch self {
        case .boolean: "boolean"
        case .integer: "integer"
        case .decimal(let scale): "decimal(\(scale))"
        case .money(let currency): "money(\(currency))"
        case .instant: "instant"
        case .day: "day"
        case .category: "category"
        case .text: "text"
        case .reference(let model): "reference(\(model))"
        }
    }

    /// Whether values of the type can be added.
    var isAddable: Bool {
        switch self {
        case .integer, .decimal, .money: true
        case .boolean, .instant, .day, .category, .text, .reference: false
        }
    }
}
