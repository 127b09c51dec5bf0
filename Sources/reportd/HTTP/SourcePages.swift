import HTTPTypes
import Hummingbird
import Ingest
import Reports
import Store
import Vocabulary

/// The page of sources: how current each is, and what of it is put aside.
///
/// Every reader may know how old figures are. Positions, what went wrong, and the rows that are put
/// aside are for administrators: nobody knows yet whose such a row is.
struct SourcePages: Sendable {
    let pages: PageRoutes

    func add(to router: Router<ReportContext>) {
        router.get("/sources") { request, context in
            try await pages.shown(request, context) { principal in
                try await page(request, principal)
            }
        }
    }

    private func page(_ request: Request, _ principal: Principal) async throws -> Response {
        var own = pages.frame(request, principal, .sources)
        // All labels here are ours; what definitions call something else by the same word is not meant.
        own.locale = own.locale.withoutWords
        let page = try await pages.desk.aside { [self, frame = own] in
            try pages.renderer.render(
                ReportPage(
                    frame: frame, path: "/sources",
                    document: try document(principal, frame.locale), downloads: [],
                    now: pages.desk.clock.now()))
        }
        return PageRoutes.html(page.html)
    }

    private func document(
        _ principal: Principal, _ locale: ReportLocale
    ) throws -> ReportDocument {
        let store = pages.desk.store
        let isAdmin = principal.role == .admin
        let snapshot = try store.snapshot(principal.scope(in: store.schema))
        let zones = Set(snapshot.companies.map(\.zone))
        var blocks: [ReportDocument.Block] = [
            .table(sources(tellingProblems: isAdmin, locale))
        ]
        if isAdmin { blocks.append(.table(try putAside(in: store, locale))) }
        return ReportDocument(
            name: "sources", title: PageWord.sources.text(in: locale),
            provenance: Provenance(
                companies: [], period: nil, zone: zones.count == 1 ? zones.first ?? .utc : .utc,
                basis: "", currency: "", commit: snapshot.commit.number,
                committedAt: snapshot.commit.time, generatedAt: pages.desk.clock.now(),
                definition: ""),
            blocks: blocks)
    }

    private func sources(tellingProblems: Bool, _ locale: ReportLocale) -> ResultTable {
        func column(
            _ name: String, _ word: PageWord, _ kind: ResultColumn.Kind, total: Bool = false
        ) -> ResultColumn {
            ResultColumn(name: name, label: word.text(in: locale), kind: kind, isTotalled: total)
        }
        var columns = [
            column("source", .source, .text), column("state", .sourceState, .text),
            column("complete", .completeUpTo, .instant),
            column("rate", .rowsPerSecond, .integer),
            column("aside", .rowsPutAside, .integer, total: true),
        ]
        if tellingProblems {
            columns += [
                column("position", .sourcePosition, .text), column("problem", .problem, .text),
            ]
        }
        let freshness = pages.sources.freshness(tellingProblems: tellingProblems)
        let statuses = pages.sources.statuses
        let rows = zip(freshness, statuses).map { fresh, status -> [Value] in
            let state: PageWord =
                fresh.completeUpTo == nil
                ? .notLoaded
                : fresh.state == .live ? .live : fresh.state == .late ? .late : .lost
            let known: [Value] = [
                .text(fresh.title), .text(state.text(in: locale)),
                fresh.completeUpTo.map(Value.instant) ?? .missing,
                .integer(Int64(fresh.rowsPerSecond)), .integer(Int64(status.quarantined)),
            ]
            guard tellingProblems else { return known }
            return known + [
                // What follows the first word tells us where to go on, and people nothing.
                status.position?.split(separator: " ").first.map { .text(String($0)) }
                    ?? .missing,
                fresh.problem.map { .text($0.description) } ?? .missing,
            ]
        }
        var footing = ResultFooting(columns: columns)
        for row in rows { footing.add(row) }
        return ResultTable(
            name: "sources", title: PageWord.sources.text(in: locale), columns: columns,
            rows: rows, totals: rows.count > 1 ? footing.totals : [])
    }

    private func putAside(in store: Store, _ locale: ReportLocale) throws -> ResultTable {
        let words: [(String, PageWord, ResultColumn.Kind)] = [
            ("source", .source, .text), ("table", .sourceTable, .text), ("key", .rowKey, .text),
            ("reason", .putAsideFor, .text),
        ]
        let rows = try store.quarantined().map { row -> [Value] in
            [
                .text(row.source), .text(row.table), .text(row.key),
                row.isKept ? .text(row.reason) : .missing,
            ]
        }
        return ResultTable(
            name: "quarantine", title: PageWord.rowsPutAside.text(in: locale),
            columns: words.map { name, word, kind in
                ResultColumn(name: name, label: word.text(in: locale), kind: kind)
            }, rows: rows)
    }
}
