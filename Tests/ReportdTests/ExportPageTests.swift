import Counterparts
import Foundation
import Reports
import Synchronization
import Testing
import Vocabulary

@testable import reportd

@Suite("Pages of exports")
struct ExportPageTests {
    private typealias Scene = ExportScene

    private struct Answer: Decodable {
        struct Seen: Decodable {
            let empty: String
            let areas: [String]
            let waiting: String
            let running: String
            let done: String
            let name: String
            let link: String
            let refresh: Bool
            let cancelled: Int
        }
        let seen: Seen
        let problems: [String]
    }

    /// With REPORTD_PICTURES set, pictures of the page are left in that folder.
    @Test("in Chromium: an export appears, grows, is downloaded, linked and cancelled")
    func used() async throws {
        let scene = try Scene("public-address: http://reports.example.com\n")
        try UserBook(state: scene.state).set(Scene.manager, password: "a good password")
        try await scene.serving { server in
            let pictures =
                ProcessInfo.processInfo.environment["REPORTD_PICTURES"] ?? scene.world.folder
            let browser = try Conversation(
                "export_pages.py", [server.address, "mette", "a good password", pictures])
            try await browser.come(to: "empty")
            let asked = try await scene.exports.ask(Scene.request(), for: Scene.manager)
            try browser.goOn()
            try await browser.come(to: "waiting")
            // It is half done, and the browser looks at it meanwhile.
            let claim = try #require(
                try await scene.exports.ledger.claim(now: FirstLightWorld.now))
            #expect(try scene.exports.ledger.tell(claim, rows: 15, rowsInAll: 30))
            scene.exports.news.announce()
            try browser.goOn()
            try await browser.come(to: "running")
            try await scene.exports.ledger.giveBack(claim)
            try await scene.room().workNext()
            try browser.goOn()
            try await browser.come(to: "linked")
            // One that failed, and one that waits.
            let failing = try await scene.exports.ask(Scene.request("pdf"), for: Scene.manager)
            let failed = try #require(
                try await scene.exports.ledger.claim(failing.id, now: FirstLightWorld.now))
            try await scene.exports.fail(
                failed, Advice(.storage, "the disk is full", remedy: "free some room"))
            _ = try await scene.exports.ask(Scene.request("xlsx"), for: Scene.manager)
            scene.exports.news.announce()
            try browser.goOn()
            let answer = try JSONDecoder().decode(Answer.self, from: try await browser.end())
            #expect(answer.problems.isEmpty, "\(answer.problems)")
            let seen = answer.seen
            #expect(seen.empty == "No exports")
            #expect(
                seen.areas
                    == ["Dashboards", "Explore", "Reports", "Exports", "Schedules", "Sources"])
            #expect(seen.waiting == "Waiting")
            #expect(seen.running.contains("15 / 30 rows"), "\(seen.running)")
            #expect(seen.done.contains("kept until"), "\(seen.done)")
            let export = try #require(try await scene.exports.ledger.export(asked.id))
            #expect(seen.name == export.file?.name)
            let file = try #require(FileManager.default.contents(atPath: pictures + "/downloaded"))
            #expect(CloseArchive.sha256(file) == export.file?.sha256)
            #expect(seen.link.hasPrefix("http://reports.example.com/files/"))
            #expect(seen.refresh)
            #expect(seen.cancelled == 1)
            #expect(
                try await scene.kinds().filter { $0.hasPrefix("link") }
                    == ["link-made", "link-revoked"])
        }
    }

    @Test("forms of another session or site change nothing, and viewers see no exports")
    func forms() async throws {
        let scene = try Scene(sales: 4)
        let users = UserBook(state: scene.state)
        try users.set(Scene.manager, password: "a good password")
        try users.set(
            Principal(name: "vera", role: .viewer, companies: ["rendetalje"], userKey: nil),
            password: "a good password")
        try await scene.serving { server in
            let cookies = try await ["mette", "vera"].asyncMap { name in
                try await Self.cookie(name, server)
            }
            let page = try await server.get("/exports", headers: ["Cookie": cookies[0]])
            #expect(page.status == 200)
            let token = try #require(
                page.text.firstMatch(of: /name="token" value="([^"]+)"/)
            ).output.1
            let body =
                "request=%7B%22report%22%3A%22sales-register%22%2C%22table%22%3A%22register%22%7D"
                + "&format=csv&token="
            let forged = try await server.post(
                "/exports", body + "wrong", headers: ["Cookie": cookies[0]])
            #expect(forged.status == 403)
            let foreign = try await server.post(
                "/exports", body + token,
                headers: ["Cookie": cookies[0], "Sec-Fetch-Site": "cross-site"])
            #expect(foreign.status == 403)
            #expect(try await scene.exports.ledger.list().isEmpty)
            let right = try await server.post(
                "/exports", body + token, headers: ["Cookie": cookies[0]])
            #expect(right.status == 303)
            #expect(right.headers["Location"] == "/exports")
            #expect(try await scene.exports.ledger.list().count == 1)
            let viewer = try await server.get("/exports", headers: ["Cookie": cookies[1]])
            #expect(viewer.status == 403)
            let reports = try await server.get("/reports", headers: ["Cookie": cookies[1]])
            #expect(!reports.text.contains("href=\"/exports\""))
            #expect(try await server.get("/exports").status == 303)
        }
    }

    @Test("a large report offers to be made in the background, to who may take files away")
    func offered() throws {
        let scene = try Scene(sales: 1)
        let columns = [ResultColumn(name: "n", label: "N", kind: .integer)]
        func document(_ rows: Int) -> ReportDocument {
            let table = ResultTable(
                name: "register", title: "Register", columns: columns, rowCount: rows, totals: []
            ) { body in try body([[.integer(1)]]) }
            return ReportDocument(
                name: "sales-register", title: "Sales", provenance: WebSamples.provenance(),
                blocks: [.table(table)])
        }
        let viewer = Principal(
            name: "vera", role: .viewer, companies: ["rendetalje"], userKey: nil)
        let frame = PageFrame(
            locale: ReportLocale("da"), viewer: PageViewer(name: "a", formToken: "t0ken"))
        let choices = ViewChoices(
            companies: ["rendetalje"], period: "2026-11", conditions: ["status=PAID"])
        for (principal, rows, isOffered) in [
            (Scene.manager, 50_001, true), (Scene.manager, 50_000, false),
            (viewer, 50_001, false),
        ] {
            let page = try PageAssembly(desk: scene.world.desk, principal: principal).report(
                document(rows), choices, frame: frame)
            let html = String(decoding: try PageRenderer().render(page).html, as: UTF8.self)
            #expect((page.background != nil) == isOffered)
            #expect(html.contains("Eksportér i baggrunden") == isOffered)
            guard let form = page.background else { continue }
            #expect(html.contains("Denne rapport har 50.001 rækker."))
            let request = try ExportRequest(json: Data(form.request.utf8), format: "xlsx")
            #expect(request.choices == choices)
            #expect(request.locale == "da")
            #expect(request.format == .xlsx)
        }
    }

    private static func cookie(_ name: String, _ server: TestServer) async throws -> String {
        let page = try await server.get("/sign-in")
        let token = try #require(
            page.text.firstMatch(of: /name="token" value="([^"]+)"/)
        ).output.1
        let answer = try await server.post(
            "/sign-in", "token=\(token)&name=\(name)&password=a+good+password&next=%2F")
        let header = try #require(answer.headers["Set-Cookie"])
        return String(header.prefix { $0 != ";" })
    }
}

