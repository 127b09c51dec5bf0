import Foundation
import Reports
import Vocabulary

/// The list of exports: how far each is, and what can be done with it.
struct ExportListPage: Sendable {
    /// One export.
    struct Entry: Sendable {
        let export: Export
        /// Who asked for it; nil for the reader's own.
        let owner: String?
        /// Links that are in force.
        let links: [ExportLink]
    }

    /// What surrounds it.
    let frame: PageFrame
    /// The exports, the latest first.
    let entries: [Entry]
    /// The zone on whose clock moments are told.
    let zone: Zone
    /// Why what was just asked for is not among them.
    var failure: Advice?
}

/// A form that asks for a report in the background.
struct BackgroundForm: Sendable, Hashable {
    /// The request in JSON, without a format.
    let request: String
    /// Rows of the report's largest table.
    let rows: Int
    /// The reader's form token.
    let formToken: String

    /// Rows from which on a page offers it: such a file takes longer than one likes to wait.
    static let offeredAbove = 50_000

    /// The values of its template.
    func values(_ words: [String: String], _ locale: ReportLocale) -> PageValues {
        [
            "w": words, "request": request, "formToken": formToken,
            "text": PageWord.largeReport.text(in: locale).replacing(
                "#", with: locale.number(ExactDecimal(rows), scale: 0)),
            "formats": [ReportFormat.xlsx, .csv, .pdf].map { format -> PageValues in
                ["code": format.rawValue, "title": format.rawValue.uppercased()]
            },
        ]
    }
}

extension PageRenderer {
    /// The list of exports as a whole page.
    func render(_ page: ExportListPage) -> PageBytes {
        let main = main(page)
        let isOpen = page.entries.contains { $0.export.state.isOpen }
        return PageBytes(
            html: document(
                main.html, title: main.title, frame: page.frame,
                // Without a script the page asks again by itself while something is under way.
                also: ["events": "/api/v1/events", "refresh": isOpen]), version: main.version,
            failures: [])
    }

    /// The `main` element of the list, for a page that is already open.
    func renderFragment(_ page: ExportListPage) -> PageBytes {
        let main = main(page)
        return PageBytes(html: Array(main.html.utf8), version: main.version, failures: [])
    }

    private func main(_ page: ExportListPage) -> Main {
        let locale = page.frame.locale
        let words = PageWord.table(for: locale)
        let title = PageWord.exports.text(in: locale)
        var parts = PageParts()
        parts.add("<h1>\(MarkupText.escaped(title))</h1>\n")
        if let failure = page.failure {
            parts.add(templates.render(.advice, ToldAdvice.values(failure, in: locale)))
        }
        if page.entries.isEmpty {
            let inner = templates.render(
                .empty,
                [
                    "title": PageWord.noExports.text(in: locale),
                    "advice": PageWord.noExportsAdvice.text(in: locale),
                ])
            parts.add("<div class=\"card empty\">\(inner)</div>\n")
        }
        for entry in page.entries {
            let inner = templates.render(.export, values(entry, page, words))
            parts.add("card export", "section", "export-\(entry.export.id)", inner)
        }
        let version = parts.version(under: title)
        let opening =
            "<main id=\"main\" tabindex=\"-1\" data-version=\"\(version)\" "
            + "data-follows=\"export\" data-title=\"\(MarkupText.escaped(title)) · reportd\">\n"
        return Main(
            html: opening + parts.html + "</main>", title: title, version: version, failures: [])
    }

    private func values(
        _ entry: ExportListPage.Entry, _ page: ExportListPage, _ words: [String: String]
    ) -> PageValues {
        let (export, locale) = (entry.export, page.frame.locale)
        func moment(_ instant: Instant) -> String {
            Self.moment(instant, zone: page.zone, locale: locale)
        }
        func count(_ number: Int) -> String { locale.number(ExactDecimal(number), scale: 0) }
        let rows =
            export.rowsInAll.map { all in
                let word = locale.word(.rows).lowercased()
                return export.state.isOpen
                    ? "\(count(export.rows)) / \(count(all)) \(word)" : "\(count(all)) \(word)"
            } ?? ""
        var facts = [moment(export.asked)]
        if let owner = entry.owner { facts.append(owner) }
        let chosen = export.request.chosen.filter { !["locale", "profile"].contains($0.name) }
        facts += chosen.map { "\($0.name) \($0.value)" }
        if !rows.isEmpty { facts.append(rows) }
        if export.state == .done, let file = export.file {
            facts.append(Self.size(file.bytes, locale))
        }
        if let expires = export.expires, export.state == .done {
            facts.append(
                PageWord.keptUntil.text(in: locale).replacing("#", with: moment(expires)))
        }
        let links = entry.links.map { link -> PageValues in
            [
                "linkID": link.id, "address": link.address ?? "",
                "about": PageWord.linkAbout.text(in: locale)
                    .replacing("#", with: moment(link.expires))
                    .replacing("@", with: count(link.downloads)),
            ]
        }
        let isDone = export.state == .done
        return [
            "w": words, "id": export.id,
            "title": "\(export.pin.title) · \(export.request.format.rawValue.uppercased())",
            "state": PageWord.state(of: export).text(in: locale),
            "stateName": export.state.rawValue,
            "facts": facts, "isOpen": export.state.isOpen,
            "percent": export.percent.map { "\($0)" as Any } ?? false,
            "reason": export.reason.map { Self.sentence($0, stop: true) as Any } ?? false,
            "download": isDone ? "/api/v1/exports/\(export.id)/download" : false,
            "canRemove": isDone || export.state.isOpen,
            "removeWord": (isDone ? PageWord.removeFile : .cancelExport).text(in: locale),
            "formToken": page.frame.viewer?.formToken ?? "", "hasLinks": !links.isEmpty,
            "exportLinks": links,
        ]
    }

    /// A size in the unit that leaves one to four digits.
    static func size(_ bytes: Int, _ locale: ReportLocale) -> String {
        let units = ["B", "KB", "MB", "GB", "TB"]
        var (size, unit) = (bytes, 0)
        while size >= 10_000, unit < units.count - 1 {
            (size, unit) = ((size + 512) / 1024, unit + 1)
        }
        return locale.number(ExactDecimal(size), scale: 0) + "\u{A0}" + units[unit]
    }
}

extension PageWord {
    /// The word for an export's state.
    static func state(of export: Export) -> PageWord {
        switch export.state {
        case .waiting: .exportWaiting
        case .running: .exportRunning
        case .done: .exportDone
        case .failed: .exportFailed
        case .cancelled: .exportCancelled
        case .removed: .exportRemoved
        }
    }
}
