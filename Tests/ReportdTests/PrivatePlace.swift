import CouchStandIn
import Foundation
import Store
import Testing
import Vocabulary

@testable import SourceSystems

/// All five systems with private text in them, and a folder for the program that reads them.
///
/// Wherever no figure needs a column, its text begins with `secret`. Two configurations reach all
/// feeds: one follows the databases, the other polls them and reads exports and backups.
final class PrivatePlace {
    enum Way: String, CaseIterable {
        case followed, polled
    }

    /// What must be nowhere: private text, the PIN of a device, the password of a source.
    static let secrets = [secret, pin, password]
    private static let secret = "hushhush"
    private static let pin = "7391546280"
    private static let password = "wordofmouth"

    /// Text of mapped columns, one for each feed: where it is not found, nobody has looked.
    static let known = [
        "ODD-TWICE", "ODD-DRIFT", "Trending", "ODD-PAID", "Gammel Kunde", "closed_won", "Bread",
    ]
    /// Text of mapped columns that comes later.
    static let late = ["Late Customer", "Late Bread"]

    let way: Way
    let folder: String
    let server: CouchStandIn
    private let cluster = ScratchCluster.shared
    /// The databases by the name of their schema.
    private let databases: [String: String]

    init(_ way: Way) throws {
        self.way = way
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("reportd-private-\(UUID().uuidString)").path
        var databases: [String: String] = [:]
        for (schema, content) in Self.contents {
            let name = try cluster.database(sourceTables(schema))
            try cluster.sql(name, Self.marked(content))
            databases[schema] = name
        }
        self.databases = databases
        server = try CouchStandIn(user: ("reportd", Self.password))
        for name in ["chikondi_sales", "chikondi_expenses", "chikondi_inventory"] {
            server.makeDatabase(name)
        }
        let files = FileManager.default
        for name in ["backups", "exports", "device"] {
            try files.createDirectory(
                atPath: folder + "/" + name, withIntermediateDirectories: true)
        }
        try files.copyItem(
            atPath: FirstLightWorld.root + "/queries", toPath: folder + "/queries")
        try write("queries/reports/everything.yaml", Self.report(of: texts()))
        try write("reportd.yaml", configuration)
        try work(0)
    }

