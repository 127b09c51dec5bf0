import Counterparts
import Foundation
import GRDB
import Glibc
import Logging
import Reports
import Store
import Synchronization
import Testing
import Vocabulary

@testable import reportd

@Suite("Exports")
struct ExportTests {
    private typealias Scene = ExportScene

    // MARK: What is made

    @Test("a file is that of the report at the moment it was asked for, in every format")
    func made() async throws {
        let scene = try Scene()
        let now = scene.world.workplace.clock.now()
        var asked: [(request: ExportRequest, export: Export, bytes: [UInt8])] = []
        for format in [ReportFormat.csv, .xlsx, .pdf, .json] {
            let request = try Scene.request(format.rawValue)
            let document = try scene.world.desk.report(
                "sales-register", request.choices,
                scope: Scene.manager.scope(in: scene.world.desk.store.schema), now: now)
            let export = try await scene.exports.ask(request, for: Scene.manager)
            #expect(export.state == .waiting && export.percent == nil)
            asked.append((request, export, try request.output().bytes(document)))
        }
        // What happens between asking and making changes nothing.
        try scene.world.sell(("S-9", "PAID", 99_999, "2026-11-12T09:00:00Z"))
        try scene.world.set("2026-12-03T10:00:00Z")
        while try await scene.room().workNext() {}
        for (request, old, bytes) in asked {
            let export = try #require(try await scene.exports.ledger.export(old.id))
            #expect(export.state == .done, "\(export.reason ?? "")")
            #expect(export.percent == 100)
            #expect(try await scene.bytes(of: export) == bytes, "\(request.formatName)")
            #expect(export.file?.sha256 == CloseArchive.sha256(bytes))
            #expect(export.file?.bytes == bytes.count)
            let output = try request.output()
            let document = try scene.exports.document(of: export)
            #expect(export.file?.name == output.fileName(for: document))
            let rows = output.rowCount(of: document)
            #expect(rows > 0 && export.rows == rows && export.rowsInAll == rows)
            #expect(export.pin.companies == ["rendetalje"])
            let entries = try await scene.audit.entries(.init(kind: "export-done"))
            let entry = try #require(entries.first { $0.details.contains(export.id) })
            #expect(entry.details.contains("\"sha256\":\"\(CloseArchive.sha256(bytes))\""))
            #expect(entry.details.contains("\"rows\":\"\(rows)\""))
            #expect(entry.details.contains("period=2026-11"))
        }
    }

    @Test("a closed period is exported as it was closed")
    func closed() async throws {
        let scene = try Scene()
        try scene.world.set("2026-12-01T10:00:00Z")
        _ = try scene.world.closing.close(
            "rendetalje", try PeriodName("2026-11"), reports: ["sales-register"], by: "bo",
            locale: "en")
        try scene.world.sell(("S-late", "PAID", 77_777, "2026-11-12T09:00:00Z"))
        let asked = try await scene.exports.ask(
            try Scene.request("json"), for: Scene.manager)
        #expect(asked.pin.close != nil)
        try await scene.room().workNext()
        let export = try #require(try await scene.exports.ledger.export(asked.id))
        let text = String(decoding: try await scene.bytes(of: export), as: UTF8.self)
        #expect(!text.contains("S-late"))
        #expect(text.contains("closed on"))
    }

    @Test("a definition that is another one by now fails the export, and says so")
    func definition() async throws {
        let scene = try Scene()
        let asked = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        try await scene.state.write { db in
            try db.execute(
                sql: "UPDATE export SET pin = replace(pin, ?, 'another')",
                arguments: [asked.pin.definition])
        }
        try await scene.room().workNext()
        let export = try #require(try await scene.exports.ledger.export(asked.id))
        #expect(export.state == .failed)
        #expect(export.reason?.contains("has changed since it was asked for") == true)
        #expect(try scene.files().isEmpty)
        #expect(try await scene.kinds().last == "export-failed")
    }

