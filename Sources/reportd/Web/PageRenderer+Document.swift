import Reports
import Vocabulary

extension PageRenderer {
    /// A `main` element and what the page around it must know.
    struct Main {
        let html: String
        /// The title of the document.
        let title: String
        /// Hash of what stands in it.
        let version: String
        /// Why cards are missing in it.
        let failures: [Advice]
    }

    /// A whole page around the `main` element of a dashboard, as `renderFragment` writes it.
    func document(
        around main: [UInt8], frame: PageFrame, _ surroundings: DashboardSurroundings
    ) -> [UInt8] {
        let html = String(decoding: main, as: UTF8.self)
        guard let title = html.firstMatch(of: /data-title="([^"]*) · reportd"/) else {
            preconditionFailure("every main element of ours has a title")
        }
        return document(
            html, escapedTitle: String(title.output.1), frame: frame,
            also: values(surroundings, frame.locale))
    }

    /// What stands around a dashboard, for the template.
    private func values(
        _ page: DashboardSurroundings, _ locale: ReportLocale
    ) -> PageValues {
        let sources = page.sources.map { source -> PageValues in
            let word: PageWord? =
                switch source.state {
                case .live: nil
                case .late: .late
                case .lost: .lost
                }
            var values: PageValues = [
                "name": source.name, "title": source.title, "state": source.state.rawValue,
                "stateWord": word?.text(in: locale) ?? "", "upTo": false,
                "rate": PageWord.rate(rowsPerSecond: source.rowsPerSecond, in: locale),
                "problem": source.problem?.description ?? "",
            ]
            if let upTo = source.completeUpTo {
                let age = (page.now.microseconds - upTo.microseconds) / 1_000_000
                values["upTo"] = upTo.description
                values["age"] = PageWord.age(seconds: age, in: locale)
            }
            return values
        }
        return [
            "events": page.events.map { $0 as Any } ?? false, "hasSources": !sources.isEmpty,
            "poll": page.pollSeconds.map { "\($0)" as Any } ?? false,
            "sources": sources, "now": page.now.description,
            "changePath": page.changePath.map { $0 as Any } ?? false,
        ]
    }

    /// A whole page around a dashboard.
    func document(_ main: Main, page: DashboardPage) -> [UInt8] {
        document(
            main.html, title: main.title, frame: page.frame,
            also: values(page.surroundings, page.frame.locale))
    }

    /// A whole page around a `main` element.
    func document(
        _ main: String, title: String, frame: PageFrame, also more: PageValues = [:]
    ) -> [UInt8] {
        document(main, escapedTitle: MarkupText.escaped(title), frame: frame, also: more)
    }

    private func document(
        _ main: String, escapedTitle: String, frame: PageFrame, also more: PageValues
    ) -> [UInt8] {
        var values: PageValues = [
            "language": frame.locale.languageTag, "documentTitle": "\(escapedTitle) · reportd",
            "w": PageWord.table(for: frame.locale), "icon": assets.icon.path,
            "style": assets.style.path, "script": assets.script.path, "main": main,
            "isPlain": frame.viewer == nil && !frame.isGuest, "viewer": frame.viewer != nil,
            "viewerName": frame.viewer?.name ?? "", "formToken": frame.viewer?.formToken ?? "",
            "areas": PageFrame.Area.allCases.filter {
                switch $0 {
                case .exports: frame.viewer?.mayExport == true
                case .schedules: frame.viewer?.maySchedule == true
                case .people: frame.viewer?.mayAdminister == true
                default: true
                }
            }.map { area -> PageValues in
                let locale = frame.locale
                let title =
                    switch area {
                    case .dashboards: PageWord.dashboards.text(in: locale)
                    case .explore: PageWord.exploreArea.text(in: locale)
                    case .reports: PageWord.reports.text(in: locale)
                    case .exports: PageWord.exports.text(in: locale)
                    case .schedules: ScheduleWord.schedules.text(in: locale)
                    case .sources: PageWord.sources.text(in: locale)
                    case .people: PageWord.people.text(in: locale)
                    }
                return [
                    "path": area.path, "title": title,
                    "isCurrent": area == frame.area,
                ]
            },
            "events": false, "poll": false, "hasSources": false, "refresh": false,
            "changePath": false,
        ]
        values.merge(more) { $1 }
        return Array(templates.render(.layout, values).utf8)
    }

    /// A moment on a zone's clock, to the second.
    static func moment(_ instant: Instant, zone: Zone, locale: ReportLocale) -> String {
        let local = zone.local(instant)
        return locale.day(local.day) + " " + local.clock
    }
}
