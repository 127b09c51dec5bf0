import Analytics
import Reports
import Store
import Vocabulary

/// What a request to an endpoint asks for.
struct EndpointChoices: Sendable {
    /// Days, conditions and companies, as pages take them.
    var view = ViewChoices()
    /// What parameters say, with what they mean when they are left out.
    var words: [String: String] = [:]
}

/// How answers in an application's own shapes are made; the figures are those of metrics.
extension AnswerDesk {
    /// The companies that use an application, among those that someone may see.
    func companies(using api: ApplicationAPI, for principal: Principal) throws -> [Company] {
        try newest(
            of: [api.model], ViewChoices(), scope: principal.scope(in: store.schema)
        ).companies
    }

    /// An endpoint's answer in JSON, from the cache when nothing it depends on has changed.
    func body(
        of endpoint: Endpoint, in shape: Shape, of api: ApplicationAPI,
        _ choices: EndpointChoices, for principal: Principal
    ) async throws -> CachedAnswer {
        let standard = try endpoint.days?.standard ?? PeriodName("today")
        let key = try await aside { [self] in
            try self.key(
                "endpoint", endpoint.path,
                endpoint.hash + shelf.current.analytics.tablesHash,
                choices.words.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(
                    separator: "&"), choices.view, principal, models: endpoint.modelsTouched,
                standard: standard)
        }
        return try await cache.answer(for: key) { [self] in
            try await aside { [self] in
                try fill(shape, of: endpoint, of: api, choices, standard, for: principal)
            }
        }
    }

    private func fill(
        _ shape: Shape, of endpoint: Endpoint, of api: ApplicationAPI,
        _ choices: EndpointChoices, _ standard: PeriodName, for principal: Principal
    ) throws -> CachedAnswer {
        let definitions = shelf.current.analytics
        let scope = principal.scope(in: store.schema)
        let now = clock.now()
        let closing = try closing(
            choices.view, standard: standard,
            newest(of: endpoint.modelsTouched, choices.view, scope: scope).companies, now: now)
        let view = closing?.choices ?? choices.view
        let moment = closing?.close.closedAt ?? now
        let snapshot = try snapshot(of: endpoint.modelsTouched, view, scope: scope)
        guard let first = snapshot.companies.first else {
            throw Advice(
                .denied, "there is no company in view",
                remedy: "ask an administrator for access to a company")
        }
        let queries = try shape.queries(
            period: view.periodName() ?? standard, filters: view.filters(),
            currency: api.currency, words: choices.words, parameters: endpoint.parameters)
        let answers = try queries.map {
            try definitions.answer($0, on: snapshot, now: moment)
        }
        let text = try ShapeFilling(
            shape: shape, definitions: definitions, snapshot: snapshot,
            today: first.zone.day(of: moment), words: choices.words
        ).json(answers)
        var remarks: [String] = []
        for remark in answers.flatMap(\.provenance.remarks) where !remarks.contains(remark) {
            remarks.append(remark)
        }
        return CachedAnswer(
            body: Array((text + "\n").utf8),
            dataCommit: snapshot.lastCommit(of: endpoint.modelsTouched), remarks: remarks)
    }

    /// The first list of a report as CSV under the headings that people read, amounts without their
    /// currency, as the application writes it.
    func file(
        of report: String, _ view: ViewChoices, for principal: Principal
    ) throws -> [UInt8] {
        let document = try self.report(report, view, scope: principal.scope(in: store.schema))
        guard let table = document.tables.first else {
            throw Advice(
                .definition, "the report ‘\(report)’ has no list",
                remedy: "name a report with a list in the file of endpoints")
        }
        let columns = table.columns.map { column in
            ResultColumn(
                name: column.label, label: column.label,
                kind: column.kind == .money ? .decimal(scale: 2) : column.kind)
        }
        let plain = ResultTable(
            name: table.name, title: table.title, columns: columns, rowCount: table.rowCount,
            totals: []
        ) { body in
            try table.forEachBatch { rows in
                try body(
                    rows.map { row in
                        row.map { value in
                            if case .money(let money) = value { return .decimal(money.amount) }
                            return value
                        }
                    })
            }
        }
        var bytes: [UInt8] = []
        try CSVWriter(profile: .machine, zone: document.provenance.zone).write(plain) {
            bytes += $0
        }
        return bytes
    }
}
