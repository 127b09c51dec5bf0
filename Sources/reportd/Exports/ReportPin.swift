import Analytics
import Store
import Vocabulary

/// What a report rested on when it was asked for, so that it can be made later and be the same.
struct ReportPin: Sendable, Hashable, Codable {
    /// The choices, with the state and, where a period is closed, its days spelt out.
    let choices: ViewChoices
    /// The commit whose state holds the figures.
    let commit: UInt64
    /// The close that decided the state; nil where none did.
    let close: Int64?
    /// Hash of the report's definition and of the tables that it multiplies by.
    let definition: String
    /// Codes of the companies that are shown.
    let companies: [String]
    /// What its file is called for people.
    let title: String
}

extension AnswerDesk {
    /// Pins what a report rests on now.
    ///
    /// - Throws: `Advice` when there is no such report or the choices are impossible.
    func pin(
        _ name: String, _ choices: ViewChoices, scope: Scope, now: Instant
    ) throws -> ReportPin {
        let definitions = shelf.current.analytics
        let report = try definitions.report(name)
        _ = try choices.request()
        let newest = try newest(of: report.modelsTouched, choices, scope: scope)
        // The commit that the figures rest on: of an older state the store tells only that it is no
        // newer, once rows have changed again.
        let last = newest.lastCommit(of: report.modelsTouched)
        var (fixed, commit, id) = (choices, last > 0 ? last : newest.commit.number, Int64?.none)
        fixed.knownAt = "\(commit)"
        if let (close, asClosed) = try closing(
            choices, standard: report.period, newest.companies, now: now)
        {
            (fixed, commit, id) = (asClosed, close.commit, close.id)
        }
        return ReportPin(
            choices: fixed, commit: commit, close: id, definition: try definition(of: name),
            companies: newest.companies.map(\.code), title: report.title)
    }

    private func definition(of report: String) throws -> String {
        let definitions = shelf.current.analytics
        return try definitions.report(report).hash + definitions.tablesHash
    }

    /// A report as it was pinned.
    ///
    /// - Throws: `Advice` when its definition has changed since, or the store does not have the state
    ///   any more.
    func report(
        _ name: String, as pin: ReportPin, scope: Scope, now: Instant
    ) throws -> ReportDocument {
        guard try definition(of: name) == pin.definition else {
            throw Advice(
                .request, "the definition of ‘\(name)’ has changed since it was asked for",
                remedy: "ask for the export again")
        }
        guard let id = pin.close else {
            return try report(name, pin.choices, scope: scope, now: now)
        }
        guard let close = try closes.all().first(where: { $0.id == id }) else {
            throw Advice(
                .unknown, "the close that the export rests on is not in the state file",
                remedy: "ask for the export again")
        }
        return try closedReport(name, pin.choices, close, scope: scope)
    }
}
