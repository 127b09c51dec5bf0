import CouchStandIn
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A live CouchDB source against a server in good health.
@Suite struct CouchSourceTests {
    @Test func allDocumentsComeInOneCommitAndThenEveryChange() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 1)
        shop.work(600, on: harness.server)
        try await harness.source().catchUp()
        try harness.expectEqual()
        let first = harness.store.latest
        #expect(first.number <= 2, "the first load is one commit, and one for what came twice")
        try await harness.source().catchUp()
        #expect(harness.store.latest == first, "nothing new changes nothing")
        shop.work(300, on: harness.server)
        try await harness.source().catchUp()
        try harness.expectEqual()
        // Heartbeats so far apart that a busy machine misses none.
        var timing = CouchHarness.quick
        timing.heartbeat = .seconds(5)
        try await harness.following(timing: timing) { source in
            for _ in 0..<20 {
                shop.work(10, on: harness.server)
                try await Task.sleep(for: .milliseconds(5))
            }
            try await harness.settle()
            #expect(source.status.state == .following)
            #expect(source.status.lastError == nil)
            #expect(source.status.sourceTime != nil)
        }
        #expect(harness.reloads.isEmpty && harness.reconnections == 0)
        #expect(harness.server.logins <= 10, "one login for each client, not for each request")
    }

    /// Documents that change rows again and again while a first load goes on, whether or not the load
    /// can keep what comes after it.
    @Test(arguments: [0, 1000])
    func documentsThatChangeDuringTheLoadLeaveNothingBehind(patchRows: Int) async throws {
        let harness = try CouchHarness()
        let server = harness.server
        @Sendable func put(_ id: String, time: Int, amount: String = "5") {
            server.put(
                "chikondi_sales", id,
                "\"id\":1,\"productId\":1,\"timestamp\":\(time),\"amount\":\(amount)")
        }
        put("sale_1_1", time: 1)
        put("sale_2_1", time: 20, amount: "\"much\"")
        put("sale_3_1", time: 30)
        // One document a page; each is read before it changes again.
        let steps: [Int: @Sendable () -> Void] = [
            1: { put("sale_1_1", time: 2, amount: "\"much\"") },
            2: { put("sale_2_1", time: 21) },
            4: { put("sale_1_1", time: 3) },
            5: { put("sale_4_1", time: 40) },
            6: { put("sale_1_1", time: 4) },
        ]
        let pages = Mutex(0)
        var timing = CouchHarness.quick
        (timing.pageRows, timing.patchRows) = (1, patchRows)
        let source = try CouchSource(
            definition: harness.definition, connection: CouchHarness.address(server),
            store: harness.store, clock: .system, timing: timing, sleep: { _ in },
            log: { event in
                guard case .loaded = event else { return }
                let page = pages.withLock { pages in
                    pages += 1
                    return pages
                }
                steps[page]?()
            })
        try await source.catchUp()
        // The next page is asked for ahead: the last change may come when the load is over.
        #expect(pages.withLock { $0 } >= 6, "every step was taken")
        #expect(try harness.store.rowCount(model: "pos_sale", origin: "chikondi") == 4)
        try harness.expectEqual()
    }

    @Test func aPageIsSmallerThanTheDatabase() async throws {
        let harness = try CouchHarness()
        var timing = CouchHarness.quick
        timing.pageRows = 7
        timing.batchBytes = 900
        timing.patchRows = 5
        var shop = CouchWorkload(seed: 2)
        shop.work(400, on: harness.server)
        try await harness.source(timing: timing).catchUp()
        try harness.expectEqual()
        shop.work(400, on: harness.server)
        try await harness.source(timing: timing).catchUp()
        try harness.expectEqual()
        try await harness.source(timing: timing).catchUp(reloading: true)
        try harness.expectEqual()
    }

    @Test func aChangeIsVisibleSoon() async throws {
        let harness = try CouchHarness()
        try await harness.following { source in
            try await harness.settle()
            while source.status.state != .following { try await Task.sleep(for: .milliseconds(5)) }
            var times: [Duration] = []
            for number in 1...20 {
                let start = ContinuousClock.now
                harness.server.put(
                    "chikondi_expenses", "expense_\(number)_1",
                    "\"id\":\(number),\"timestamp\":1,\"amount\":1")
                while try harness.store.rowCount(model: "expense", origin: "chikondi") < number {
                    try await Task.sleep(for: .milliseconds(1))
                }
                times.append(start.duration(to: .now))
            }
            #expect(times.sorted()[10] < .milliseconds(250), "\(times)")
        }
    }

    @Test func aRowPassesToTheNextDocumentAndBack() async throws {
        let harness = try CouchHarness()
        let server = harness.server
        func sale(_ id: String, _ amount: Int, time: Int = 1000) {
            server.put(
                "chikondi_sales", id,
                "\"id\":1,\"productId\":1,\"timestamp\":\(time),\"amount\":\(amount)")
        }
        func amounts() throws -> [String] {
            try CouchOracle.stored("pos_sale", ["amount"], in: harness.store).sorted()
        }
        sale("sale_1_5", 5)
        sale("sale_1_10", 10)
        sale("sale_1_7", 7)
        try await harness.source().catchUp()
        #expect(try amounts() == ["1000"], "the greatest id counts, longer before shorter")
        server.delete("chikondi_sales", "sale_1_10")
        try await harness.source().catchUp()
        #expect(try amounts() == ["700"])
        sale("sale_1_5", 55)
        try await harness.source().catchUp()
        #expect(try amounts() == ["700"], "an edit of a document that does not count")
        sale("sale_1_7", 8, time: 2000)
        try await harness.source().catchUp()
        #expect(try amounts() == ["5500", "800"], "an edit that makes it another record")
        server.delete("chikondi_sales", "sale_1_5")
        server.delete("chikondi_sales", "sale_1_7")
        try await harness.source().catchUp()
        #expect(try amounts() == [])
        sale("sale_1_10", 12)
        try await harness.source().catchUp()
        #expect(try amounts() == ["1200"], "a deleted document that is written again")
    }

    @Test func theRevisionThatCouchDBLetsWinCounts() async throws {
        let harness = try CouchHarness()
        let server = harness.server
        func leaf(_ revision: String, _ amount: Int, deleted: Bool = false) {
            server.addLeaf(
                "chikondi_expenses", "expense_1_1", revision: revision,
                "\"id\":1,\"timestamp\":1,\"amount\":\(amount)", deleted: deleted)
        }
        leaf("2-aaaa", 1)
        leaf("2-bbbb", 2)
        try await harness.source().catchUp()
        #expect(try CouchOracle.stored("expense", ["amount"], in: harness.store) == ["200"])
        #expect(
            harness.events.withLock { events in
                events.contains {
                    if case .warning(let advice) = $0 {
                        advice.happened.contains("revisions in conflict")
                    } else {
                        false
                    }
                }
            })
        leaf("3-0000", 3, deleted: true)
        try await harness.source().catchUp()
        #expect(
            try CouchOracle.stored("expense", ["amount"], in: harness.store) == ["200"],
            "a living leaf goes before a deleted one, however long")
        leaf("3-0001", 4)
        try await harness.source().catchUp()
        #expect(try CouchOracle.stored("expense", ["amount"], in: harness.store) == ["400"])
        try harness.expectEqual()
    }

    @Test func aDatabaseMadeAnewIsReadAgain() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 3)
        shop.work(200, on: harness.server)
        try await harness.following { _ in
            try await harness.settle()
            harness.server.makeDatabase("chikondi_sales")
            try await harness.settle()
            var other = CouchWorkload(seed: 4)
            other.work(60, on: harness.server)
            try await harness.settle()
        }
        #expect(harness.reloads.contains { $0.contains("‘chikondi_sales’ was made anew") })
        // While nobody looked; the feed would take the old sequence without a word.
        harness.server.makeDatabase("chikondi_expenses")
        harness.server.put(
            "chikondi_expenses", "expense_9_9", "\"id\":9,\"timestamp\":9,\"amount\":9")
        try await harness.source().catchUp()
        try harness.expectEqual()
    }

    @Test func purgedAndRestoredDatabasesAreReadAgain() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 5)
        shop.work(200, on: harness.server)
        try await harness.source().catchUp()
        for (id, _) in harness.server.documents("chikondi_sales").prefix(5) {
            harness.server.purge("chikondi_sales", id)
        }
        for (id, _) in harness.server.documents("chikondi_inventory").prefix(2) {
            harness.server.purge("chikondi_inventory", id)
        }
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(harness.reloads.filter { $0.contains("purged") }.count == 2)
        let count = harness.server.changeCount("chikondi_sales")
        harness.server.restore("chikondi_sales", toChange: count - 30)
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(harness.reloads.contains { $0.contains("gone back to an earlier state") })
    }

    @Test func aDatabaseThatIsGoneIsWaitedFor() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 6)
        shop.work(100, on: harness.server)
        try await harness.following { source in
            try await harness.settle()
            let rows = try harness.store.rowCount(model: "pos_sale", origin: "chikondi")
            harness.server.deleteDatabase("chikondi_sales")
            while source.status.lastError == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(
                source.status.lastError?.description
                    == "database ‘chikondi_sales’ of source ‘chikondi’ does not exist; create it, "
                    + "or correct its name in the mapping; rows read before stay")
            #expect(try harness.store.rowCount(model: "pos_sale", origin: "chikondi") == rows)
            harness.server.makeDatabase("chikondi_sales")
            try await harness.settle()
            // The rows are there a moment before the source says that it follows again.
            let end = ContinuousClock.now + .seconds(20)
            while source.status.lastError != nil, ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(source.status.lastError == nil)
        }
    }

    @Test func anotherMappingReadsAgainAndCommitsDifferences() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 7)
        shop.work(150, on: harness.server)
        try await harness.source().catchUp()
        try harness.store.close()
        let text = try String(
            contentsOfFile: definitionsFolder + "/sources/chikondi.yaml", encoding: .utf8)
        let changed = try CouchHarness(
            reopening: harness,
            mapping: text.replacing("product: productName", with: "product: paymentMethod"))
        try await changed.source().catchUp()
        #expect(changed.reloads.count == 3 && changed.reloads[0] == "the mapping has changed")
        #expect(
            try Set(CouchOracle.stored("pos_sale", ["product"], in: changed.store))
                .isSubset(of: ["cash", "mobile_money", "-"]))
        try changed.store.close()
        let back = try CouchHarness(reopening: harness)
        try await back.source().catchUp()
        try back.expectEqual()
    }

    @Test func filesFirstAndLiveLater() async throws {
        let harness = try CouchHarness()
        var shop = CouchWorkload(seed: 8)
        shop.work(200, on: harness.server)
        var lines: [String] = []
        for name in CouchHarness.databases {
            lines += harness.server.documents(name).map(\.json)
        }
        let file = try harness.folder.write("all.ndjson", lines.joined(separator: "\n"))
        try CouchExport(definition: harness.definition, store: harness.store).importFiles([file])
        try harness.expectEqual()
        // One document goes while nobody follows; the export knew it.
        let gone = try #require(
            harness.server.documents("chikondi_sales").first { $0.id.hasPrefix("sale_") })
        harness.server.delete("chikondi_sales", gone.id)
        try await harness.source().catchUp()
        try harness.expectEqual()
        #expect(harness.reloads.first == "rows of it are there from elsewhere")
    }

    @Test func loginsAreRenewedAndRefusalsAreAdvice() async throws {
        let harness = try CouchHarness()
        harness.server.put("chikondi_sales", "sale_1_1", "\"id\":1,\"timestamp\":1,\"productId\":1")
        var timing = CouchHarness.quick
        timing.pageRows = 1
        try await harness.following(timing: timing) { _ in
            try await harness.settle()
            let before = harness.server.logins
            harness.server.expireCookies()
            harness.server.breakConnections()
            harness.server.put(
                "chikondi_sales", "sale_2_1", "\"id\":2,\"timestamp\":2,\"productId\":1")
            try await harness.settle()
            #expect(harness.server.logins > before)
        }
        let basic = try harness.source(
            connection: CouchHarness.address(harness.server, query: "/?auth=basic"))
        let before = harness.server.logins
        try await basic.catchUp()
        #expect(harness.server.logins == before)

        func refusal(_ connection: String) async -> String {
            do {
                try await harness.source(connection: connection).catchUp()
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let port = harness.server.port
        let wrong =
            "the CouchDB server 127.0.0.1:\(port) of source ‘chikondi’ does not accept the "
            + "name and the password; correct them in the address in reportd.yaml"
        #expect(await refusal("http://reportd:secretword@127.0.0.1:\(port)") == wrong)
        #expect(await refusal("http://reportd:secretword@127.0.0.1:\(port)?auth=basic") == wrong)
        #expect(
            await refusal("http://127.0.0.1:\(port)")
                == "the CouchDB server 127.0.0.1:\(port) of source ‘chikondi’ wants a name and a "
                + "password; write them into the address: http://user:password@host:5984")
        #expect(
            await refusal("http://127.0.0.1:1").hasPrefix(
                "the CouchDB server 127.0.0.1:1 of source ‘chikondi’ cannot be reached"))
        for text in ["ftp://x", "http://a@b", "", "http://secretword@x:y", "http://a:b@h?auth=no"] {
            #expect(throws: Advice.self) { try CouchAddress(text, source: "chikondi") }
            let told = await refusal(text)
            #expect(!told.contains("secretword") && told.contains("http://user:password@host"))
        }
    }

    @Test func theCheckFindsWhatIsMissing() async throws {
        let harness = try CouchHarness()
        #expect(try await harness.source().check().isEmpty)
        harness.server.deleteDatabase("chikondi_expenses")
        let findings = try await harness.source().check()
        #expect(findings.map(\.severity) == [.problem])
        #expect(
            findings[0].what
                == "database ‘chikondi_expenses’ of source ‘chikondi’ does not exist")
        let text = try String(
            contentsOfFile: definitionsFolder + "/sources/chikondi.yaml", encoding: .utf8)
        let secret = try CouchHarness(
            server: harness.server, mapping: text.replacing("chikondi_sales", with: "secret"))
        let refused = try await secret.source().check()
        #expect(refused.contains { $0.fix.contains("PUT /secret/_security") })
        let open = try CouchHarness(server: CouchHarness.makeServer(login: false))
        #expect(
            try await open.source().check().map(\.what)
                == ["source ‘chikondi’ is read without a name and a password"])
        let closed = try CouchHarness()
        closed.server.stop()
        #expect(try await closed.source().check().map(\.severity) == [.problem])
    }
}
