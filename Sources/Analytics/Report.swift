public import Store
public import Vocabulary

/// A report: a definition of `queries/reports/`.
public struct Report: Sendable, Hashable {
    /// Name in URLs and files: `sales-register`.
    public let name: String
    /// Heading for people.
    public let title: String
    /// What it shows, for whoever chooses among reports; may be empty.
    public let description: String
    /// The period when none is asked for.
    public let period: PeriodName
    /// The comparison when none is asked for.
    public let comparison: Comparison?
    /// The reporting currency when none is asked for.
    public let currency: ReportingCurrency?
    /// Hash of the definition and of all metrics and columns that it shows.
    public let hash: String
    /// Where it is defined.
    public let place: Place
    /// Names of the models that it reads, for `Snapshot.lastCommit(of:)`.
    public let modelsTouched: Set<String>
    let blocks: [Block]

    enum Block: Sendable, Hashable {
        case card(Card)
        case register(Register)
    }

    /// Reads a report file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ file: DefinitionNode, definitions: Definitions) throws {
        let fields = try file.mapping(allowing: [
            "report", "title", "description", "period", "compare", "currency",
            "blocks",
        ])
        name = try fields.required("report").identifier()
        title = try fields.required("title").string()
        description = try fields.optional("description")?.string() ?? ""
        period = try fields.required("period").reading { try PeriodName($0) }
        comparison = try ComparisonChoice(fields.optional("compare")).resolved(over: nil)
        currency = try Card.currency(fields, definitions)
        place = file.place
        var blocks: [Block] = []
        var names: Set<String> = []
        var touched: Set<String> = []
        var details = [try file.canonicalText()]
        for node in try fields.required("blocks").sequence() {
            let blockName: String
            if try Register.isDefined(by: node) {
                let register = try Register(node, definitions: definitions)
                blocks.append(.register(register))
                touched.formUnion(register.models)
                details += register.columns.map { "\($0.path):\($0.type.word)" }
                blockName = register.name
            } else {
                let card = try Card(node, definitions: definitions)
                blocks.append(.card(card))
                touched.formUnion(
                    try definitions.modelsTouched(
                        by: card.query(
                            period: period, comparison: nil, filters: [], currency: nil)))
                details += try card.metrics.map { try definitions.metric($0).hash }
                blockName = card.name
            }
            guard names.insert(blockName).inserted else {
                throw node.advice("block ‘\(blockName)’ is defined twice", remedy: "rename one")
            }
        }
        guard !blocks.isEmpty else {
            throw try fields.required("blocks").advice(
                "the report has no blocks", remedy: "add one, or delete the file")
        }
        self.blocks = blocks
        modelsTouched = touched
        hash = DefinitionHash.of(details)
    }
}

/// A report with its figures, all of one snapshot.
public struct ReportAnswer: Sendable {
    /// What every format of the report is made from.
    public let document: ReportDocument
    /// The newest commit that touched a row that the figures could depend on.
    public let dataCommit: UInt64
}

extension Definitions {
    /// Fills a report from a snapshot.
    ///
    /// Rows of registers are read when they are asked for, from the same snapshot.
    ///
    /// - Parameters:
    ///   - name: The report.
    ///   - request: What the reader chose.
    ///   - snapshot: The state of the store and the companies that are asked about.
    ///   - now: The present moment.
    /// - Returns: The document, and the commit that its figures rest on.
    /// - Throws: `Advice` when the report does not exist or a choice does not fit it.
    public func report(
        _ name: String, _ request: ViewRequest = ViewRequest(), on snapshot: Snapshot, now: Instant
    ) throws -> ReportAnswer {
        let report = try report(name)
        let reader = ScanReader(snapshot)
        let period = request.period ?? report.period
        let comparison = request.comparison.resolved(over: report.comparison)
        let today = try Self.zone(of: snapshot.companies).day(of: now)
        let days = try FiscalCalendar.days(of: period, today: today, snapshot.companies)
        var collected = CollectedProvenance()
        var blocks: [ReportDocument.Block] = []
        var filters = request.filters
        for block in report.blocks {
            switch block {
            case .register(let register):
                let filled = try register.table(
                    period: days, today: today, filters: request.filters, definitions: self,
                    with: reader)
                collected.add(
                    basis: register.basis, currencies: filled.currencies, remarks: filled.remarks)
                filters += register.conditions.filter { !filters.contains($0) }
                blocks.append(.table(filled.table))
            case .card(let card):
                let query = card.query(
                    period: period, comparison: comparison, filters: request.filters,
                    currency: request.currency ?? report.currency)
                let answer = try answer(card, query, with: reader, now: now, into: &collected)
                switch answer.content {
                case .figures(let figures): blocks.append(.figures(figures))
                case .charts(let charts): blocks += charts.map { .chart($0) }
                case .table(let table): blocks.append(.table(table))
                }
            }
        }
        return ReportAnswer(
            document: ReportDocument(
                name: report.name, title: report.title,
                provenance: try collected.provenance(
                    period: period, filters: filters, definition: report.hash, snapshot: snapshot,
                    now: now),
                blocks: blocks),
            dataCommit: snapshot.lastCommit(of: report.modelsTouched))
    }
}
