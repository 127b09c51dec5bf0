import Counterparts
import Foundation
import Testing

@testable import SourceSystems

/// Private text of the five systems is in nothing that the program says, answers or writes.
///
/// The real binary is run as a user runs it, with the most talkative log there is, over rows that fit,
/// rows that are put aside and sources that fail. Each output must hold text of mapped columns, too,
/// found by the same search; so an output that says nothing, or one in which nothing could be found,
/// fails the test.
@Suite(.serialized) struct PrivateTextTests {
    /// The program in a place; its words and the state it leaves are looked into.
    private struct Desk {
        let place: PrivatePlace

        func start(_ words: [String]) throws -> LiveProgram {
            try LiveProgram(
                words + ["--config", place.folder + "/reportd.yaml"],
                environment: ["REPORTD_LOG_LEVEL": "trace"])
        }

        /// Runs a command to its end and looks at all that it said.
        @discardableResult
        func run(
            _ words: [String], status wanted: Int32 = 0, showing known: [String] = [],
            sourceLocation: SourceLocation = #_sourceLocation
        ) throws -> String {
            let program = try start(words)
            let (status, text) = program.finish()
            let said = text + program.remarks
            #expect(status == wanted, "\(words): \(said)", sourceLocation: sourceLocation)
            look("\(words)", Data(said.utf8), showing: known, sourceLocation: sourceLocation)
            return said
        }

        func look(
            _ what: String, _ bytes: Data, showing known: [String],
            sourceLocation: SourceLocation = #_sourceLocation
        ) {
            for secret in PrivatePlace.secrets {
                #expect(
                    !ByteSearch.holds(bytes, secret), "‘\(secret)’ is in \(what)",
                    sourceLocation: sourceLocation)
            }
            for word in known {
                #expect(
                    ByteSearch.holds(bytes, word), "‘\(word)’ is not in \(what)",
                    sourceLocation: sourceLocation)
            }
        }

        /// Looks into every file that the program has made.
        func lookAtFiles(sourceLocation: SourceLocation = #_sourceLocation) throws {
            let folder = place.folder + "/data"
            for secret in PrivatePlace.secrets {
                let found = try ByteSearch.files(in: folder, holding: secret)
                #expect(found.isEmpty, "\(secret)", sourceLocation: sourceLocation)
            }
            // The names of sources and what is put aside are in the store as they are.
            for word in ["angisoft", "ODD-NOBODY"] {
                let found = try ByteSearch.files(in: folder, holding: word)
                #expect(!found.isEmpty, "\(word)", sourceLocation: sourceLocation)
            }
        }
    }

    @Test(arguments: PrivatePlace.Way.allCases)
    func isInNothingThatTheProgramMakes(way: PrivatePlace.Way) async throws {
        let place = try PrivatePlace(way)
        defer { place.remove() }
        let desk = Desk(place: place)
        // What is put aside is told with its key and the reason.
        let aside = ["sale_90_1: amount", "user_0"]
        try desk.run(["ingest", "--once"], showing: ["loaded", "put aside"] + aside)
        try desk.lookAtFiles()
        try await lookAtTheDaemon(desk)
        try desk.lookAtFiles()

        let everything = PrivatePlace.known + PrivatePlace.late
        let texts = try place.selectsOfEverything().map { select in
            try desk.run(["sql", "--format", "csv", select])
        }
        desk.look("SQL", Data(texts.joined().utf8), showing: everything)
        try desk.run(
            ["sources", "quarantine", "list", "--content"],
            showing: ["ODD-NOBODY", "much", "user_0", "sale_90_1"])
        try desk.run(["sources"], showing: ["mvp"])
        try desk.run(["doctor"], status: 1, showing: ["stage"])
        try desk.run(
            ["query", "bills", "--by", "payee", "--period", "2026", "--format", "csv"],
            showing: ["Bakker"])
        try lookAtReports(desk, showing: everything)
        try desk.run(["compact"])
        try desk.run(["verify"])
        try desk.lookAtFiles()
        // The first that fails, by name, gives the status.
        try desk.run(
            ["ingest", "--once"], status: way == .followed ? 69 : 78, showing: ["stage"])
        try desk.lookAtFiles()
    }

    /// The program as it serves: while rows change, and when sources have failed.
    private func lookAtTheDaemon(_ desk: Desk) async throws {
        let place = desk.place
        let token = try desk.run(["token", "--role", "ADMIN"])
            .trimmingCharacters(in: .whitespacesAndNewlines)
        let program = try desk.start(["run"])
        defer { program.kill() }
        let address = "http://127.0.0.1:\(try await program.port())"
        func get(_ path: String) throws -> Data {
            try Readers.run(
                "curl",
                [
                    "-sSi", "--max-time", "20", "-H", "Authorization: Bearer \(token)",
                    address + path,
                ])
        }
        func wait(_ what: String, _ condition: () throws -> Bool) async throws {
            for _ in 0..<120 {
                if try condition() { return }
                try await Task.sleep(for: .milliseconds(250))
            }
            Issue.record("\(what) did not come within 30 seconds: \(program.remarks.suffix(2000))")
        }
        try place.work(1)
        try await wait("the changes") {
            let report = try get("/api/v1/reports/everything.json")
            return PrivatePlace.late.allSatisfy { ByteSearch.holds(report, $0) }
        }
        let failing = try place.breakSources()
        try await wait("the failures") {
            let health = String(decoding: try get("/health"), as: UTF8.self)
            return failing.allSatisfy { name in
                let source = health.split(separator: "{\"name\":\"").first {
                    $0.hasPrefix(name + "\"")
                }
                return source.map { !$0.contains("\"lastError\":null") } ?? false
            }
        }
        desk.look("health", try get("/health"), showing: ["CrmDeal"] + failing)
        desk.look("metrics", try get("/metrics"), showing: failing.map { "source=\"\($0)\"" })
        for name in ["sales", "shop", "payables"] {
            desk.look(name, try get("/api/v1/dashboards/\(name)?period=2026"), showing: ["200 OK"])
        }
        desk.look(
            "a served report", try get("/api/v1/reports/everything.json"),
            showing: PrivatePlace.known)
        #expect(program.stop() == 0)
        let (_, said) = program.finish()
        desk.look(
            "the log", Data((said + program.remarks).utf8),
            showing: ["sale_91_1: amount", "user_1", "CrmDeal"] + failing)
    }

    /// Files of all formats, as what they mean: a workbook is an archive, a PDF is compressed.
    private func lookAtReports(_ desk: Desk, showing known: [String]) throws {
        for format in ["json", "xlsx", "pdf", "csv"] {
            let file = desk.place.folder + "/everything." + format
            let tables = format == "csv" ? ["--table", "bill"] : []
            try desk.run(
                ["report", "everything", "--format", format, "--out", file, "--locale", "da"]
                    + tables)
            switch format {
            case "xlsx":
                desk.look(format, try Readers.run("unzip", ["-p", file]), showing: known)
            case "pdf":
                // A narrow column breaks a word into lines.
                let text = try Readers.text("pdftotext", ["-raw", file, "-"])
                desk.look(
                    format, Data(text.filter { !$0.isWhitespace }.utf8),
                    showing: known.map { $0.filter { !$0.isWhitespace } })
            default:
                desk.look(
                    format, try Data(contentsOf: URL(fileURLWithPath: file)),
                    showing: format == "csv" ? ["ODD-TWICE"] : known)
            }
        }
    }
}
