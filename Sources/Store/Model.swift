public import Vocabulary

/// What a column of a model holds.
public enum ColumnType: Sendable, Hashable {
    /// Yes or no.
    case boolean
    /// A whole number.
    case integer
    /// An exact number with a fixed number of decimals (0–9).
    case decimal(scale: Int)
    /// An amount in minor units of the currency that the named column of the same row holds.
    case money(currency: String)
    /// A moment. Its local day in the company's zone is stored beside it.
    case instant
    /// A date without a time; never shifted between zones.
    case day
    /// One of few words, such as a status: kept as a code of a store-wide dictionary.
    case category
    /// Words of any kind.
    case text
    /// A row of another model, kept as a dense index within the row's company.
    case reference(model: String)
}

/// A column of a model.
public struct Column: Sendable, Hashable {
    /// Name in definitions, JSON and SQL: `final_amount`.
    public let name: String
    /// Heading for people.
    public let label: String
    /// What it holds.
    public let type: ColumnType
    /// Whether each of its changes is kept as a row of the model's history.
    public let hasHistory: Bool

    /// Describes a column; a text has no history.
    public init(name: String, label: String, type: ColumnType, hasHistory: Bool = false) {
        precondition(!hasHistory || type != .text, "a text column has no history")
        self.name = name
        self.label = label
        self.type = type
        self.hasHistory = hasHistory
    }
}

/// A table of ours, filled by mappings from any number of sources.
public struct Model: Sendable, Hashable {
    /// Name in definitions and SQL: `sale`.
    public let name: String
    /// Name for people.
    public let label: String
    /// The columns, in order; a row has one cell for each.
    public let columns: [Column]
    /// The instant or day column by which rows are usually asked for and segments are sorted.
    public let timeColumn: String?
    /// The model whose changes this one tells; nil for a model that mappings fill.
    public let historyOf: String?
    private let indices: [String: Int]

    /// Describes a model whose columns are known to be well formed.
    public init(name: String, label: String, columns: [Column], timeColumn: String?) {
        self.init(
            name: name, label: label, columns: columns, timeColumn: timeColumn, historyOf: nil)
    }

    init(name: String, label: String, columns: [Column], timeColumn: String?, historyOf: String?) {
        self.historyOf = historyOf
        self.name = name
        self.label = label
        self.columns = columns
        self.timeColumn = timeColumn
        self.indices = Dictionary(
            uniqueKeysWithValues: columns.enumerated().map { ($1.name, $0) })
    }

    /// The position of a column.
    public func index(of column: String) -> Int? { indices[column] }

    /// A column by name.
    public func column(_ name: String) -> Column? { indices[name].map { columns[$0] } }
}

/// All models and companies: what a store is opened with.
public struct Schema: Sendable {
    /// The models by name.
    public let models: [String: Model]
    /// The companies that rows may belong to.
    public let companies: CompanyDirectory

    /// Puts models and companies together.
    ///
    /// A model with columns whose history is kept brings a second model, named `<model>_history`.
    public init(models: [Model], companies: CompanyDirectory) {
        let given = models.filter { $0.historyOf == nil }
        self.models = Dictionary(
            uniqueKeysWithValues: (given + given.compactMap(\.history)).map { ($0.name, $0) })
        self.companies = companies
    }

    /// Finds a model.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest model.
    public func model(_ name: String) throws -> Model {
        if let model = models[name] { return model }
        throw Advice(
            .unknown, "there is no model ‘\(name)’",
            remedy: Spelling.remedy(for: name, legal: models.keys))
    }

