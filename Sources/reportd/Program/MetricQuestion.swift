import Analytics
import Reports
import Store
import Vocabulary

/// A question for metrics as it comes from the command line or from a program.
struct MetricQuestion: Sendable {
    let query: MetricQuery
    let choices: ViewChoices

    /// Puts a question together from words.
    ///
    /// - Throws: `Advice` for words that mean nothing.
    init(
        metrics: [String], choices: ViewChoices, grain: String?, by: [String], order: String?,
        limit: Int?, hasTargets: Bool = false, forecast: String? = nil
    ) throws {
        guard !metrics.isEmpty else {
            throw Advice(
                .request, "no metric is named",
                remedy: "name one or more; GET /api/v1/metrics lists them")
        }
        var step: Grain?
        if let grain {
            guard let found = Grain(rawValue: grain) else {
                throw Advice(
                    .request, "‘\(grain)’ is not a grain",
                    remedy: Spelling.remedy(for: grain, legal: Grain.allCases.map(\.rawValue)))
            }
            step = found
        }
        var comparison: Comparison?
        if case .with(let chosen) = try choices.comparison() { comparison = chosen }
        var method: ForecastMethod?
        if let forecast {
            guard let found = ForecastMethod(rawValue: forecast) else {
                throw Advice(
                    .request, "‘\(forecast)’ is not a way to forecast",
                    remedy: Spelling.remedy(
                        for: forecast, legal: ForecastMethod.allCases.map(\.rawValue)))
            }
            method = found
        }
        self.choices = choices
        query = MetricQuery(
            metrics: metrics, period: try choices.periodName() ?? PeriodName("this-month"),
            grain: step, by: by, filters: try choices.filters(), comparison: comparison,
            order: order.map { MetricQuery.Order(parsing: $0) }, limit: limit,
            currency: try choices.reportingCurrency(), hasTargets: hasTargets, forecast: method)
    }

    /// The answer as one JSON object: a table and its provenance.
    func json(_ answer: MetricAnswer) throws -> String {
        let json = ReportJSON()
        var bytes: [UInt8] = []
        try json.write(answer.table(name: "answer", title: query.metrics.joined(separator: ", "))) {
            bytes += $0
        }
        return "{\"provenance\":\(json.text(answer.provenance)),"
            + "\"table\":\(String(decoding: bytes, as: UTF8.self))}\n"
    }
}

extension AnswerDesk {
    /// Answers a question within a scope.
    func answer(_ question: MetricQuestion, scope: Scope) throws -> MetricAnswer {
        let snapshot = try store.snapshot(
            scope, of: try question.choices.selection(), at: try question.choices.moment())
        return try shelf.current.analytics.answer(question.query, on: snapshot, now: clock.now())
    }
}

/// Choices of how a report is written.
enum ReportChoices {
    /// The output for a format, with words for locale and CSV profile.
    ///
    /// - Throws: `Advice` for a profile that does not exist.
    static func output(
        _ format: ReportFormat, locale: String?, profile: String?, table: String?,
        programs: [ImportProfile] = []
    ) throws -> ReportOutput {
        let program = programs.first { $0.name == profile }
        let chosen = try profile.map { name -> CSVProfile in
            if program != nil { return .machine }
            guard let profile = CSVProfile(rawValue: name) else {
                let legal = CSVProfile.allCases.map(\.rawValue) + programs.map(\.name)
                throw Advice(
                    .request, "‘\(name)’ is not a CSV profile",
                    remedy: Spelling.remedy(for: name, legal: legal))
            }
            return profile
        }
        return ReportOutput(
            format, locale: ReportLocale(locale ?? "en"),
            profile: chosen ?? .machine, table: table, program: program)
    }
}