    @Test("how far it is grows with the rows, and each format counts each row once")
    func progress() throws {
        let columns = [
            ResultColumn(name: "n", label: "N", kind: .integer),
            ResultColumn(name: "a", label: "A", kind: .money),
        ]
        let crown = try #require(Currency("DKK"))
        let table = ResultTable(
            name: "t", title: "T", columns: columns, rowCount: 1000, totals: []
        ) { body in
            for start in stride(from: 0, to: 1000, by: 100) {
                try body(
                    (start..<start + 100).map {
                        [.integer(Int64($0)), .money(Money(ExactDecimal($0), crown))]
                    })
            }
        }
        let folder = try DeliveryFolder()
        let document = ReportDocument(
            name: "t", title: "T", provenance: WebSamples.provenance(), blocks: [.table(table)])
        for format in [ReportFormat.csv, .xlsx, .pdf, .json] {
            let told = Mutex<[ReportProgress]>([])
            let output = ReportOutput(format, locale: .english)
            try output.write(document, to: folder.path + "/t") { progress in
                told.withLock { $0.append(progress) }
            }
            let all = told.withLock { $0 }
            #expect(all.count >= 10)
            #expect(all.map(\.rows) == all.map(\.rows).sorted())
            #expect(all.allSatisfy { $0.rowsInAll == 1000 })
            #expect(all.last?.rows == 1000, "\(format)")
            #expect(
                Data(try output.bytes(document))
                    == FileManager.default.contents(atPath: folder.path + "/t"))
        }
        struct Enough: Error {}
        try FileManager.default.removeItem(atPath: folder.path + "/t")
        #expect(throws: Enough.self) {
            try ReportOutput(.csv, locale: .english).write(document, to: folder.path + "/t") { _ in
                throw Enough()
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    // MARK: Cancelling

    @Test("cancelled in the middle, nothing of the file is left", arguments: ["csv", "pdf"])
    func cancelled(format: String) async throws {
        let scene = try Scene()
        let asked = try await scene.exports.ask(try Scene.request(format), for: Scene.manager)
        let path = scene.state.path
        let hits = Mutex(0)
        let room = scene.room { point in
            guard point == "export-rows" else { return }
            hits.withLock { $0 += 1 }
            // As another process does it.
            try? StateFile(path: path).write { db in
                try db.execute(sql: "UPDATE export SET state = 'cancelled', claimant = NULL")
            }
        }
        try await room.workNext()
        #expect(hits.withLock { $0 } >= 1)
        let export = try #require(try await scene.exports.ledger.export(asked.id))
        #expect(export.state == .cancelled)
        #expect(try scene.files().isEmpty)
        #expect(try await scene.exports.ledger.leftovers().isEmpty)
        #expect(try await scene.room().workNext() == false)
    }

    @Test("who cancels what waits, or removes what is done, is told in the audit log")
    func removed() async throws {
        let scene = try Scene()
        let waiting = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        try await scene.exports.remove(waiting, for: Scene.manager, from: "192.0.2.7")
        #expect(try await scene.room().workNext() == false)
        let done = try await scene.made()
        #expect(try scene.files() == [done.storedName])
        try await scene.exports.remove(done, for: Scene.admin, from: nil)
        #expect(try scene.files().isEmpty)
        let states = try await scene.exports.list(for: Scene.manager).map(\.state)
        #expect(Set(states) == [.cancelled, .removed])
        let again = await #expect(throws: Advice.self) {
            try await scene.exports.remove(done, for: Scene.admin, from: nil)
        }
        #expect(again?.kind == .unknown)
        let entries = try await scene.audit.entries(.init(kind: "export-removed"))
        #expect(entries.map(\.who) == ["mette", "ada"])
        #expect(entries.map(\.address) == ["192.0.2.7", nil])
    }

    // MARK: Restarts

    @Test("what a dead process was making is made again, three times at the most")
    func recovered() async throws {
        let scene = try Scene()
        let asked = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        let now = scene.world.workplace.clock.now()
        let dead = ExportLedger(scene.state, claimant: Claimant(text: "\(getpid()):1"))
        for attempt in 1...ExportLedger.attempts {
            let claim = try #require(try await dead.claim(now: now))
            #expect(claim.export.attempts == attempt)
            // It looks alive to itself, and is dead to others.
            try await dead.recover(now: now)
            #expect(try await scene.exports.ledger.recover(now: now) == [asked.id])
            // What it writes later touches nothing.
            #expect(try dead.tell(claim, rows: 7, rowsInAll: 9) == false)
        }
        let export = try #require(try await scene.exports.ledger.export(asked.id))
        #expect(export.state == .failed)
        #expect(export.rows == 0)
        #expect(export.reason?.contains("3 times") == true)
        // Nobody takes from a process that lives.
        let other = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        let claim = try #require(try await scene.exports.ledger.claim(now: now))
        #expect(try await dead.recover(now: now).isEmpty)
        #expect(try await dead.claim(now: now) == nil)
        // A program that stops gives it back, and that is no attempt.
        try await scene.exports.ledger.giveBack(claim)
        let again = try #require(try await scene.exports.ledger.export(other.id))
        #expect(again.state == .waiting && again.attempts == 0)
    }

