import Analytics
import Store
import Vocabulary

/// How closed periods decide which state is shown.
extension AnswerDesk {
    /// The close in force that covers a period of one company; the narrowest, if there are several.
    ///
    /// - Throws: `Advice` when the state file cannot be read.
    func close(
        covering name: PeriodName, _ companies: [Company], _ now: Instant
    ) throws -> PeriodClose? {
        guard companies.count == 1, let company = companies.first else { return nil }
        let closes = try closes.inForce(company.code)
        if closes.isEmpty { return nil }
        let days = try FiscalCalendar.days(of: name, today: company.zone.day(of: now), companies)
        return closes.filter { $0.covers(days) }
            .min { $0.first.distance(to: $0.last) < $1.first.distance(to: $1.last) }
    }

    /// What becomes of choices that ask for a closed period, and name no state themselves.
    ///
    /// They ask for its days and the state at which it was closed; nil where nothing is closed.
    func closing(
        _ choices: ViewChoices, standard: PeriodName, _ asked: @autoclosure () throws -> [Company],
        now: Instant
    ) throws -> (close: PeriodClose, choices: ViewChoices)? {
        guard choices.knownAt == nil, try closes.all().contains(where: \.isInForce) else {
            return nil
        }
        let companies = try asked()
        let name = try choices.periodName() ?? standard
        guard let close = try close(covering: name, companies, now) else { return nil }
        // Names of periods and conditions on ‘today’ mean the same for ever: as on the day it closed.
        let days = try FiscalCalendar.days(
            of: name, today: companies[0].zone.day(of: now), companies)
        var fixed = choices
        (fixed.period, fixed.from, fixed.to) = (nil, "\(days.start)", "\(days.last)")
        fixed.knownAt = "\(close.commit)"
        fixed.companies = companies.map(\.code)
        fixed.group = nil
        return (close, fixed)
    }

    /// A report as its period was closed, of the company alone.
    ///
    /// It is the same for ever: moment, state and days are those of the close.
    ///
    /// - Throws: `Advice` when the store does not have the state any more.
    func closedReport(
        _ name: String, _ choices: ViewChoices, _ close: PeriodClose, scope: Scope
    ) throws -> ReportDocument {
        let definitions = shelf.current.analytics
        let report = try definitions.report(name)
        let snapshot = try store.snapshot(
            scope, of: .companies([close.company]), at: .commit(close.commit))
        var document = try definitions.report(
            name, try choices.request(), on: snapshot, now: close.closedAt
        ).document
        document.provenance.notes.append(close.words)
        if let file = close.files.first(where: { $0.report == name }),
            file.definition != report.hash
        {
            document.provenance.remarks.append(
                "the definition has changed since the period was closed; the archived files hold "
                    + "what was shown then")
        }
        document.blocks += try corrections(report, before: close.first, in: snapshot) {
            // What was closed and open then decides, not what is so now.
            $0.closedAt < close.closedAt
                && $0.reopening.map { $0.time > close.closedAt } ?? true
        }
        return document
    }

    /// The tables of corrections that belong to a report of an open period: what has changed of
    /// earlier closed ones since the latest close.
    ///
    /// A report that no close freezes has none. `counts` says which closes are looked at: a period that
    /// was closed keeps the corrections it had then.
    func corrections(
        _ report: Report, before first: LocalDay, in snapshot: Snapshot,
        counts: (PeriodClose) -> Bool = \.isInForce
    ) throws -> [ReportDocument.Block] {
        guard report.isFrozenByCloses, snapshot.companies.count == 1,
            let company = snapshot.companies.first
        else { return [] }
        let closes = try closes.all().filter { close in
            close.company == company.code && counts(close)
                && close.commit <= snapshot.commit.number
        }
        let earlier = closes.filter { $0.last < first && !$0.reports.isEmpty }
        // What changed up to the latest close was told in the reports that it froze.
        guard let newest = closes.map(\.commit).max(), !earlier.isEmpty else { return [] }
        let definitions = shelf.current.analytics
        let before = try store.snapshot(snapshot.scope, at: .commit(newest))
        let closed = try earlier.compactMap { close -> ClosedFigures? in
            let known = close.reports.compactMap { definitions.reports[$0] }
            let models = known.reduce(into: Set<String>()) { $0.formUnion($1.modelsTouched) }
            guard snapshot.lastCommit(of: models) > newest else { return nil }
            return try definitions.closedFigures(
                of: known.map(\.name),
                over: try Period(from: close.first, upTo: close.last.adding(days: 1)),
                from: before, to: snapshot, now: close.closedAt)
        }
        return Definitions.corrections(closed).map { .table($0) }
    }
}
