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
    /// The tables of values with dates, by name.
    public let tables: [String: ReferenceTable]
    /// The models and companies that they speak of.
    public let schema: Schema

    /// Reads `reference/`, `metrics/`, `dashboards/` and `reports/` of a definitions folder.
    ///
    /// - Throws: `Advice` with file, line, what is wrong and the nearest legal name.
    public init(folder: String, schema: Schema) throws {
        func files(_ subfolder: String) throws -> [DefinitionNode] {
            try DefinitionFolder.files(in: subfolder, of: folder).map {
                try DefinitionNode(contentsOf: $0, relativeTo: folder)
            }
        }
        try self.init(
            metrics: files("metrics"), dashboards: files("dashboards"),
            reports: files("reports"), reference: files("reference"), schema: schema)
    }

    /// Reads definitions from files already parsed.
    ///
    /// - Throws: `Advice` as `init(folder:schema:)`.
    public init(
        metrics: [DefinitionNode], dashboards: [DefinitionNode] = [],
        reports: [DefinitionNode] = [], reference: [DefinitionNode] = [], schema: Schema
    ) throws {
        let tables = try Self.tables(reference)
        var reader = MetricReader(schema: schema, tables: tables)
        for file in metrics { try reader.add(file) }
        let basis = Definitions(
            metrics: try reader.metrics(), dimensions: reader.dimensions, dashboards: [:],
            reports: [:], tables: tables, schema: schema)
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
            reports: reportsByName, tables: tables, schema: schema)
    }

    private static func tables(_ files: [DefinitionNode]) throws -> [String: ReferenceTable] {
        var tables: [String: ReferenceTable] = [:]
        for file in files {
            let root = try file.mapping(allowing: ["tables"])
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

    private init(
        metrics: [String: Metric], dimensions: [String: BandDimension],
        dashboards: [String: Dashboard], reports: [String: Report],
        tables: [String: ReferenceTable], schema: Schema
    ) {
        self.tables = tables
        self.metrics = metrics
        self.dimensions = dimensions
        self.dashboards = dashboards
        self.reports = reports
        self.schema = schema
    }

    /// Hash of all tables, on which any converted answer may rest.
    public var tablesHash: String {
        DefinitionHash.of(tables.values.sorted { $0.name < $1.name }.map(\.hash))
    }

    /// The same definitions for other companies, and with tables and metrics of their own, as files of
    /// cases have them.
    ///
    /// - Throws: `Advice` at the line of a mistake in those.
    func speaking(
        of companies: CompanyDirectory, tables node: DefinitionNode? = nil,
        metrics own: DefinitionNode? = nil
    ) throws -> Definitions {
        let schema = Schema(
            models: schema.models.values.sorted { $0.name < $1.name }, companies: companies)
        var (tables, metrics) = (tables, metrics)
        for table in try node.map(ReferenceTable.tables) ?? [] { tables[table.name] = table }
        if let own {
            var reader = MetricReader(schema: schema, tables: tables)
            try reader.add(metrics: own)
            metrics.merge(try reader.metrics()) { $1 }
        }
        return Definitions(
            metrics: metrics, dimensions: dimensions, dashboards: dashboards, reports: reports,
            tables: tables, schema: schema)
    }

    /// The column that a query splits or filters by; nil for a dimension that is none of its own.
    ///
    /// - Throws: `Advice` that names the nearest legal column.
    func path(of name: String, in model: Model) throws -> ColumnPath? {
        guard let dimension = dimensions[name] else {
            return try schema.resolve(name, in: model).path
        }
        switch dimension.sources[model.name] {
        case .numbers(let path, _)?, .age(let path, _)?: return path
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

    /// Finds a report.
    ///
    /// - Throws: `Advice` of kind `unknown` that names the nearest report.
    public func report(_ name: String) throws -> Report {
        try Self.find(name, in: reports, thing: "report")
    }

    /// The dashboards that have something to show to whoever looks through a snapshot, by title.
    ///
    /// A shop without a sales system is not offered the dashboard of one.
    public func dashboards(withDataIn snapshot: Snapshot) -> [Dashboard] {
        dashboards.values.filter { snapshot.lastCommit(of: $0.modelsTouched) > 0 }
            .sorted { ($0.title, $0.name) < ($1.title, $1.name) }
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
