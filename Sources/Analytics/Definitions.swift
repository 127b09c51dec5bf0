public import Store
public import Vocabulary

/// All metrics, dashboards and reports of a definitions folder, checked and ready to be asked.
///
/// A value is complete or does not exist: the loader throws at the first mistake. Whoever reloads
/// keeps the value at hand when the new files are broken, and shows why.
public struct Definitions: Sendable {
    /// The metrics by name.
    public let metrics: [String: Metric]
    /// The dimensions that are no columns, by name.
    public let dimensions: [String: BandDimension]
    /// The dashboards by name.
    public let dashboards: [String: Dashboard]
    /// The reports by name.
    public let reports: [String: Report]
    /// The reconciliations by name.
    public let reconciliations: [String: Reconciliation]
    /// The tables of values with dates, by name.
    public let tables: [String: ReferenceTable]
    /// What metrics are meant to reach.
    public let targets: [Target]
    /// Charts of accounts, and what of them companies use for what.
    let ledgers: [Ledger]
    /// What labels are in other languages, by language.
    public let words: [String: LabelWords]
    /// The models and companies that they speak of.
    public let schema: Schema

    /// Reads `reference/`, `metrics/`, `reconciliations/`, `dashboards/`, `reports/`, `targets/` and
    /// `words/` of a definitions folder.
    ///
    /// - Parameters:
    ///   - folder: The folder.
    ///   - schema: The models and companies.
    ///   - others: Paths of further dashboards, and the folder that advice names them from.
    /// - Throws: `Advice` with file, line, what is wrong and the nearest legal name.
    public init(
        folder: String, schema: Schema, besides others: (base: String, dashboards: [String])? = nil
    ) throws {
        func files(_ subfolder: String) throws -> [DefinitionNode] {
            try DefinitionFolder.files(in: subfolder, of: folder).map {
                try DefinitionNode(contentsOf: $0, relativeTo: folder)
            }
        }
        let added = try (others?.dashboards ?? []).map {
            try DefinitionNode(contentsOf: $0, relativeTo: others?.base ?? folder)
        }
        try self.init(
            metrics: files("metrics"), dashboards: files("dashboards") + added,
            reports: files("reports"), reconciliations: files("reconciliations"),
            reference: files("reference"), targets: files("targets"), words: files("words"),
            schema: schema)
    }

    /// Reads definitions from files already parsed.
    ///
    /// - Throws: `Advice` as `init(folder:schema:)`.
    public init(
        metrics: [DefinitionNode], dashboards: [DefinitionNode] = [],
        reports: [DefinitionNode] = [], reconciliations: [DefinitionNode] = [],
        reference: [DefinitionNode] = [], targets: [DefinitionNode] = [],
        words: [DefinitionNode] = [], schema: Schema
    ) throws {
        let tables = try Self.tables(reference)
        var reader = MetricReader(schema: schema, tables: tables)
        for file in metrics { try reader.add(file) }
        var reconciliationsByName: [String: Reconciliation] = [:]
        for file in reconciliations {
            let reconciliation = try Reconciliation(file, schema: schema)
            if let earlier = reconciliationsByName[reconciliation.name] {
                throw file.advice(
                    "reconciliation ‘\(reconciliation.name)’ is also defined in "
                        + earlier.place.file, remedy: "remove one")
            }
            reconciliationsByName[reconciliation.name] = reconciliation
        }
        let basis = Definitions(
            metrics: try reader.metrics(), dimensions: reader.dimensions, dashboards: [:],
            reports: [:], reconciliations: reconciliationsByName, tables: tables, targets: [],
            ledgers: try Self.ledgers(reference, schema), words: try LabelWords.words(words),
            schema: schema)
        var dashboardsByName: [String: Dashboard] = [:]
        for file in dashboards {
            let dashboard = try Dashboard(file, definitions: basis)
            if let earlier = dashboardsByName[dashboard.name] {
                throw file.advice(
                    "dashboard ‘\(dashboard.name)’ is also defined in \(earlier.place.file)",
                    remedy: "remove one")
            }
            dashboardsByName[dashboard.name] = dashboard
        }
        var reportsByName: [String: Report] = [:]
        for file in reports {
            let report = try Report(file, definitions: basis)
            if let earlier = reportsByName[report.name] {
                throw file.advice(
                    "report ‘\(report.name)’ is also defined in \(earlier.place.file)",
                    remedy: "remove one")
            }
            reportsByName[report.name] = report
        }
        self.init(
            metrics: basis.metrics, dimensions: basis.dimensions, dashboards: dashboardsByName,
            reports: reportsByName, reconciliations: reconciliationsByName, tables: tables,
            targets: try Target.targets(
                targets.flatMap {
                    try $0.mapping(allowing: ["targets"]).required("targets").sequence()
                }, definitions: basis),
            ledgers: basis.ledgers, words: basis.words, schema: schema)
    }

    private static func tables(_ files: [DefinitionNode]) throws -> [String: ReferenceTable] {
        var tables: [String: ReferenceTable] = [:]
        for file in files {
            let root = try file.mapping(allowing: ["tables", "ledgers"])
            // A file has one of the two at least.
            if root.optional("tables") == nil, root.optional("ledgers") != nil { continue }
            for table in try ReferenceTable.tables(root.required("tables")) {
                if let earlier = tables.updateValue(table, forKey: table.name) {
                    throw Advice(
                        .definition,
                        "table ‘\(table.name)’ is also defined at \(earlier.place)",
                        remedy: "remove one", at: table.place)
                }
            }
        }
        return tables
    }

