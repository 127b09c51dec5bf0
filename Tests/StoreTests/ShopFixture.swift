import Foundation
import Store
import Synchronization
import Vocabulary

/// A model with a column of every type, three companies in different zones, and a scratch folder.
struct ShopFixture {
    static let models = [
        Model(
            name: "sale", label: "Sale",
            columns: [
                Column(name: "number", label: "Number", type: .text),
                Column(name: "customer", label: "Customer", type: .reference(model: "customer")),
                Column(name: "status", label: "Status", type: .category, hasHistory: true),
                Column(
                    name: "net", label: "Net", type: .money(currency: "currency"),
                    hasHistory: true),
                Column(name: "currency", label: "Currency", type: .category),
                Column(name: "quantity", label: "Quantity", type: .decimal(scale: 2)),
                Column(name: "items", label: "Items", type: .integer),
                Column(name: "paid", label: "Paid", type: .boolean),
                Column(name: "sold_at", label: "Sold", type: .instant),
                Column(name: "due", label: "Due", type: .day),
            ], timeColumn: "sold_at"),
        Model(
            name: "customer", label: "Customer",
            columns: [
                Column(name: "name", label: "Name", type: .text),
                Column(name: "kind", label: "Kind", type: .category),
            ], timeColumn: nil),
    ]

    static func schema() throws -> Schema {
        let file = try DefinitionNode(
            parsing: """
                companies:
                  - {code: north, name: North, zone: Europe/Copenhagen, currency: DKK, country: DK}
                  - {code: south, name: South, zone: Africa/Blantyre, currency: MWK, country: MW}
                  - {code: east, name: East, zone: Asia/Tokyo, currency: JPY, country: JP}
                """, file: "companies.yaml")
        return Schema(models: models, companies: try CompanyDirectory(file))
    }

    let folder: URL
    var path: String { folder.appendingPathComponent("store.sqlite").path }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "reportd-store-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    func open(
        _ access: Store.Access = .readWrite, clock: WallClock = .system,
        settings: StoreSettings = StoreSettings()
    ) throws -> Store {
        try Store(
            path: path, schema: Self.schema(), access: access, clock: clock, settings: settings)
    }

    static let everyone = Scope(companies: ["north", "south", "east"])

    static func customer(_ name: String?, kind: String? = "B2B") -> [Cell] {
        [name.map(Cell.text) ?? .missing, kind.map(Cell.text) ?? .missing]
    }

    static func sale(
        customer: Int64? = nil, status: String? = "OPEN", net: Int64? = 100,
        currency: String? = "DKK", sold: String = "2026-01-15T12:00:00Z"
    ) -> [Cell] {
        [
            .text("S"), customer.map { .key(.integer($0)) } ?? .missing,
            status.map(Cell.text) ?? .missing, net.map(Cell.number) ?? .missing,
            currency.map(Cell.text) ?? .missing, .number(150), .number(3), .number(1),
            Instant(sold).map { .number($0.microseconds) } ?? .missing, .missing,
        ]
    }
}

/// A clock that a test moves.
final class TestClock: Sendable {
    private let microseconds: Atomic<Int64>

    init(_ text: String = "2026-01-15T12:00:00Z") {
        microseconds = Atomic(Instant(text)?.microseconds ?? 0)
    }

    var clock: WallClock {
        WallClock { Instant(microseconds: self.microseconds.load(ordering: .relaxed)) }
    }

    func advance(seconds: Int64) {
        microseconds.add(seconds * 1_000_000, ordering: .relaxed)
    }

    /// Stands at some days after another clock's time.
    func stand(at days: Int, after start: TestClock) {
        microseconds.store(
            start.microseconds.load(ordering: .relaxed) + Int64(days) * 86_400_000_000,
            ordering: .relaxed)
    }

    func advance(days: Int64) { advance(seconds: days * 86_400) }
}

/// A small, fast, seeded generator (SplitMix64), so that a failing run can be replayed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &self)]
    }
}
