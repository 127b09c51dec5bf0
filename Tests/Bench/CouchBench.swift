import CouchStandIn
import Foundation
import Ingest
import Store
import Vocabulary

/// The first load of a CouchDB database, against curl reading the same feed to nowhere.
///
/// No package holds CouchDB, so the server is the stand-in of the tests. It lets rows out at the
/// fastest rate that was recorded from CouchDB itself for this feed, 15,200 a second; a second case
/// lets them out as fast as they go, which no CouchDB does.
struct CouchBench {
    private static let rounds = 3
    private static let documents = 50_000
    private static let recordedRate = 15_200
    private static let database = "chikondi_sales"

    private let workshop: Workshop
    private let schema: Schema
    private let definition: SourceDefinition

    init(_ workshop: Workshop) throws {
        self.workshop = workshop
        schema = try Schema(definitions: "queries")
        let sources = try SourceDefinition.load(definitions: "queries", schema: schema)
        guard let definition = sources.first(where: { $0.name == "chikondi" }) else {
            throw Advice(
                .definition, "queries/sources has no source ‘chikondi’",
                remedy: "restore it from git")
        }
        self.definition = definition
    }

    /// What the documents add up to.
    private struct Sum: Equatable, CustomStringConvertible {
        var rows = 0
        var amount: Int128 = 0

        var description: String { "\(rows) sales of \(amount)" }
    }

    /// Measures both cases.
    func run(into report: inout BenchReport) async throws {
        say("Filling the CouchDB stand-in")
        let server = try CouchStandIn(user: ("reportd", "word"))
        defer { server.stop() }
        for table in ["chikondi_sales", "chikondi_expenses", "chikondi_inventory"] {
            server.makeDatabase(table)
        }
        let wanted = fill(server)
        for (ending, pace, bar) in [("", Self.recordedRate, 0.9), ("-unpaced", nil, nil)] {
            server.setPace(pace)
            let name = "couch-\(Self.documents)\(ending)"
            var (ours, theirs): ([Double], [Double]) = ([], [])
            for round in 1...Self.rounds {
                say("Loading from CouchDB\(ending), round \(round) of \(Self.rounds)")
                theirs.append(try Stopwatch.seconds { try read(server) })
                ours.append(
                    try await Stopwatch.seconds { try await load(server, wanted, case: name) })
            }
            try report.add(
                BenchCase(
                    name: name, ours: Double(Self.documents) / Stopwatch.median(ours),
                    peer: "curl", theirs: Double(Self.documents) / Stopwatch.median(theirs),
                    unit: "rows/s", rows: Self.documents, bar: bar))
        }
    }

    /// Writes sales of about 300 bytes; one of twenty is sent a second time.
    private func fill(_ server: CouchStandIn) -> Sum {
        var sum = Sum()
        var random = SplitMix64(state: 5)
        var again = ""
        for number in 1...Self.documents {
            let time = 1_760_000_000_000 + Int64(number) * 30_000
            let isRepeated = number % 20 == 0
            if !isRepeated {
                let (quantity, product) = (Int(random.next() % 6) + 1, Int(random.next() % 9) + 1)
                let amount = quantity * 1850
                again =
                    "\"productId\":\(product),\"productName\":\"Ware \(product)\",\"quantity\":"
                    + "\(quantity),\"amount\":\(amount),\"paymentMethod\":\"cash\",\"items\":[{"
                    + "\"name\":\"Ware \(product)\",\"quantity\":\(quantity),\"price\":1850,"
                    + "\"total\":\(amount)}],\"total\":\(amount),\"customerId\":\(product),"
                    + "\"timestamp\":\(time),\"synced\":false,\"id\":\(number)"
                sum.rows += 1
                sum.amount += Int128(amount) * 100
            }
            server.put(Self.database, "sale_\(number)_\(time + 5000)", again)
        }
        return sum
    }

    /// Reads the feed with curl and checks that it was all of it.
    private func read(_ server: CouchStandIn) throws {
        let text = try ProgramRun.output(of: [
            "/usr/bin/env", "curl", "-sS", "--fail", "-u", "reportd:word", "-o", "/dev/null", "-w",
            "%{size_download}",
            "http://127.0.0.1:\(server.port)/\(Self.database)/_changes?include_docs=true",
        ])
        guard let bytes = Int(text), bytes > Self.documents * 300 else {
            throw Advice(
                .damaged, "curl read \(text) bytes of the feed",
                remedy: "find out who is wrong before any speed is believed")
        }
    }

    private func load(_ server: CouchStandIn, _ wanted: Sum, case name: String) async throws {
        workshop.removeStore("couch")
        let store = try Store(path: workshop.path(ofStore: "couch"), schema: schema)
        defer {
            try? store.close()
            workshop.removeStore("couch")
        }
        try await CouchSource(definition: definition, connection: server.address, store: store)
            .catchUp()
        let answer = try store.snapshot(Scope(companies: ["tiyende"])).scan(
            ScanRequest(
                model: "pos_sale", measures: [.count, .sum(.column(ColumnPath("amount")))])
        ).rows[0].values
        let found = Sum(rows: Int(answer[0] ?? 0), amount: answer[1] ?? 0)
        guard found == wanted else {
            throw Advice(
                .damaged, "case \(name): we loaded \(found), the server holds \(wanted)",
                remedy: "find out who is wrong before any speed is believed")
        }
    }
}