    private static func ledgers(_ files: [DefinitionNode], _ schema: Schema) throws -> [Ledger] {
        var ledgers: [Ledger] = []
        for file in files {
            let root = try file.mapping(allowing: ["tables", "ledgers"])
            guard let node = root.optional("ledgers") else { continue }
            for ledger in try Ledger.ledgers(node, schema: schema) {
                if let earlier = ledgers.first(where: {
                    $0.name == ledger.name || !Set($0.companies).isDisjoint(with: ledger.companies)
                }) {
                    throw Advice(
                        .definition,
                        "the ledger ‘\(ledger.name)’ or one of its companies stands also at "
                            + "\(earlier.place)", remedy: "name it in one of them",
                        at: ledger.place)
                }
                ledgers.append(ledger)
            }
        }
        return ledgers
    }

    private init(
        metrics: [String: Metric], dimensions: [String: BandDimension],
        dashboards: [String: Dashboard], reports: [String: Report],
        reconciliations: [String: Reconciliation], tables: [String: ReferenceTable],
        targets: [Target], ledgers: [Ledger], words: [String: LabelWords], schema: Schema
    ) {
        self.tables = tables
        self.metrics = metrics
        self.dimensions = dimensions
        self.dashboards = dashboards
        self.reports = reports
        self.reconciliations = reconciliations
        self.targets = targets
        self.ledgers = ledgers
        self.words = words
        self.schema = schema
    }

    /// Hash of all tables, on which any converted answer may rest.
    public var tablesHash: String {
        DefinitionHash.of(tables.values.sorted { $0.name < $1.name }.map(\.hash))
    }

    /// The same definitions for other companies, and with tables, dimensions, metrics and targets of
    /// their own, as files of cases have them.
    ///
    /// Tables and metrics stand in the place of those at hand with the same names; targets stand alone.
    /// `sections` may hold any of `MetricReader.sections`.
    ///
    /// - Throws: `Advice` at the line of a mistake in those.
    func speaking(
        of companies: CompanyDirectory, tables tablesNode: DefinitionNode? = nil,
        metrics sections: DefinitionMapping? = nil, targets targetsNode: DefinitionNode? = nil
    ) throws -> Definitions {
        let schema = Schema(
            models: schema.models.values.sorted { $0.name < $1.name }, companies: companies)
        var tables = tables
        for table in try tablesNode.map(ReferenceTable.tables) ?? [] { tables[table.name] = table }
        var reader = MetricReader(extending: self, schema: schema, tables: tables)
        if let sections { try reader.add(sections: sections) }
        let metrics = try reader.metrics()
        func made(_ targets: [Target]) -> Definitions {
            Definitions(
                metrics: metrics, dimensions: reader.dimensions,
                dashboards: dashboards, reports: reports, reconciliations: reconciliations,
                tables: tables, targets: targets, ledgers: ledgers, words: words, schema: schema)
        }
        guard let targetsNode else { return made(targets) }
        return made(try Target.targets(targetsNode.sequence(), definitions: made([])))
    }

    /// These definitions and some metrics more, for questions that no file asks.
    func adding(_ more: [Metric]) -> Definitions {
        Definitions(
            metrics: more.reduce(into: metrics) { $0[$1.name] = $1 }, dimensions: dimensions,
            dashboards: dashboards, reports: reports, reconciliations: reconciliations,
            tables: tables, targets: targets, ledgers: ledgers, words: words, schema: schema)
    }

    /// The column that a query splits or filters by; nil for a dimension that is none of its own.
    ///
    /// - Throws: `Advice` that names the nearest legal column.
    func path(of name: String, in model: Model) throws -> ColumnPath? {
        guard let dimension = dimensions[name] else {
            if CalendarPart(name, models: [model]) != nil { return nil }
            return try schema.resolve(name, in: model).path
        }
        switch dimension.sources[model.name] {
        case .numbers(let path, _)?, .age(let path, _)?: return path
        case .novelty(let novelty)?: return ColumnPath(novelty.member)
        case nil: return nil
        }
    }

    /// Finds a metric.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest metric.
    public func metric(_ name: String) throws -> Metric {
        try Self.find(name, in: metrics, thing: "metric")
    }

    /// Finds a dashboard.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest dashboard.
    public func dashboard(_ name: String) throws -> Dashboard {
        try Self.find(name, in: dashboards, thing: "dashboard")
    }

    /// Finds a reconciliation.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest reconciliation.
    public func reconciliation(_ name: String) throws -> Reconciliation {
        try Self.find(name, in: reconciliations, thing: "reconciliation")
    }

    /// Finds a report.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest report.
    public func report(_ name: String) throws -> Report {
        try Self.find(name, in: reports, thing: "report")
    }

    /// The dashboards that have something to show to whoever looks through a snapshot, in order.
    ///
    /// A shop without a sales system is not offered the dashboard of one; what counts is the first
    /// card, for systems share models such as users.
    public func dashboards(withDataIn snapshot: Snapshot) -> [Dashboard] {
        dashboards.values.filter { $0.hasData(in: snapshot) }
            .sorted {
                ($0.position ?? .max, $0.title, $0.name) < ($1.position ?? .max, $1.title, $1.name)
            }
    }

    /// The reports that have something to show to whoever looks through a snapshot, by title.
    public func reports(withDataIn snapshot: Snapshot) -> [Report] {
        reports.values.filter { snapshot.lastCommit(of: $0.modelsTouched) > 0 }
            .sorted { ($0.title, $0.name) < ($1.title, $1.name) }
    }

    private static func find<Thing>(
        _ name: String, in things: [String: Thing], thing: String
    ) throws -> Thing {
        if let found = things[name] { return found }
        throw Advice(
            .unknown, "there is no \(thing) ‘\(name)’",
            remedy: Spelling.remedy(for: name, legal: things.keys))
    }
}
