import CouchStandIn
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// The shop's system as a whole: its databases live, their exports, the backup of a device.
@Suite struct ChikondiTests {
    private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures").path

    /// The databases of the sample page, tombstones included.
    private func sampleServer() throws -> CouchStandIn {
        let server = try CouchHarness.makeServer()
        let text = try String(
            contentsOfFile: Self.fixtures + "/ChikondiLines/sample.ndjson", encoding: .utf8)
        for line in text.split(separator: "\n") {
            let json = try #require(
                JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let id = try #require(json["_id"] as? String)
            let kind = id.prefix { $0 != "_" }
            let database =
                ["sale": "chikondi_sales", "expense": "chikondi_expenses"][kind]
                ?? "chikondi_inventory"
            // The members as they are written, so that their digits stay.
            let head = try #require(line.firstMatch(of: /^\{"_id":"[^"]+","_rev":"([^"]+)",?/))
            let members = line[head.range.upperBound...].dropLast()
                .replacing("\"_deleted\":true,", with: "").replacing("\"_deleted\":true", with: "")
            server.addLeaf(
                database, id, revision: String(head.output.1), String(members),
                deleted: json["_deleted"] as? Bool == true)
        }
        server.addLeaf(
            "chikondi_inventory", "_design/stock", revision: "1-2795", "\"language\":\"javascript\""
        )
        return server
    }

    private func figure(
        _ store: Store, _ model: String, _ measure: Measure, _ filters: [Filter] = []
    ) throws -> Int128? {
        try store.snapshot(Scope(companies: ["tiyende"])).scan(
            ScanRequest(model: model, filters: filters, measures: [measure])
        ).rows[0].values[0]
    }

