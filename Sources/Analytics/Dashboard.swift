public import Store
public import Vocabulary

/// A page of cards: a definition of `queries/dashboards/`.
public struct Dashboard: Sendable, Hashable {
    /// Name in URLs: `sales`.
    public let name: String
    /// Heading for people.
    public let title: String
    /// What it shows, for whoever chooses among dashboards; may be empty.
    public let description: String
    /// Where it stands among the dashboards; those without a place come after, by title.
    let position: Int?
    /// The period shown when none is asked for.
    public let period: PeriodName
    /// The comparison shown when none is asked for.
    public let comparison: Comparison?
    /// The reporting currency when none is asked for.
    public let currency: ReportingCurrency?
    /// The cards, in order.
    public let cards: [Card]
    /// Hash of the definition and of all metrics that it shows.
    public let hash: String
    /// Where it is defined.
    public let place: Place
    /// Names of the models that it reads, for `Snapshot.lastCommit(of:)`.
    public let modelsTouched: Set<String>
    /// Those that each card reads, by the card's name.
    private let modelsOfCards: [String: Set<String>]

    /// Reads a dashboard file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ file: DefinitionNode, definitions: Definitions) throws {
        let fields = try file.mapping(allowing: [
            "dashboard", "title", "description", "position", "period", "compare", "currency",
            "cards",
        ])
        name = try fields.required("dashboard").identifier()
        title = try fields.required("title").string()
        description = try fields.optional("description")?.string() ?? ""
        position = try fields.optional("position")?.integer(in: 1...999)
        period = try fields.required("period").reading { try PeriodName($0) }
        comparison = try ComparisonChoice(fields.optional("compare")).resolved(over: nil)
        currency = try Card.currency(fields, definitions)
        var cards: [Card] = []
        for node in try fields.required("cards").sequence() {
            let card = try Card(node, definitions: definitions)
            guard !cards.contains(where: { $0.name == card.name }) else {
                throw node.advice("card ‘\(card.name)’ is defined twice", remedy: "rename one")
            }
            cards.append(card)
        }
        guard !cards.isEmpty else {
            throw try fields.required("cards").advice(
                "the dashboard has no cards", remedy: "add one, or delete the file")
        }
        self.cards = cards
        place = file.place
        let metrics = Set(cards.flatMap(\.metrics)).sorted()
        hash = DefinitionHash.of(
            [try file.canonicalText()] + (try metrics.map { try definitions.metric($0).hash })
                + cards.compactMap(\.reconciliation).compactMap {
                    definitions.reconciliations[$0]?.hash
                })
        var models: [String: Set<String>] = [:]
        for card in cards {
            models[card.name] = try definitions.modelsTouched(by: card, period: period)
        }
        modelsOfCards = models
        modelsTouched = models.values.reduce(into: []) { $0.formUnion($1) }
    }

    /// Whether there is anything to show: a row that the first card could depend on.
    func hasData(in snapshot: Snapshot) -> Bool {
        modelsOfCards[cards[0].name].map { snapshot.lastCommit(of: $0) > 0 } ?? false
    }

    /// The cards for those who are asked about: without the cards of systems that they do not have.
    ///
    /// Zeros of a till mean something to a shop, and nothing to who has none. That no row is put aside
    /// is worth knowing everywhere.
    func cards(for snapshot: Snapshot) -> [Card] {
        let own = cards.filter { card in
            card.form == .quarantine
                || modelsOfCards[card.name].map { snapshot.lastCommit(of: $0) > 0 } ?? true
        }
        return hasData(in: snapshot) ? own : cards
    }
}

/// What a reader chooses when they open a dashboard or a report.
public struct ViewRequest: Sendable, Hashable {
    /// The period; nil for that of the definition.
    ///
    /// Cards with a period of their own keep it.
    public var period: PeriodName?
    /// The comparison.
    ///
    /// Cards with a comparison of their own keep it.
    public var comparison: ComparisonChoice
    /// Conditions that apply to every card.
    public var filters: [Condition]
    /// The reporting currency; nil for that of the definition.
    ///
    /// Cards with a currency of their own keep it.
    public var currency: ReportingCurrency?

    /// Describes a choice; without arguments everything is as defined.
    public init(
        period: PeriodName? = nil, comparison: ComparisonChoice = .asDefined,
        filters: [Condition] = [], currency: ReportingCurrency? = nil
    ) {
        self.currency = currency
        self.period = period
        self.comparison = comparison
        self.filters = filters
    }
}

