import Analytics
import Crypto
import Foundation
import Reports
import Store
import Vocabulary

/// Where pages, the API, mails and the command line get their answers: one place that puts
/// definitions, scope, snapshot and cache together.
///
/// It computes no figure itself.
final class AnswerDesk: Sendable {
    let store: Store
    let shelf: DefinitionShelf
    let clock: WallClock
    let cache: AnswerCache
    /// Answers that were given just now.
    let repeats = AnswerRepeats()
    /// The closed periods.
    let closes: CloseBook
    /// When open pages are told of commits.
    let pace = NewsPace()
    private let workbench = Workbench()
    /// Where it is looked up what an answer depends on: who has it already waits for no other answer.
    private let keys = Workbench()

    init(_ workplace: Workplace, cache: AnswerCache = AnswerCache()) {
        store = workplace.store
        shelf = workplace.shelf
        clock = workplace.clock
        closes = workplace.closes
        self.cache = cache
    }

    /// How the answers that are kept do.
    func cacheStanding() async -> AnswerCache.Standing {
        var standing = await cache.standing
        standing.repeats = repeats.given
        return standing
    }

    /// Runs blocking work aside.
    func aside<Result: Sendable>(
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await workbench.run(work)
    }

    // MARK: Dashboards

    /// A dashboard's figures for someone.
    ///
    /// The snapshot is that of the last commit that touched the rows concerned, so that a commit
    /// elsewhere changes nothing in the answer.
    func dashboard(
        _ name: String, _ choices: ViewChoices, for principal: Principal
    ) throws -> DashboardAnswer {
        try dashboard(name, choices, scope: principal.scope(in: store.schema))
    }

    /// A dashboard's figures within a scope.
    func dashboard(
        _ name: String, _ choices: ViewChoices, scope: Scope
    ) throws -> DashboardAnswer {
        let definitions = shelf.current.analytics
        let dashboard = try definitions.dashboard(name)
        let now = clock.now()
        let closing = try closing(
            choices, standard: dashboard.period,
            newest(of: dashboard.modelsTouched, choices, scope: scope).companies, now: now)
        let chosen = closing?.choices ?? choices
        let snapshot = try snapshot(of: dashboard.modelsTouched, chosen, scope: scope)
        return try definitions.dashboard(
            name, try chosen.request(), on: snapshot, now: closing?.close.closedAt ?? now)
    }

    /// A body made of a dashboard, from the cache when nothing it depends on has changed.
    ///
    /// `form` names what `write` makes of it: JSON, or a page in some language.
    func dashboardBody(
        _ name: String, _ choices: ViewChoices, for principal: Principal, form: String,
        write: @escaping @Sendable (DashboardAnswer) throws -> CachedAnswer
    ) async throws -> CachedAnswer {
        let definitions = shelf.current.analytics
        let dashboard = try definitions.dashboard(name)
        let key = try await keys.run { [self] in
            try self.key(
                "dashboard", name, dashboard.hash + definitions.tablesHash, form, choices,
                principal, models: dashboard.modelsTouched, standard: dashboard.period)
        }
        let scope = principal.scope(in: store.schema)
        pace.noteQuestion(of: scope)
        return try await cache.answer(for: key) { [self] in
            try await aside { [self] in
                let began = ContinuousClock.now
                defer { pace.note(cost: .now - began, of: scope) }
                return try write(try self.dashboard(name, choices, scope: scope))
            }
        }
    }

    // MARK: Reports

    /// A report's document for someone.
    func report(
        _ name: String, _ choices: ViewChoices, scope: Scope, now: Instant? = nil
    ) throws -> ReportDocument {
        let definitions = shelf.current.analytics
        let report = try definitions.report(name)
        let now = now ?? clock.now()
        if let (close, fixed) = try closing(
            choices, standard: report.period,
            newest(of: report.modelsTouched, choices, scope: scope).companies, now: now)
        {
            return try closedReport(name, fixed, close, scope: scope)
        }
        let snapshot = try snapshot(of: report.modelsTouched, choices, scope: scope)
        var document = try definitions.report(
            name, try choices.request(), on: snapshot, now: now
        ).document
        if report.isFrozenByCloses, let first = document.provenance.period?.start {
            document.blocks += try corrections(report, before: first, in: snapshot)
        }
        return document
    }

    // MARK: Snapshots and keys

    func snapshot(
        of models: Set<String>, _ choices: ViewChoices, scope: Scope
    ) throws -> Snapshot {
        let newest = try newest(of: models, choices, scope: scope)
        return try store.snapshot(
            newest.scope, at: .commit(newest.lastCommit(of: models)))
    }

    /// The asked state, of the companies that are meant.
    ///
    /// Without a choice, those are the companies that have rows of what is shown: a shop does not
    /// stand on the page of a sales system that it does not use.
    func newest(
        of models: Set<String>, _ choices: ViewChoices, scope: Scope
    ) throws -> Snapshot {
        let (selection, moment) = (try choices.selection(), try choices.moment())
        let all = try store.snapshot(scope, of: selection, at: moment)
        guard selection == .all else { return all }
        let codes = all.companies(with: models).map(\.code)
        return codes.isEmpty || codes.count == all.companies.count ? all : all.narrowed(to: codes)
    }

    func key(
        _ kind: String, _ name: String, _ definition: String, _ form: String,
        _ choices: ViewChoices, _ principal: Principal, models: Set<String>, standard: PeriodName
    ) throws -> AnswerKey {
        let snapshot = try newest(
            of: models, choices, scope: principal.scope(in: store.schema))
        // Named periods move on at each company's midnight.
        let now = clock.now()
        let days = snapshot.companies.map { "\($0.code):\($0.zone.day(of: now))" }
        let close = try closing(choices, standard: standard, snapshot.companies, now: now)?.close
        // Each part in its quotes, so that no two lists of parts become one text.
        let subject = [
            kind, name, form, "\(choices)", principal.role.rawValue,
            principal.userKey.map { "of \($0)" } ?? "",
        ]
        return AnswerKey(
            subject: APIText.texts(subject + principal.companies.sorted()),
            version: APIText.texts(
                [
                    definition, "\(snapshot.lastCommit(of: models))",
                    close.map { "closed \($0.id)" } ?? "open",
                ] + days))
    }
}
