import Reports
import Vocabulary

/// A page as bytes.
struct PageBytes: Sendable {
    /// The HTML document, or `main` alone.
    let html: [UInt8]
    /// Changes whenever `main` does, and only then; the value for `ETag`, without its quotes.
    ///
    /// It says nothing about the rest of a whole page (viewer, sources), so that only a fragment
    /// may be answered with 304.
    let version: String
    /// Why cards could not be shown; they say so in their places.
    ///
    /// The caller logs them, and does not keep a page with failures as an answer to others.
    let failures: [Advice]
}

/// Turns pages into HTML.
///
/// Values go in and bytes come out: it asks nobody anything and does not know what time it is.
/// Making one parses all templates, so one is kept for the life of the program.
struct PageRenderer: Sendable {
    /// The files that pages refer to; whoever serves pages serves these as well.
    let assets = PageAssets()
    let templates = PageTemplates()

    /// A dashboard as a whole page.
    ///
    /// - Throws: What a table's rows threw that is no `Advice`; an `Advice` is shown in the card.
    func render(_ page: DashboardPage) throws -> PageBytes {
        let main = try self.main(page)
        return PageBytes(
            html: document(main, page: page), version: main.version, failures: main.failures)
    }

    /// The `main` element of a dashboard, for a page that is already open.
    ///
    /// - Throws: As `render(_:)`.
    func renderFragment(_ page: DashboardPage) throws -> PageBytes {
        let main = try self.main(page)
        return PageBytes(
            html: Array(main.html.utf8), version: main.version, failures: main.failures)
    }

    /// A question being put together as a whole page.
    ///
    /// - Throws: As for a dashboard.
    func render(_ page: ExplorePage) throws -> PageBytes {
        let main = try self.main(page)
        return PageBytes(
            html: document(main.html, title: main.title, frame: page.frame), version: main.version,
            failures: main.failures)
    }

    /// A report as a whole page.
    ///
    /// - Throws: As for a dashboard.
    func render(_ page: ReportPage) throws -> PageBytes {
        let main = try self.main(page)
        return PageBytes(
            html: document(main.html, title: main.title, frame: page.frame), version: main.version,
            failures: main.failures)
    }

    /// The `main` element of a report.
    ///
    /// - Throws: As for a dashboard.
    func renderFragment(_ page: ReportPage) throws -> PageBytes {
        let main = try self.main(page)
        return PageBytes(
            html: Array(main.html.utf8), version: main.version, failures: main.failures)
    }

    /// The list of reports.
    func render(_ page: ReportListPage) -> [UInt8] {
        let words = PageWord.table(for: page.frame.locale)
        let entries = page.reports.map { report -> PageValues in
            [
                "title": report.title, "path": report.path,
                "downloads": Self.links(report.downloads),
                "summary": report.summary.isEmpty ? false : report.summary,
            ]
        }
        let html = templates.render(
            .reports, ["w": words, "hasReports": !entries.isEmpty, "reports": entries])
        return document(
            html, title: PageWord.reports.text(in: page.frame.locale), frame: page.frame)
    }

    /// The page on which people sign in.
    func render(_ page: SignInPage) -> [UInt8] {
        let own: PageValues = [
            "w": PageWord.table(for: page.frame.locale), "action": page.action,
            "formToken": page.formToken, "next": page.next, "name": page.name,
            "hasName": !page.name.isEmpty, "hasPassword": page.hasPassword,
            "provider": page.provider.map { link -> Any in
                let words = PageWord.signInWith.text(in: page.frame.locale)
                return [
                    "path": link.path, "title": words.replacing("#", with: link.title),
                    "isOnly": !page.hasPassword,
                ] as [String: Any]
            } ?? false,
        ]
        let html = templates.render(
            .signIn,
            own.merging(ToldAdvice.values(page.failure, in: page.frame.locale)) { $1 })
        return document(
            html, title: PageWord.signIn.text(in: page.frame.locale), frame: page.frame)
    }

    /// A problem and what to do about it.
    func render(_ page: ErrorPage) -> [UInt8] {
        let locale = page.frame.locale
        let told = ToldAdvice(page.advice, in: locale)
        let html = templates.render(
            .error,
            [
                "w": PageWord.table(for: locale), "status": page.status,
                "happened": told.heading, "isEnglish": told.isEnglish,
                "detailsAreEnglish": locale.language != .english,
                "place": page.advice.place.map { $0.description as Any } ?? false,
                "remedy": told.remedy.isEmpty ? false : told.remedy as Any,
                "hasDetails": !page.advice.details.isEmpty,
                "details": page.advice.details.map { Self.sentence($0) },
                "linkPath": page.link?.path ?? PageFrame.Area.dashboards.path,
                "linkTitle": page.link?.title ?? PageWord.toDashboards.text(in: locale),
                "requestID": page.requestID.map { $0 as Any } ?? false,
            ])
        return document(html, title: told.heading, frame: page.frame)
    }

    /// A text as a sentence: a capital at its beginning and a full stop at its end.
    static func sentence(_ text: String, stop: Bool = true) -> String {
        let whole = text.prefix(1).uppercased() + text.dropFirst()
        return stop && whole.last.map({ !".?!".contains($0) }) == true ? whole + "." : whole
    }

    static func links(_ links: [PageLink]) -> [PageValues] {
        links.map { link in
            [
                "title": link.title, "path": link.path, "isCurrent": link.isCurrent,
                "isFile": link.isFile,
            ]
        }
    }
}