    @Test("kill -9 at any point: the file is whole, or made again, and never half")
    func killed() async throws {
        let scene = try Scene("exports: {waiting: 10}\n")
        for (point, isDone) in [
            ("export-claimed", false), ("export-rows", false), ("export-written", false),
            ("export-kept", false), ("export-recorded", true),
        ] {
            try await killed(at: point, isDone, scene)
        }
        #expect(try await scene.kinds().filter { $0 == "export-done" }.count == 5)
        #expect(try await scene.audit.verify().broken == nil)
    }

    private func killed(at point: String, _ isDone: Bool, _ scene: Scene) async throws {
        let before = Set(try await scene.exports.ledger.list().map(\.id))
        let run = try scene.world.run(
            [
                "export", "make", "sales-register", "--format", "csv", "--table", "register",
                "--period", "2026-11",
            ], now: Scene.now, environment: ["REPORTD_FAILPOINT": point])
        #expect(run.status == SIGKILL, "\(run.text)")
        let left = try #require(
            try await scene.exports.ledger.list().first { !before.contains($0.id) })
        #expect(left.state == (isDone ? .done : .running))
        let recovered = try await scene.room().workNext()
        #expect(recovered == !isDone)
        let export = try #require(try await scene.exports.ledger.export(left.id))
        #expect(export.state == .done, "\(export.reason ?? "")")
        #expect(export.attempts == (isDone ? 1 : 2))
        #expect(export.pin == left.pin)
        let request = try Scene.request()
        let document = try scene.exports.document(of: export)
        let expected = try request.output().bytes(document)
        #expect(try await scene.bytes(of: export) == expected)
        scene.exports.shelf.sweep(keeping: try await scene.exports.ledger.wanted())
        let files = try scene.files().filter { !$0.hasPrefix(".") }
        #expect(files.contains(export.storedName) && files.count == before.count + 1)
    }

    // MARK: Limits and time

    @Test("one user has so many exports at a time, and so many bytes")
    func limits() async throws {
        let scene = try Scene("exports: {waiting: 2, kept: 1 MB}\n")
        for _ in 0..<2 {
            _ = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        }
        let third = await #expect(throws: Advice.self) {
            _ = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        }
        #expect(third?.kind == .busy)
        #expect(third?.description.contains("2 exports of yours") == true)
        // Others are not held up, and come first: they have none being made.
        let other = try await scene.exports.ask(try Scene.request(), for: Scene.admin)
        let now = scene.world.workplace.clock.now()
        _ = try await scene.exports.ledger.claim(now: now)
        #expect(try await scene.exports.ledger.claim(now: now)?.export.id == other.id)
        try await scene.state.write { db in
            try db.execute(
                sql: "UPDATE export SET state = 'done', bytes = 1048000, file_name = 'a', "
                    + "sha256 = 'b' WHERE owner = 'mette'")
        }
        let full = await #expect(throws: Advice.self) {
            _ = try await scene.exports.ask(try Scene.request(), for: Scene.manager)
        }
        #expect(full?.kind == .busy)
        #expect(full?.description.contains("1 MB") == true)
    }

    @Test("a file is kept for its days, and the list forgets it a month later")
    func retention() async throws {
        let scene = try Scene("exports: {keep-days: 2}\n")
        let export = try await scene.made()
        #expect(export.expires == scene.world.workplace.clock.now().adding(seconds: 172_800))
        try scene.world.set("2026-11-22T13:29:59Z")
        try await scene.room().clearAway()
        #expect(try scene.files() == [export.storedName])
        try scene.world.set("2026-11-22T13:30:00Z")
        try await scene.room().clearAway()
        #expect(try scene.files().isEmpty)
        let over = try #require(try await scene.exports.ledger.export(export.id))
        #expect(over.state == .removed)
        #expect(over.reason == "it was kept for 2 days")
        #expect(try await scene.kinds().last == "export-removed")
        try scene.world.set("2026-12-24T13:30:00Z")
        try await scene.room().clearAway()
        #expect(try await scene.exports.ledger.export(export.id) != nil)
        try scene.world.set("2026-12-24T13:30:01Z")
        try await scene.room().clearAway()
        #expect(try await scene.exports.ledger.export(export.id) == nil)
    }

    @Test("a storage that is away keeps the file listed for removal until it is back")
    func bucketAway() async throws {
        let server = try ExportStorageServer.shared.get()
        let folder = try DeliveryFolder()
        let bucket = try server.configuration(secretFile: folder.path + "/secret")
        let scene = try Scene(
            "exports:\n  keep-days: 1\n  \(bucket)\n")
        // The storage goes by the real time, and this scene's clock stands still.
        #expect(scene.exports.settings.bucket != nil)
        let export = try await scene.made()
        #expect(try scene.files().isEmpty, "the file is in the bucket alone")
        let document = try scene.exports.document(of: export)
        let expected = try Scene.request().output().bytes(document)
        #expect(try await scene.bytes(of: export) == expected)
        try scene.world.set("2026-11-22T00:00:00Z")
        try server.strike("{\"matching\":\"DELETE\",\"status\":[403]}")
        try await scene.room().clearAway()
        #expect(try await scene.exports.ledger.leftovers().map(\.id) == [export.id])
        try server.strike()
        try await scene.room().clearAway()
        #expect(try await scene.exports.ledger.leftovers().isEmpty)
        await #expect(throws: Advice.self) { try await scene.bytes(of: export) }
        await scene.close()
    }

    // MARK: Commands

    @Test("the command makes, lists, takes away and cancels")
    func commands() async throws {
        let scene = try Scene()
        let out = scene.world.folder + "/register.csv"
        let made = try scene.world.run(
            [
                "export", "make", "sales-register", "--format", "csv", "--table", "register",
                "--period", "2026-11", "--out", out,
            ], now: Scene.now)
        #expect(made.status == 0, "\(made.text)")
        let export = try #require(try await scene.exports.ledger.list().first)
        let bytes = try #require(FileManager.default.contents(atPath: out))
        #expect(CloseArchive.sha256(bytes) == export.file?.sha256)
        #expect(made.text == export.id + "\n")
        #expect(export.rows == 40 && export.owner.name == NSUserName())
        let list = try scene.world.run(["export", "list"], now: Scene.now)
        #expect(list.text.contains("\(export.id)\tdone"))
        let got = try scene.world.run(
            ["export", "get", export.id, "--out", out + ".2"], now: Scene.now)
        #expect(got.status == 0)
        #expect(FileManager.default.contents(atPath: out + ".2") == bytes)
        let cancelled = try scene.world.run(["export", "cancel", export.id], now: Scene.now)
        #expect(cancelled.status == 0)
        let unknown = try scene.world.run(["export", "get", export.id], now: Scene.now)
        #expect(unknown.status == Advice.Kind.unknown.exitCode)
        #expect(unknown.text.contains("there is no file: removed by"))
        let verified = try scene.world.run(["audit", "verify"], now: Scene.now)
        #expect(verified.status == 0)
        #expect(verified.text.contains("entries, the last has the hash"))
        let listed = try scene.world.run(["audit", "list", "--kind", "download"], now: Scene.now)
        #expect(listed.text.split(separator: "\n").count == 2)
        let wrong = try scene.world.run(["audit", "list", "--kind", "dwnload"], now: Scene.now)
        #expect(wrong.text.contains("did you mean ‘download’?"))
    }

    @Test("a bar for terminals and a line for logs")
    func bars() throws {
        let pin = ReportPin(
            choices: ViewChoices(), commit: 7, close: nil, definition: "d", companies: [],
            title: "T")
        let export = Export(
            id: Export.newID(), owner: Scene.manager, request: try Scene.request(), pin: pin,
            state: .running, asked: FirstLightWorld.now, began: nil, ended: nil, expires: nil,
            attempts: 1, rows: 500, rowsInAll: 1000, file: nil, reason: nil)
        #expect(
            ExportProgress.bar(export)
                == "[███████████████···············] 50 %  500 of 1000 rows")
        #expect(ExportProgress.line(export) == "50 %  500 of 1000 rows")
        #expect(Export.isID(export.id))
        #expect(!Export.isID("../../../../etc/passwd"))
    }

    @Test("mistakes in the configuration are told with their place")
    func configuration() throws {
        for (text, words) in [
            ("exports: {keep-days: 0}", "is not a whole number from 1 to 3660"),
            ("exports: {kept: 5}", "is not a size"),
            ("exports: {keepdays: 5}", "keep-days"),
            ("exports: {bucket: {endpoint: s3.example.com, name: a, key-id: k}}", "secret-file"),
            (
                "exports: {bucket: {endpoint: s3.example.com, name: a, key-id: k, secret-env: HOME}}",
                "is not the address of a storage"
            ),
            (
                "exports: {bucket: {endpoint: \"https://s3.example.com\", name: a/b, key-id: k, "
                    + "secret-env: HOME}}", "is not well formed"
            ),
            ("audit: {addresses: maybe}", "audit"),
        ] {
            let folder = try DeliveryFolder()
            let path = try folder.write("definitions: queries\n\(text)\n", to: "reportd.yaml")
            let error = #expect(throws: Advice.self) { _ = try Settings(contentsOf: path) }
            #expect(error?.kind == .definition)
            let told = error?.debugDescription ?? ""
            #expect(told.contains(words) || words == "audit", "\(text): \(told)")
            #expect(error?.place?.line == 2, "\(text): \(told)")
        }
    }
}