/// A dashboard with its figures, all of one snapshot.
public struct DashboardAnswer: Sendable {
    /// The definition.
    public let dashboard: Dashboard
    /// The cards, in order; without those of systems that nobody asked about has.
    public let cards: [CardAnswer]
    /// Where the figures come from; its period is that of the cards without one of their own.
    public let provenance: Provenance
    /// The newest commit that touched a row that the figures could depend on.
    public let dataCommit: UInt64
}

/// A card with its figures.
public struct CardAnswer: Sendable {
    /// What is shown.
    public enum Content: Sendable {
        /// Headline figures.
        case figures([Figure])
        /// Charts of the same thing, one for each currency; empty when there is nothing to draw.
        case charts([Chart])
        /// A table.
        case table(ResultTable)
        /// Why the card cannot be shown, while others can.
        case unavailable(Advice)
    }

    /// The definition.
    public let card: Card
    /// The question that was asked, for `Definitions.explain` and for the explorer.
    public let query: MetricQuery
    /// The days that the figures cover.
    public let period: Period
    /// The days that they are compared with.
    public let comparedWith: Period?
    /// Whether the last days of the period are still to come, so that its end is not final.
    public let isOpen: Bool
    /// What is shown.
    public let content: Content
    /// What is drawn of a table's figures; nil for nothing.
    public internal(set) var picture: Chart?
    /// Remarks that its reader must see.
    public let remarks: [String]

    /// Why the card cannot be shown; nil where it is.
    public var failure: Advice? {
        if case .unavailable(let advice) = content { advice } else { nil }
    }

    /// What is drawn of it: a chart for each currency, or the picture of a table's figures.
    public var charts: [Chart] {
        if case .charts(let charts) = content { charts } else { picture.map { [$0] } ?? [] }
    }

    /// The card as parts of a report; none where it cannot be shown.
    var blocks: [ReportDocument.Block] {
        switch content {
        case .figures(let figures): [.figures(figures)]
        case .charts(let charts): charts.map { .chart($0) }
        case .table(let table): (picture.map { [.chart($0)] } ?? []) + [.table(table)]
        case .unavailable: []
        }
    }
}

extension Definitions {
    /// Fills a dashboard from a snapshot.
    ///
    /// - Parameters:
    ///   - name: The dashboard.
    ///   - request: What the reader chose.
    ///   - snapshot: The state of the store and the companies that are asked about.
    ///   - now: The present moment.
    /// - Returns: The cards with their figures, in the order of the definition. A card that cannot be
    ///   computed says why in its place.
    /// - Throws: `Advice` when the dashboard does not exist, or no card of it can be computed.
    public func dashboard(
        _ name: String, _ request: ViewRequest = ViewRequest(), on snapshot: Snapshot, now: Instant
    ) throws -> DashboardAnswer {
        let dashboard = try dashboard(name)
        let reader = ScanReader(snapshot)
        let period = request.period ?? dashboard.period
        let comparison = request.comparison.resolved(over: dashboard.comparison)
        var collected = CollectedProvenance()
        let cards = try dashboard.cards(for: snapshot).map { card in
            let query = card.query(
                period: period, comparison: comparison, filters: request.filters,
                currency: request.currency ?? dashboard.currency)
            do {
                return try answer(card, query, with: reader, now: now, into: &collected)
            } catch let advice as Advice {
                return try unavailable(card, query, advice, snapshot, now: now)
            }
        }
        // A wrong period or condition is the reader's to mend, not each card's to complain of.
        let failures = cards.compactMap(\.failure)
        if let first = failures.first, failures.count == cards.count { throw first }
        return DashboardAnswer(
            dashboard: dashboard, cards: cards,
            provenance: try collected.provenance(
                period: period, filters: request.filters, definition: dashboard.hash,
                snapshot: snapshot, now: now),
            dataCommit: snapshot.lastCommit(of: dashboard.modelsTouched))
    }

    private func unavailable(
        _ card: Card, _ query: MetricQuery, _ advice: Advice, _ snapshot: Snapshot, now: Instant
    ) throws -> CardAnswer {
        let today = try Self.zone(of: snapshot.companies).day(of: now)
        let period = try FiscalCalendar.days(of: query.period, today: today, snapshot.companies)
        return CardAnswer(
            card: card, query: query, period: period, comparedWith: nil,
            isOpen: period.end > today, content: .unavailable(advice), remarks: [])
    }
}
