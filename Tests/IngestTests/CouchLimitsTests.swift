import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// How much a reader of CouchDB keeps in memory.
@Suite struct CouchLimitsTests {
    /// Reads a server in a process of its own.
    ///
    /// - Returns: The most anonymous memory that it had, in kilobytes.
    private func peak(
        _ harness: CouchHarness, batchBytes: Int = 1 << 20, pageRows: Int = 1000
    ) async throws -> Int {
        let store = harness.folder.path + "/store.sqlite"
        let answer = harness.folder.path + "/peak"
        let server = CouchHarness.address(harness.server)
        await #expect(processExitsWith: .success) {
            [
                path = store as String, connection = server as String, answer = answer as String,
                batchBytes = batchBytes as Int, pageRows = pageRows as Int
            ] in
            let memory = ProcessMemory()
            let schema = try Schema(definitions: definitionsFolder)
            var timing = CouchHarness.quick
            timing.silence = .seconds(60)
            (timing.batchBytes, timing.pageRows) = (batchBytes, pageRows)
            let source = try CouchSource(
                definition: try CouchHarness.chikondi(nil, schema), connection: connection,
                store: try Store(path: path, schema: schema), clock: .system, timing: timing,
                sleep: { try await Task.sleep(for: $0) }, log: { _ in })
            try await source.catchUp()
            try memory.write(to: answer)
        }
        let text = try String(contentsOfFile: answer, encoding: .utf8)
        return try #require(Int(text))
    }

    /// Documents with pictures and lists in members that no figure needs, and a long name.
    @Test(arguments: ["first load", "new changes"])
    func hugeDocumentsTakeTheMemoryOfAFew(reading: String) async throws {
        let picture = String(repeating: "iVBORw0KGgo\\n", count: 30_000)
        let list = (0..<8000).map { "\($0),null,true" }.joined(separator: ",")
        let members =
            "\"name\":\"\(String(repeating: "Ufa ", count: 15_000))\",\"price\":5,\"quantity\":1,"
            + "\"createdAt\":1000,\"picture\":\"\(picture)\",\"list\":[\(list)]"
        func put(_ count: Int, _ harness: CouchHarness) {
            for number in 1...count {
                harness.server.put("chikondi_inventory", "product_\(number)", members)
            }
        }
        func measure(_ count: Int) async throws -> Int {
            let harness = try CouchHarness()
            if reading == "new changes" { try await harness.source().catchUp() }
            try harness.store.close()
            put(count, harness)
            let peak = try await self.peak(harness)
            let again = try CouchHarness(reopening: harness)
            let rows = try again.store.rowCount(model: "product_snapshot", origin: "chikondi")
            #expect(rows == count)
            return peak
        }
        let (few, many) = (try await measure(3), try await measure(15))
        // Twelve documents more are 6 MB of bytes, and some times that when read as JSON.
        #expect(many < few + 3000 && many < 64_000, "\(few) kB for 3, \(many) kB for 15")
    }

    @Test func aLongFeedTakesLittlePerDocument() async throws {
        func measure(_ count: Int) async throws -> Int {
            let harness = try CouchHarness()
            try harness.store.close()
            for number in 1...count {
                harness.server.put(
                    "chikondi_inventory", "product_\(number)",
                    "\"name\":\"Ware \(number)\",\"price\":5,\"quantity\":1,\"createdAt\":1000")
            }
            return try await peak(harness, batchBytes: 1 << 18)
        }
        let (short, long) = (try await measure(2000), try await measure(14_000))
        // One kilobyte a document, most of it what is kept of each row during a first load.
        #expect(long < short + 12_000, "\(short) kB for 2,000, \(long) kB for 14,000")
    }

    /// What the store does not take yet stays at the server.
    @Test func aFeedThatIsFasterThanTheStoreWaits() async throws {
        let harness = try CouchHarness()
        let padding = String(repeating: "x", count: 100_000)
        try await harness.following { source in
            while source.status.state != .following { try await Task.sleep(for: .milliseconds(5)) }
            let go = harness.store.holdWriter()
            let before = harness.server.bytesSent
            for number in 1...150 {
                harness.server.put(
                    "chikondi_expenses", "expense_\(number)_1",
                    "\"id\":\(number),\"timestamp\":1,\"amount\":5,\"padding\":\"\(padding)\"")
            }
            var (last, same) = (-1, 0)
            while same < 10 {
                try await Task.sleep(for: .milliseconds(50))
                let now = harness.server.bytesSent
                same = now == last ? same + 1 : 0
                last = now
            }
            // What the system keeps in its own buffers, and a little more, of 15 MB.
            #expect(last - before < 12_000_000)
            go.signal()
            try await harness.settle()
        }
    }
}