    /// Reads `companies.yaml` and all files of `models/` in a definitions folder.
    ///
    /// - Throws: `Advice` with file and line for the first mistake.
    public init(definitions folder: String) throws {
        let companies = try CompanyDirectory(
            DefinitionNode(contentsOf: folder + "/companies.yaml", relativeTo: folder),
            folder: folder)
        var models: [Model] = []
        var places: [String: DefinitionNode] = [:]
        for path in DefinitionFolder.files(in: "models", of: folder) {
            let file = try DefinitionNode(contentsOf: path, relativeTo: folder)
            let root = try file.mapping(allowing: ["models"])
            for (key, value) in try root.required("models").entries() {
                let model = try Model(name: try key.identifier(), definition: value)
                guard places[model.name] == nil else {
                    throw key.advice(
                        "model ‘\(model.name)’ is declared twice", remedy: "remove one")
                }
                places[model.name] = value
                models.append(model)
            }
        }
        for model in models {
            guard let history = model.history, let node = places[history.name] else { continue }
            throw node.advice(
                "model ‘\(history.name)’ is made by the history of model ‘\(model.name)’",
                remedy: "give this model another name")
        }
        self.init(models: models, companies: companies)
        for model in models {
            for column in model.columns {
                if case .reference(let target) = column.type, self.models[target] == nil,
                    let node = places[model.name]
                {
                    throw node.advice(
                        "column ‘\(column.name)’ refers to model ‘\(target)’, which is not defined",
                        remedy: Spelling.remedy(for: target, legal: self.models.keys))
                }
            }
        }
    }
}

extension Model {
    private enum TypeName: String, CaseIterable {
        case boolean, integer, decimal, money, instant, day, category, text, reference
    }

    /// Reads one model of a definition file.
    ///
    /// ```yaml
    /// sale:
    ///   label: Sale
    ///   time: sold_at
    ///   columns:
    ///     status: {type: category}
    ///     net: {type: money, currency: currency}
    /// ```
    init(name: String, definition: DefinitionNode) throws {
        let fields = try definition.mapping(allowing: ["label", "time", "columns"])
        var columns: [Column] = []
        var nodes: [String: DefinitionNode] = [:]
        for (key, value) in try fields.required("columns").entries() {
            let columnName = try key.identifier()
            let entry = try value.mapping(allowing: [
                "type", "label", "currency", "scale", "to", "history",
            ])
            let type: ColumnType
            switch try entry.required("type").choice(TypeName.self, naming: "column type") {
            case .boolean: type = .boolean
            case .integer: type = .integer
            case .decimal: type = .decimal(scale: try entry.required("scale").integer(in: 0...9))
            case .money: type = .money(currency: try entry.required("currency").identifier())
            case .instant: type = .instant
            case .day: type = .day
            case .category: type = .category
            case .text: type = .text
            case .reference: type = .reference(model: try entry.required("to").identifier())
            }
            let spoken = columnName.replacing("_", with: " ")
            let label =
                try entry.optional("label")?.string() ?? spoken.prefix(1).uppercased()
                + spoken.dropFirst()
            let hasHistory = try entry.optional("history")?.boolean() ?? false
            if hasHistory, type == .text {
                throw value.advice(
                    "‘\(columnName)’ is a text, whose history cannot be kept",
                    remedy: "make it a category, or remove ‘history’")
            }
            columns.append(
                Column(name: columnName, label: label, type: type, hasHistory: hasHistory))
            nodes[columnName] = value
        }
        for column in columns {
            guard case .money(let currency) = column.type else { continue }
            guard columns.contains(where: { $0.name == currency && $0.type == .category }) else {
                throw (nodes[column.name] ?? definition).advice(
                    "‘\(currency)’ is not a category column of this model",
                    remedy: "add a column ‘\(currency): {type: category}’ that holds the currency")
            }
        }
        var timeColumn: String?
        if let time = fields.optional("time") {
            let wanted = try time.string()
            guard let column = columns.first(where: { $0.name == wanted }),
                column.type == .instant || column.type == .day
            else {
                let legal = columns.filter { $0.type == .instant || $0.type == .day }
                throw time.advice(
                    "‘\(wanted)’ is not an instant or day column of this model",
                    remedy: Spelling.remedy(for: wanted, legal: legal.map(\.name)))
            }
            timeColumn = wanted
        }
        self.init(
            name: name, label: try fields.optional("label")?.string() ?? name, columns: columns,
            timeColumn: timeColumn)
    }
}
