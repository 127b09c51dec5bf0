import CouchStandIn
import Foundation
import Store
import Synchronization
import Testing
import Vocabulary

@testable import Ingest
@testable import SourceSystems

/// A stand-in for the shop's CouchDB, a store, and the source between them.
final class CouchHarness: Sendable {
    static let databases = ["chikondi_sales", "chikondi_expenses", "chikondi_inventory"]
    static let user = (name: "reportd", password: "p@ss:wörd/1")

    let server: CouchStandIn
    let folder: ScratchFolder
    let schema: Schema
    let definition: SourceDefinition
    let store: Store
    let events = Mutex<[IngestEvent]>([])

    init(
        server: CouchStandIn? = nil, mapping: String? = nil, storeFolder: String? = nil
    ) throws {
        self.server = try server ?? Self.makeServer()
        folder = try ScratchFolder()
        schema = try Schema(definitions: definitionsFolder)
        definition = try Self.chikondi(mapping, schema)
        store = try Store(path: (storeFolder ?? folder.path) + "/store.sqlite", schema: schema)
    }

    /// The same server and the same store, after the process that had it open is gone.
    init(reopening other: CouchHarness, mapping: String? = nil) throws {
        (server, folder, schema) = (other.server, other.folder, other.schema)
        definition = try mapping.map { try Self.chikondi($0, other.schema) } ?? other.definition
        store = try Store(path: folder.path + "/store.sqlite", schema: schema)
    }

    deinit { try? store.close() }

    /// A server with the shop's three databases, empty.
    static func makeServer(login: Bool = true) throws -> CouchStandIn {
        let server = try CouchStandIn(user: login ? user : nil, forbidden: ["secret"])
        for name in databases { server.makeDatabase(name) }
        return server
    }

    static func chikondi(_ mapping: String? = nil, _ schema: Schema) throws -> SourceDefinition {
        if let mapping {
            return try SourceDefinition(
                DefinitionNode(parsing: mapping, file: "sources/chikondi.yaml"), schema: schema)
        }
        return try SourceDefinition(
            DefinitionNode(
                contentsOf: definitionsFolder + "/sources/chikondi.yaml",
                relativeTo: definitionsFolder), schema: schema)
    }

    static var quick: CouchTiming {
        var timing = CouchTiming()
        timing.heartbeat = .milliseconds(100)
        timing.silence = .milliseconds(1500)
        timing.check = .milliseconds(100)
        return timing
    }

    static func address(_ server: CouchStandIn, query: String = "") -> String {
        guard server.user != nil else { return server.address }
        // Percent-encoded, as the address of a person with such a password has to be.
        return "http://\(user.name):p%40ss%3Aw%C3%B6rd%2F1@127.0.0.1:\(server.port)\(query)"
    }

    /// The address of a server's TLS side.
    static func address(_ secure: SecureServer, host: String = "127.0.0.1", query: String) -> String
    {
        "https://\(user.name):p%40ss%3Aw%C3%B6rd%2F1@\(host):\(secure.port)\(query)"
    }

    func source(
        timing: CouchTiming = quick, connection: String? = nil, clock: WallClock = .system,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { _ in
            try await Task.sleep(for: .milliseconds(2))
        }
    ) throws -> CouchSource {
        try CouchSource(
            definition: definition, connection: connection ?? Self.address(server), store: store,
            clock: clock, timing: timing, sleep: sleep,
            log: { event in self.events.withLock { $0.append(event) } })
    }

    /// Follows while `body` runs.
    func following(
        timing: CouchTiming = quick, _ body: (CouchSource) async throws -> Void
    ) async throws {
        let source = try source(timing: timing)
        let task = Task { try await source.run() }
        do {
            try await body(source)
        } catch {
            task.cancel()
            _ = await task.result
            throw error
        }
        task.cancel()
        try await task.value
    }

    var reconnections: Int {
        events.withLock { $0.count { if case .reconnecting = $0 { true } else { false } } }
    }

    var reloads: [String] {
        events.withLock {
            $0.compactMap { if case .reloading(let reason) = $0 { reason } else { nil } }
        }
    }

    /// Whether the store holds what the server's documents add up to.
    var isLevel: Bool {
        get throws { try CouchOracle(server).differences(from: store).isEmpty }
    }

    /// Waits until the store is level with the server.
    func settle(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try !isLevel {
            guard ContinuousClock.now < end else { break }
            try await Task.sleep(for: .milliseconds(10))
        }
        try expectEqual(sourceLocation: sourceLocation)
    }

    func expectEqual(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let differences = try CouchOracle(server).differences(from: store)
        #expect(differences.isEmpty, "\(differences)", sourceLocation: sourceLocation)
    }
}

/// What the shop's documents add up to, worked out from the server's documents by code that shares
/// nothing with the reader: Foundation's JSON, Foundation's decimals.
struct CouchOracle {
    /// A model's rows: how many, and a hash that does not depend on their order.
    struct Sum: Equatable {
        var count = 0
        var hash: UInt64 = 0