    /// The figures of the sample's page.
    private func expectSampleFigures(
        _ store: Store, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let amount = Measure.sum(.column(ColumnPath("amount")))
        let method = ColumnPath("payment_method")
        var found: [Int128?] = [
            try figure(store, "pos_sale", .count),
            try figure(store, "pos_sale", .countPresent(ColumnPath("amount"))),
            try figure(store, "pos_sale", amount),
            try figure(store, "pos_sale", .sum(.column(ColumnPath("app_total")))),
            try figure(store, "pos_sale", amount, [.among(method, [.text("cash")])]),
            try figure(store, "pos_sale", amount, [.among(method, [.text("mobile_money")])]),
            try figure(store, "expense", .count), try figure(store, "expense", amount),
            try figure(store, "product_snapshot", .count),
        ]
        for day in [15, 16, 17] {
            let start = try #require(LocalDay(year: 2025, month: 10, day: day))
            let period = try Period(from: start, upTo: start.adding(days: 1))
            found.append(
                try figure(store, "pos_sale", amount, [.days(ColumnPath("sold_at"), period)]))
        }
        #expect(
            found == [
                44, 43, 16_531_104, 14_255_924, 10_760_529, 5_770_575, 11, 37_770_079, 23, 405_000,
                1_375_075, 865_110,
            ], sourceLocation: sourceLocation)
    }

    @Test func theSampleLive() async throws {
        let harness = try CouchHarness(server: sampleServer())
        let oracle = try CouchOracle(harness.server)
        #expect(oracle.sales.count == 44 && oracle.expenses.count == 11)
        #expect(oracle.products.count == 23 && oracle.aside.isEmpty)
        try await harness.source().catchUp()
        try harness.expectEqual()
        try expectSampleFigures(harness.store)
        #expect(try harness.store.quarantined().isEmpty)
    }

    /// Each form of export has the same figures, and the databases followed after it change nothing.
    @Test(arguments: ["_all_docs", "ndjson", "couchbackup full", "couchbackup shallow"])
    func theSampleInEachFormOfExport(form: String) async throws {
        let harness = try CouchHarness(server: sampleServer())
        let folder = harness.folder.path + "/exports"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        func write(_ name: String, _ text: String) throws {
            try text.write(toFile: folder + "/" + name, atomically: false, encoding: .utf8)
        }
        let lines = try String(
            contentsOfFile: Self.fixtures + "/ChikondiLines/sample.ndjson", encoding: .utf8)
        switch form {
        case "_all_docs":
            for name in ["sales", "inventory", "expenses"] {
                try FileManager.default.copyItem(
                    atPath: Self.fixtures + "/Chikondi/\(name).json",
                    toPath: folder + "/\(name).json")
            }
        case "ndjson": try write("sample.ndjson", lines)
        default:
            let mode = form.split(separator: " ")[1]
            for name in CouchHarness.databases {
                let documents = harness.server.documents(name).map(\.json)
                var text =
                    "{\"name\":\"@cloudant/couchbackup\",\"version\":\"2.11.20\",\"mode\":\"\(mode)\","
                    + "\"attachments\":false}\n"
                for start in stride(from: 0, to: documents.count, by: 10) {
                    let part = documents[start..<min(start + 10, documents.count)]
                    // A batch that broke off and was written again after the mark.
                    if start == 10 {
                        text +=
                            "[" + (part.first ?? "").prefix(40)
                            + "{\"marker\":\"@cloudant/couchbackup:resume\"}\n\n"
                    }
                    text += "[" + part.joined(separator: ",") + "]\n"
                }
                if mode == "full" {
                    text +=
                        "[{\"_id\":\"sale_77_1\",\"_rev\":\"2-x\",\"_deleted\":true,"
                        + "\"_revisions\":{\"start\":2,\"ids\":[\"x\",\"y\"]}}]\n"
                }
                try write(name + ".txt", text)
            }
        }
        let export = try CouchExport(definition: harness.definition, store: harness.store)
        try export.importFolder(folder)
        try harness.expectEqual()
        try expectSampleFigures(harness.store)
        let before = harness.store.latest
        try await harness.source().catchUp()
        try expectSampleFigures(harness.store)
        let changed = try harness.store.snapshot(Scope(companies: ["tiyende"])).lastCommit(
            of: ["pos_sale", "expense", "product_snapshot"])
        #expect(changed <= before.number, "the databases say what the export said")
    }

    @Test func aBackupMadeWhileDocumentsChanged() throws {
        let harness = try CouchHarness()
        func one(_ revision: String, _ ids: String, _ rest: String) -> String {
            let start = revision.prefix { $0 != "-" }
            return
                "{\"_id\":\"expense_1_1\",\"_rev\":\"\(revision)\",\(rest),\"id\":1,\"timestamp\":1,"
                + "\"_revisions\":{\"start\":\(start),\"ids\":[\(ids)]}}"
        }
        func amounts(_ lines: [String]) throws -> [String] {
            let file = try harness.folder.write(
                "b.txt", lines.map { "[\($0)]" }.joined(separator: "\n"))
            try CouchExport(definition: harness.definition, store: harness.store)
                .importFiles([file])
            return try CouchOracle.stored("expense", ["amount"], in: harness.store)
        }
        let first = one("1-a", #""a""#, "\"amount\":1")
        let second = one("2-b", #""b","a""#, "\"amount\":2")
        let gone = one("3-c", #""c","b","a""#, "\"_deleted\":true")
        let other = one("2-d", #""d","a""#, "\"amount\":4")
        #expect(try amounts([second, first]) == ["200"])
        #expect(try amounts([gone, second, first]) == [], "deleted while the backup was made")
        #expect(try amounts([first, gone]) == [])
        #expect(try amounts([gone, other]) == ["400"], "another branch lives")
        #expect(try amounts([second, other]) == ["400"], "of equal length the greater wins")
    }

    @Test(arguments: ChikondiOddity.allCases)
    func eachOddity(oddity: ChikondiOddity) async throws {
        let harness = try CouchHarness()
        var database = ""
        for document in oddity.documents {
            harness.server.put(document.database, document.id, document.members)
            database = document.database
        }
        try await harness.source().catchUp()
        for document in oddity.documents where document.isDeletedLater {
            #expect(try harness.store.rowCount(model: "pos_sale", origin: "chikondi") == 1)
            harness.server.delete(document.database, document.id)
        }
        try await harness.source().catchUp()
        let (model, columns): (String, [String]) =
            switch database {
            case "chikondi_sales":
                (
                    "pos_sale",
                    [
                        "number", "product", "quantity", "amount", "app_total", "payment_method",
                        "currency", "sold_at", "synced",
                    ]
                )
            case "chikondi_expenses":
                (
                    "expense",
                    [
                        "number", "description", "category", "amount", "currency", "spent_at",
                        "synced",
                    ]
                )
            default:
                (
                    "product_snapshot",
                    [
                        "number", "name", "category", "price", "quantity", "alert_at", "currency",
                        "recorded_at",
                    ]
                )
            }
        #expect(
            try CouchOracle.stored(model, columns, in: harness.store).sorted()
                == oddity.rows.sorted())
        try harness.expectEqual()
        switch oddity {
        case .documentOfAnotherKind:
            #expect(
                try harness.store.quarantined().map { "\($0.table) \($0.key): \($0.reason)" } == [
                    "chikondi_sales refund_1_1760000005000: no table of the mapping takes this "
                        + "document; they take sale_…"
                ])
        case .nightByShopTime:
            let day = try #require(LocalDay(year: 2025, month: 10, day: 16))
            let period = try Period(from: day, upTo: day.adding(days: 1))
            #expect(
                try figure(
                    harness.store, "pos_sale", .count, [.days(ColumnPath("sold_at"), period)]) == 1)
        default: #expect(try harness.store.quarantined().isEmpty)
        }
    }

    // MARK: The device's backup

    private func device(
        _ store: Store, _ schema: Schema, log: @escaping @Sendable (IngestEvent) -> Void = { _ in }
    )
        throws -> CouchExport
    {
        try CouchExport(
            definition: SourceDefinition(
                DefinitionNode(
                    contentsOf: definitionsFolder + "/sources/chikondi-device.yaml",
                    relativeTo: definitionsFolder), schema: schema), store: store, log: log)
    }

    @Test func theBackupOfADevice() throws {
        let harness = try CouchHarness()
        let outcome = try device(harness.store, harness.schema)
            .importFolder(Self.fixtures + "/ChikondiDevice")
        #expect(outcome.rows == 36 + 10 + 8 && outcome.quarantined == 0)
        #expect(try figure(harness.store, "pos_sale", .count) == 36)
        #expect(
            try figure(harness.store, "pos_sale", .sum(.column(ColumnPath("app_total"))))
                == 11_395_749)
        #expect(
            try figure(harness.store, "expense", .sum(.column(ColumnPath("amount")))) == 34_770_079)
        #expect(try figure(harness.store, "product_snapshot", .count) == 8)
    }

    @Test func theDatabasesAndTheBackupCountEachSaleOnce() async throws {
        let harness = try CouchHarness(server: sampleServer())
        try await harness.source().catchUp()
        try device(harness.store, harness.schema).importFolder(Self.fixtures + "/ChikondiDevice")
        #expect(try figure(harness.store, "pos_sale", .count) == 44)
        #expect(
            try figure(harness.store, "pos_sale", .sum(.column(ColumnPath("amount")))) == 16_531_104
        )
        #expect(try figure(harness.store, "expense", .count) == 11)
    }

    @Test func aReadingFromTheBeginningKeepsWhatOnlyTheDeviceHas() async throws {
        let harness = try CouchHarness()
        try device(harness.store, harness.schema).importFolder(Self.fixtures + "/ChikondiDevice")
        var shop = CouchWorkload(seed: 70)
        shop.work(50, on: harness.server)
        try await harness.source().catchUp()
        let sales = try CouchOracle(harness.server).sales.count
        #expect(try figure(harness.store, "pos_sale", .count) == Int128(36 + sales))
        harness.server.makeDatabase("chikondi_sales")
        try await harness.source().catchUp()
        #expect(try figure(harness.store, "pos_sale", .count) == 36)
    }

    /// PIN and security answer, in whatever shape the file comes, are in no file that we write and in
    /// nothing that we say.
    @Test func secretsOfTheDeviceAreNeverKept() throws {
        let pin = "7391546280"
        let answer = "Nkhoma Mission Primary"
        let secret =
            "{\"id\":1,\"pin\":\"\(pin)\",\"securityQuestion\":\"First school?\","
            + "\"securityAnswer\":\"\(answer)\"}"
        let sale =
            "{\"productId\":3,\"productName\":\"Bread\",\"amount\":5,\"timestamp\":1,\"id\":1,"
            + "\"pin\":\"\(pin)\",\"user\":\(secret)}"
        let misfit =
            "{\"productId\":3,\"amount\":\"much\",\"timestamp\":2,\"id\":2,\"pin\":\"\(pin)\","
            + "\"securityAnswer\":\"\(answer)\"}"
        let whole =
            "{\"metadata\":{},\"user\":\(secret),\"sales\":[\(sale),\(misfit)],\"inventory\":[],"
            + "\"expenses\":[]}"
        let harness = try CouchHarness()
        let told = Mutex("")
        let export = try device(
            harness.store, harness.schema,
            log: { event in told.withLock { $0 += "\(event)\n" } })
        let path = try harness.folder.write("backup.json", whole)
        let outcome = try export.importFiles([path])
        #expect(outcome.rows == 1 && outcome.quarantined == 1)
        // Damaged files, whose advice must not quote them either.
        for broken in [
            String(whole.dropLast(9)), whole + secret, "{\"user\":\(secret)}",
            "{\"user\":[\(secret)",
        ] {
            let path = try harness.folder.write("broken.json", broken)
            do {
                try export.importFiles([path])
                Issue.record("a damaged backup was taken")
            } catch let error as Advice {
                told.withLock { $0 += error.debugDescription + "\n" }
            }
            try FileManager.default.removeItem(atPath: path)
        }
        while try !harness.store.maintain().isEmpty {}
        try harness.store.seal(minimum: 1)
        try FileManager.default.removeItem(atPath: path)
        try harness.store.close()
        let said = told.withLock { $0 }
        #expect(said.contains("amount") && !said.contains(pin) && !said.contains(answer))
        let files = try FileManager.default.subpathsOfDirectory(atPath: harness.folder.path)
        #expect(files.contains("store.sqlite"))
        for file in files {
            let data = try #require(
                FileManager.default.contents(atPath: harness.folder.path + "/" + file))
            for word in [pin, answer, "First school?"] {
                #expect(data.firstRange(of: Data(word.utf8)) == nil, "\(file) holds a secret")
            }
        }
        // The search itself finds what is there.
        let store = try #require(
            FileManager.default.contents(atPath: harness.folder.path + "/store.sqlite"))
        #expect(store.firstRange(of: Data("much".utf8)) != nil)
    }

    @Test func filesOfPlainRecordsAsTheServerNowWritesThem() throws {
        let harness = try CouchHarness()
        let export = try device(harness.store, harness.schema)
        let sales = try harness.folder.write(
            "sales.json",
            #"[{"id":1,"productId":1,"timestamp":1,"amount":5},{"id":1,"productId":1,"timestamp":1,"#
                + #""amount":6},{"id":2,"productId":1,"timestamp":2,"amount":7,"test":true}]"#)
        let outcome = try export.importFiles([sales])
        #expect(outcome.rows == 1 && outcome.leftOut == 2)
        #expect(try CouchOracle.stored("pos_sale", ["amount"], in: harness.store) == ["600"])
        for wrong in ["", "{}", #"{"sales":{}}"#, #"{"sales":[1]"#, "[1] 2", "{\"sales\":[]} x"] {
            let path = try harness.folder.write("sales.json", wrong)
            #expect(throws: Advice.self, "\(wrong)") { try export.importFiles([path]) }
        }
    }
}
