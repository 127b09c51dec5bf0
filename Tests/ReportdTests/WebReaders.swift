import Counterparts
import Foundation
import Reports
import Vocabulary

@testable import reportd

/// Pages written to a folder, and the programs that read them: a strict parser and a browser.
final class WebFolder {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Answer: Decodable {
        let problems: [String]
    }

    /// As `web_pages.py` names them: width and colour scheme.
    private static let allScreens = ["1440 light", "1440 dark", "390 light", "320 dark"]

    private let url: URL

    /// Renders all sample pages into a folder of this test's own.
    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "pages-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let renderer = PageRenderer()
        let dashboard = try renderer.render(WebSamples.dashboard())
        let changed = WebSamples.dashboard(revenue: "1190000.00", commit: 18_205)
        let last = WebSamples.dashboard(commit: 18_206, cards: [])
        let hostile = [WebSamples.hostile]
        let pages = [
            try write("dashboard", dashboard.html, phrases: hostile, screens: Self.allScreens),
            try write(
                "dashboard-da",
                try renderer.render(WebSamples.dashboard(locale: .init("da"))).html,
                phrases: ["1.187.430,50\u{A0}kr.", "Sammenlign med"], screens: ["390 light"]),
            try write(
                "dashboard-nl",
                try renderer.render(WebSamples.dashboard(locale: .init("nl"))).html,
                phrases: ["DKK\u{A0}1.187.430,50", "Vergelijk met"], screens: []),
            try write(
                "troubled", try renderer.render(WebSamples.troubled).html,
                screens: ["1440 dark", "390 light"]),
            try write(
                "report", try renderer.render(WebSamples.report(rows: 12)).html,
                screens: Self.allScreens),
            try write("reports", renderer.render(WebSamples.reports)),
            try write("sign-in", renderer.render(WebSamples.signIn)),
            try write(
                "sign-in-failed", renderer.render(WebSamples.signInFailed),
                screens: ["1440 light", "320 dark"]),
            try write(
                "problem", renderer.render(WebSamples.problem),
                phrases: ["There is no company ‘rendetalj’", "Did you mean ‘rendetalje’?"],
                secrets: ["SELECT"]),
            try write(
                "people", renderer.render(WebSamples.people), phrases: hostile,
                screens: Self.allScreens),
            try write(
                "grants", renderer.render(WebSamples.grants), phrases: hostile,
                screens: Self.allScreens),
            try write("account", renderer.render(WebSamples.account), phrases: hostile),
            try write("password", renderer.render(WebSamples.password), phrases: hostile),
            try write("forgotten", renderer.render(WebSamples.forgotten), phrases: hostile),
            try write("empty", try renderer.render(WebSamples.empty).html),
        ]
        var states: [[String: Any]] = []
        for (index, page) in [WebSamples.dashboard(), changed, last].enumerated() {
            let whole = try renderer.render(page)
            let fragment = try renderer.renderFragment(page)
            try Data(whole.html).write(to: url.appending(path: "live-\(index).html"))
            try Data(fragment.html).write(to: url.appending(path: "live-\(index).fragment"))
            states.append([
                "page": "live-\(index).html", "fragment": "live-\(index).fragment",
                "version": fragment.version, "commit": Int(page.provenance.commit),
            ])
        }
        var assets: [[String: Any]] = []
        for asset in renderer.assets.all {
            let file = String(asset.path.split(separator: "/").last ?? "")
            try Data(asset.bytes).write(to: url.appending(path: file))
            assets.append([
                "path": asset.path, "file": file, "type": asset.contentType,
                "cache": asset.cacheControl,
            ])
        }
        let manifest: [String: Any] = [
            "pages": pages, "assets": assets,
            "headers": PageHeaders.all.map { [$0.name, $0.value] },
            "live": ["path": WebSamples.dashboard().path, "states": states],
        ]
        try JSONSerialization.data(withJSONObject: manifest).write(
            to: url.appending(path: "manifest.json"))
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Runs a mode of `Tests/Support/web_pages.py` and answers with the problems it found.
    func problems(_ mode: String) throws -> [String] {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Support/web_pages.py")
        // Files, not pipes: the browser may hold on to what its parent wrote to.
        let output = url.appending(path: "\(mode).json")
        let errors = url.appending(path: "\(mode).errors")
        for file in [output, errors] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try Readers.interpreter())
        process.arguments = [script.path, mode, url.path]
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(
                description: "web_pages.py \(mode) ended with \(process.terminationStatus): "
                    + String(decoding: try Data(contentsOf: errors), as: UTF8.self))
        }
        return try JSONDecoder().decode(Answer.self, from: Data(contentsOf: output)).problems
    }

    private func write(
        _ name: String, _ html: [UInt8], phrases: [String] = [], secrets: [String] = [],
        screens: [String] = ["1440 dark"]
    ) throws -> [String: Any] {
        try Data(html).write(to: url.appending(path: name + ".html"))
        return [
            "file": name + ".html", "phrases": phrases, "secrets": secrets, "screens": screens,
        ]
    }
}