extension Sequence {
    fileprivate func asyncMap<Result>(
        _ change: (Element) async throws -> Result
    ) async throws -> [Result] {
        var all: [Result] = []
        for each in self { all.append(try await change(each)) }
        return all
    }
}

/// A program of `Tests/Support` that says where it is, and goes on when it is told to.
final class Conversation: @unchecked Sendable {
    // Unchecked: one test talks to it.
    private let process = Process()
    private let (input, output) = (Pipe(), Pipe())

    init(_ script: String, _ arguments: [String]) throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Support/" + script).path
        process.executableURL = URL(fileURLWithPath: try Readers.interpreter())
        process.arguments = [path] + arguments
        process.standardInput = input
        process.standardOutput = output
        try process.run()
    }

    private func line() async throws -> String {
        let handle = output.fileHandleForReading
        return try await Task.detached {
            var line = Data()
            while let byte = try handle.read(upToCount: 1), !byte.isEmpty, byte != Data([10]) {
                line += byte
            }
            return String(decoding: line, as: UTF8.self)
        }.value
    }

    /// Waits until it says a word; anything else ends the test.
    func come(to word: String) async throws {
        let line = try await line()
        try #require(line == word, "it ended before ‘\(word)’: see its message above")
    }

    /// Lets it go on, with what it has to know for that.
    func goOn(_ text: String = "") throws {
        try input.fileHandleForWriting.write(contentsOf: Data((text + "\n").utf8))
    }

    /// Its last line.
    func end() async throws -> Data {
        let last = Data(try await line().utf8)
        process.waitUntilExit()
        return last
    }
}