        init(_ lines: [String]) {
            for line in lines {
                var one: UInt64 = 0xcbf2_9ce4_8422_2325
                for byte in line.utf8 { one = (one ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
                hash &+= one
                count += 1
            }
        }
    }

    private struct Sale: Decodable {
        var id: Decimal?
        var timestamp: Decimal?
        var productId: Decimal?
        var productName: String?
        var quantity: Decimal?
        var amount: Decimal?
        var total: Decimal?
        var paymentMethod: String?
        var synced: Bool?
        var test: Bool?
    }

    private struct Expense: Decodable {
        var id: Decimal?
        var timestamp: Decimal?
        var description: String?
        var category: String?
        var amount: Decimal?
        var synced: Bool?
        var test: Bool?
    }

    private struct Product: Decodable {
        var id: Decimal?
        var name: String?
        var category: String?
        var price: Decimal?
        var quantity: Decimal?
        var lowStockAlert: Decimal?
        var createdAt: Decimal?
        var updatedAt: Decimal?
        var test: Bool?
    }

    private(set) var sales: [String] = []
    private(set) var expenses: [String] = []
    private(set) var products: [String] = []
    private(set) var aside: Set<String> = []

    init(_ server: CouchStandIn) throws {
        var owners: [String: (id: String, line: String)] = [:]
        func claim(_ key: String, _ id: String, _ line: String) {
            if let other = owners[key], (other.id.count, other.id) > (id.count, id) { return }
            owners[key] = (id, line)
        }
        func words(_ parts: [String?]) -> String {
            parts.map { $0 ?? "-" }.joined(separator: "|")
        }
        for document in server.documents("chikondi_sales") where !document.id.hasPrefix("_design") {
            guard document.id.hasPrefix("sale_") else {
                aside.insert(document.id)
                continue
            }
            guard let one = Self.decode(Sale.self, document.json) else {
                aside.insert(document.id)
                continue
            }
            if one.test == true { continue }
            guard let id = one.id, let time = one.timestamp, let product = one.productId else {
                aside.insert(document.id)
                continue
            }
            claim(
                "s \(id) \(time) \(product)", document.id,
                words([
                    "\(id)", one.productName, Self.scaled(one.quantity, 3),
                    Self.scaled(one.amount, 2), Self.scaled(one.total, 2), one.paymentMethod, "MWK",
                    "\(time * 1000)", one.synced.map { $0 ? "1" : "0" },
                ]))
        }
        sales = owners.values.map(\.line)
        owners = [:]
        for document in server.documents("chikondi_expenses")
        where !document.id.hasPrefix("_design") {
            guard document.id.hasPrefix("expense_"),
                let one = Self.decode(Expense.self, document.json)
            else {
                aside.insert(document.id)
                continue
            }
            if one.test == true { continue }
            guard let id = one.id, let time = one.timestamp else {
                aside.insert(document.id)
                continue
            }
            claim(
                "e \(id) \(time)", document.id,
                words([
                    "\(id)", one.description, one.category, Self.scaled(one.amount, 2), "MWK",
                    "\(time * 1000)", one.synced.map { $0 ? "1" : "0" },
                ]))
        }
        expenses = owners.values.map(\.line)
        for document in server.documents("chikondi_inventory")
        where !document.id.hasPrefix("_design") {
            guard document.id.hasPrefix("product_"),
                let one = Self.decode(Product.self, document.json)
            else {
                aside.insert(document.id)
                continue
            }
            if one.test == true { continue }
            products.append(
                words([
                    one.id.map { "\($0)" }, one.name, one.category, Self.scaled(one.price, 2),
                    Self.scaled(one.quantity, 3), Self.scaled(one.lowStockAlert, 3), "MWK",
                    (one.updatedAt ?? one.createdAt).map { "\($0 * 1000)" },
                ]))
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ json: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(json.utf8))
    }

    private static func scaled(_ value: Decimal?, _ scale: Int) -> String? {
        guard let value else { return nil }
        var shifted = value * pow(Decimal(10), scale)
        var rounded = Decimal()
        NSDecimalRound(&rounded, &shifted, 0, .plain)
        return "\(rounded)"
    }

    /// What the store holds, in the same form.
    static func stored(_ model: String, _ columns: [String], in store: Store) throws -> [String] {
        var lines: [String] = []
        let rows = try store.snapshot(Scope(companies: ["tiyende"])).rows(
            RowRequest(model: model, columns: columns.map { ColumnPath($0) }))
        try rows.forEachBatch { batch in
            for cells in batch {
                lines.append(
                    cells.map { cell in
                        switch cell {
                        case .number(let number): "\(number)"
                        case .text(let text): text
                        default: "-"
                        }
                    }.joined(separator: "|"))
            }
        }
        return lines
    }

    /// Where the store differs; empty when count and hash of each model are equal.
    func differences(from store: Store) throws -> [String] {
        let wanted = [
            (
                "pos_sale", sales,
                [
                    "number", "product", "quantity", "amount", "app_total", "payment_method",
                    "currency", "sold_at", "synced",
                ]
            ),
            (
                "expense", expenses,
                [
                    "number", "description", "category", "amount", "currency", "spent_at", "synced",
                ]
            ),
            (
                "product_snapshot", products,
                [
                    "number", "name", "category", "price", "quantity", "alert_at", "currency",
                    "recorded_at",
                ]
            ),
        ]
        var found: [String] = []
        for (model, lines, columns) in wanted {
            let stored = try Self.stored(model, columns, in: store)
            if Sum(stored) == Sum(lines) { continue }
            let extra = Set(stored).subtracting(lines).sorted().prefix(2)
            let lacking = Set(lines).subtracting(stored).sorted().prefix(2)
            found.append(
                "\(model): \(stored.count) of \(lines.count) rows; extra \(extra), lacking \(lacking)"
            )
        }
        let kept = Set(try store.quarantined().map(\.key))
        if kept != aside {
            found.append(
                "quarantine: extra \(kept.subtracting(aside).sorted().prefix(3)), lacking "
                    + "\(aside.subtracting(kept).sorted().prefix(3))")
        }
        return found
    }
}
