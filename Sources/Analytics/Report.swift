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
    /// Whether its paper begins with a cover.
    public let hasCover: Bool
    /// Whether closing a period freezes it.
    public let isFrozenByCloses: Bool
    /// Hash of the definition and of all metrics and columns that it shows.
    public let hash: String
    /// Where it is defined.
    public let place: Place
    /// Names of the models that it reads, for `Snapshot.lastCommit(of:)`.
    public let modelsTouched: Set<String>
    /// Whether one of its lists orders payments, so that it goes into a payment file.
    public let hasPayments: Bool
    /// Whether it holds bookkeeping entries, so that it goes into an audit file.
    public let hasEntries: Bool
    let blocks: [Block]

    enum Block: Sendable, Hashable {
        case card(Card)
        case register(Register)
        case journal(Journal)
        case reconciliation(name: String, title: String, of: String)
    }

    /// Reads a report file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ file: DefinitionNode, definitions: Definitions) throws {
        let fields = try file.mapping(allowing: [
            "report", "title", "description", "period", "compare", "currency", "close", "cover",
            "blocks",
        ])
        name = try fields.required("report").identifier()
        title = try fields.required("title").string()
        description = try fields.optional("description")?.string() ?? ""
        period = try fields.required("period").reading { try PeriodName($0) }
        comparison = try ComparisonChoice(fields.optional("compare")).resolved(over: nil)
        currency = try Card.currency(fields, definitions)
        hasCover = try fields.optional("cover")?.boolean() ?? false
        isFrozenByCloses = try fields.optional("close")?.boolean() ?? false
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
            } else if try Journal.isDefined(by: node) {
                let journal = try Journal(node, definitions: definitions)
                blocks.append(.journal(journal))
                touched.formUnion(journal.models)
                details += journal.columns.map { "\($0.path):\($0.type.word)" }
                details += definitions.ledgers.map(\.hash)
                blockName = journal.name
            } else {
                let card = try Card(node, definitions: definitions)
                touched.formUnion(try definitions.modelsTouched(by: card, period: period))
                details += try card.metrics.map { try definitions.metric($0).hash }
                blockName = card.name
                if let name = card.reconciliation {
                    details.append(try definitions.reconciliation(name).hash)
                    blocks.append(.reconciliation(name: card.name, title: card.title, of: name))
                } else {
                    blocks.append(.card(card))
                }
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
        let lists = blocks.filter {
            if case .register(let register) = $0 { register.payment != nil } else { false }
        }
        guard lists.count <= 1 else {
            throw try fields.required("blocks").advice(
                "two lists of the report are lists of payments",
                remedy: "make a report of each")
        }
        hasPayments = !lists.isEmpty
        hasEntries = blocks.contains { if case .journal = $0 { true } else { false } }
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
        var orders: PaymentOrders?
        var journals: [JournalBook.Journal] = []
        var problems: [String] = []
        for block in report.blocks {
            switch block {
            case .register(let register):
                let filled: FilledRegister
                if let roles = register.payment {
                    (filled, orders) = try register.payments(
                        roles, period: days, today: today, filters: request.filters,
                        definitions: self, with: reader)
                } else {
                    filled = try register.table(
                        period: days, today: today, filters: request.filters, definitions: self,
                        with: reader)
                }
                collected.add(
                    basis: register.basis, currencies: filled.currencies, remarks: filled.remarks)
                filters += register.conditions.filter { !filters.contains($0) }
                blocks.append(.table(filled.table))
            case .journal(let journal):
                let filled = try journal.filled(
                    period: days, today: today, filters: request.filters, definitions: self,
                    with: reader)
                collected.add(
                    basis: journal.basis, currencies: filled.currencies, remarks: filled.remarks)
                filters += journal.conditions.filter { !filters.contains($0) }
                blocks.append(.table(filled.table))
                journals.append(JournalBook.Journal(table: journal.name, kind: journal.kind))
                problems += filled.problems
            case .reconciliation(let name, let title, let definition):
                let query = MetricQuery(metrics: [], period: period, filters: request.filters)
                let answer = try reconcile(definition, query: query, on: snapshot, now: now)
                collected.add(answer)
                blocks.append(.figures(answer.figures))
                blocks.append(.table(answer.summary(name: name, title: title)))
                let exceptions = answer.exceptionTable(
                    name: "\(name)-exceptions", title: "\(title): exceptions")
                blocks.append(.table(exceptions))
            case .card(let card):
                let query = card.query(
                    period: period, comparison: comparison, filters: request.filters,
                    currency: request.currency ?? report.currency)
                let answer = try answer(card, query, with: reader, now: now, into: &collected)
                // A file that is signed has all its parts, or is not made.
                if let failure = answer.failure { throw failure }
                blocks += answer.blocks
            }
        }
        // Entries that are not complete or do not balance are no entries: nothing of them leaves.
        guard problems.isEmpty else {
            throw Advice(
                .input, "‘\(report.title)’ cannot be booked: \(problems.count) things are wrong",
                remedy: "complete the ledgers in queries/reference, or correct the rows",
                details: problems)
        }
        var document = ReportDocument(
            name: report.name, title: report.title,
            provenance: try collected.provenance(
                period: period, filters: filters, definition: report.hash, snapshot: snapshot,
                now: now),
            blocks: blocks)
        document.payments = orders
        document.book = journals.isEmpty ? nil : book(journals, of: snapshot.companies)
        document.hasCover = report.hasCover
        document.brand = schema.companies.brand(of: snapshot.companies)
        return ReportAnswer(
            document: document,
            dataCommit: snapshot.lastCommit(of: report.modelsTouched))
    }

    private func book(
        _ journals: [JournalBook.Journal], of companies: [Company]
    ) -> JournalBook {
        let company = companies.count == 1 ? companies.first : nil
        let ledger = company.flatMap { company in
            ledgers.first { $0.companies.contains(company.code) }
        }
        return JournalBook(
            company: company, accounts: ledger?.accounts ?? [], vatCodes: ledger?.vatCodes ?? [],
            journals: journals)
    }
}