    /// Lets go of the servers and removes what was written; the program must have stopped.
    func remove() {
        server.stop()
        // A slot that nobody reads would hold the cluster's log for the tests that follow.
        for name in databases.values {
            _ = try? cluster.sql(
                name,
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
                    + "WHERE database = current_database()")
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func write(_ name: String, _ text: String) throws {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
    }

    private static func marked(_ content: String) -> String {
        content.replacing("marker", with: secret)
    }

    private static let contents = [
        "teddykids": TeddyKidsDatabase.content + TeddyKidsDatabase.oddities,
        "angisoft": AngiSoftDatabase.content + AngiSoftDatabase.oddities,
        "mvp": TokenDatabase.content + TokenDatabase.oddities,
        "tekup": SalesGroupDatabase.planned + SalesGroupDatabase.plannedOddities
            + SalesGroupDatabase.renos + SalesGroupDatabase.renosOddities
            + SalesGroupDatabase.crm + SalesGroupDatabase.crmOddities,
    ]

    private static func changes(_ schema: String, _ round: Int) -> String {
        switch schema {
        case "teddykids": TeddyKidsDatabase.changes(round)
        case "angisoft": AngiSoftDatabase.changes(round)
        case "mvp": TokenDatabase.changes(round)
        default:
            SalesGroupDatabase.plannedChanges(round) + SalesGroupDatabase.renosChanges(round)
                + SalesGroupDatabase.crmChanges(round)
                    + """
                    UPDATE customers SET name = '\(late[0])', notes = '\(secret)-late'
                        WHERE id = '\(SalesGroupDatabase.id(3, 5))';
                    """
        }
    }

    // MARK: Configuration

    private var configuration: String {
        let read = way == .polled ? ", read: polling, every: 1s, reconcile: 1s" : ""
        func database(_ source: String, _ schema: String) -> String {
            let connection = cluster.connection(databases[schema] ?? "")
            return "  \(source): {connection: \"\(connection)\"\(read)}"
        }
        let feeds = [
            way == .polled
                ? "  teddykids-backup: {folder: backups}"
                : database("teddykids", "teddykids"),
            database("angisoft", "angisoft"), database("mvp", "mvp"), database("tekup", "tekup"),
            database("renos", "tekup"), database("crm", "tekup"),
            way == .polled
                ? "  chikondi: {folder: exports}"
                : "  chikondi: {connection: \"\(server.address)\"}",
            "  chikondi-device: {folder: device}",
        ]
        return """
            definitions: queries
            listen: {port: 0}
            sources:
            \(feeds.joined(separator: "\n"))

            """
    }

    /// The columns that hold words, by model; private text would be in one of these.
    private func texts() throws -> [(model: String, columns: [String])] {
        let schema = try Schema(definitions: folder + "/queries")
        return schema.models.values.sorted { $0.name < $1.name }.compactMap { model in
            let columns = model.columns.filter { [.text, .category].contains($0.type) }
            return columns.isEmpty ? nil : (model.name, columns.map(\.name))
        }
    }

    /// A report that lists every row of every model.
    private static func report(of models: [(model: String, columns: [String])]) -> String {
        let blocks = models.map { model, columns in
            "  - {name: \(model.replacing("_", with: "-")), type: rows, title: \(model), "
                + "model: \(model), columns: ["
                + columns.map { "{column: \($0)}" }.joined(separator: ", ") + "]}"
        }
        return "report: everything\ntitle: Everything\nperiod: this-year\nblocks:\n"
            + blocks.joined(separator: "\n") + "\n"
    }

    /// SELECTs that together give every text of every model.
    func selectsOfEverything() throws -> [String] {
        let selects = try texts().map { model, columns in
            let words = columns.map { "coalesce(\"\($0)\", '')" }.joined(separator: " || ' ' || ")
            return "SELECT \(words) AS words FROM \"\(model)\""
        }
        // So many parts of a statement are too many for the reader.
        return stride(from: 0, to: selects.count, by: 20).map { start in
            selects[start..<min(start + 20, selects.count)].joined(separator: " UNION ALL ")
        }
    }

    // MARK: What happens at the sources

    /// Changes all systems; round 0 is what they begin with.
    func work(_ round: Int) throws {
        if round > 0 {
            for (schema, name) in databases {
                try cluster.sql(name, Self.marked(Self.changes(schema, round)))
            }
        }
        var lines: [String] = []
        for (database, id, members) in Self.documents(round) {
            server.put(database, id, members)
            lines.append("{\"_id\":\"\(id)\",\"_rev\":\"1-\(round)\",\(members)}")
        }
        try write("exports/round-\(round).ndjson", lines.joined(separator: "\n") + "\n")
        if round == 0 {
            try write("backups/backup.json", backup())
            try write("device/backup.json", Self.device)
        }
    }

    private func backup() throws -> String {
        let query = Self.marked(TeddyKidsDatabase.backup(old: false))
        return try cluster.sql(databases["teddykids"] ?? "", query)[0][0] ?? ""
    }

    private static let hidden =
        "\"pin\":\"\(pin)\",\"securityAnswer\":\"\(secret)-answer\","
        + "\"user\":{\"pin\":\(pin),\"notes\":[\"\(secret)-note\"]}"

    private static func sale(_ number: Int, _ product: String, amount: String = "5") -> String {
        "\"id\":\(number),\"productId\":3,\"productName\":\"\(product)\",\"timestamp\":1,"
            + "\"amount\":\(amount),\(hidden)"
    }

    /// The shop's documents: sales, one that does not fit, one that no table takes.
    private static func documents(
        _ round: Int
    ) -> [(database: String, id: String, members: String)] {
        let product = round == 0 ? known[6] : late[1]
        var documents = (1...20).map { number in
            let number = round * 100 + number
            return ("chikondi_sales", "sale_\(number)_1", sale(number, product))
        }
        documents.append(
            ("chikondi_sales", "sale_9\(round)_1", sale(900, product, amount: "\"much\"")))
        documents.append(("chikondi_sales", "user_\(round)", hidden))
        documents.append(
            ("chikondi_inventory", "product_\(round)_1", "\"name\":\"\(product)\",\(hidden)"))
        return documents
    }

    private static let device =
        "{\"metadata\":{},\"user\":{\(hidden)},\"sales\":[{\(sale(7001, "Bread"))},"
        + "{\(sale(7002, "Bread", amount: "\"much\""))}],\"inventory\":[],\"expenses\":[]}"

    /// Makes sources fail in the midst of private text.
    ///
    /// - Returns: Their names.
    func breakSources() throws -> [String] {
        try cluster.sql(
            databases["tekup"] ?? "", "ALTER TABLE crm.\"CrmDeal\" DROP COLUMN stage CASCADE")
        switch way {
        case .followed:
            // A server's report of its own fault may quote the document at hand.
            let words =
                "{\"error\":\"case_clause\",\"reason\":\"{doc,[{<<'pin'>>,<<'\(Self.pin)'>>},"
                + "{<<'answer'>>,<<'\(Self.secret)'>>}]}\"}"
            for _ in 0..<20 { server.inject(.status(500, words)) }
            server.breakConnections()
            return ["crm", "chikondi"]
        case .polled:
            let whole = try backup()
            let middle = try #require(whole.range(of: Self.secret))
            try write("backups/backup.json", String(whole[..<middle.upperBound]))
            return ["crm", "teddykids-backup"]
        }
    }
}
