import Foundation
import Store
import Vocabulary

@testable import Analytics

/// A row of the model `deal`, as a plain struct that the naive computation walks over.
struct Deal {
    var company: String
    var status: String?
    var channel: String?
    /// Number of the customer within the company; some have no row of their own.
    var customer: Int?
    var net: Int64?
    var currency: String?
    var quantity: Int64?
    var points: Int64?
    var flag: Bool?
    var at: Instant?
    var closed: Instant?
    var due: LocalDay?
}

/// A small random world: three companies in three zones, with four currencies.
struct OracleWorld {
    static let text = """
        companies:
          - {code: north, name: North, zone: Europe/Copenhagen, currency: DKK, country: DK,
             fiscal-year-start: 5}
          - {code: south, name: South, zone: Asia/Kolkata, currency: MWK, country: MW,
             fiscal-year-start: 5}
          - {code: west, name: West, zone: America/New_York, currency: JPY, country: US,
             fiscal-year-start: 5}
        """
    static let calendar = FiscalCalendar.months(from: 5)
    static let metrics = """
        dimensions:
          age: {label: Age, days-since: {deal: due}, bands: [-20, 0, 45]}
          waiting: {label: Waiting, days-since: {deal: at}, bands: [0, 30], labels: [new, a, b]}
          bulk: {label: Bulk, of: {deal: quantity}, bands: [0, 1.5, 4]}
        metrics:
          total: {description: x, model: deal, kind: sum, column: net, date: at}
          deals: {description: x, model: deal, kind: count, date: at}
          priced: {description: x, model: deal, kind: count, column: net, date: at}
          won:
            {description: x, model: deal, kind: sum, column: net, date: at, where: {status: [a, b]}}
          mean: {description: x, model: deal, kind: average, column: net, date: at}
          mean_points:
            {description: x, model: deal, kind: average, column: points, date: at, decimals: 3}
          least: {description: x, model: deal, kind: minimum, column: net, date: at}
          most: {description: x, model: deal, kind: maximum, column: points, date: at}
          amount: {description: x, model: deal, kind: sum, column: quantity, date: at}
          points_due: {description: x, model: deal, kind: sum, column: points, date: due}
          buyers: {description: x, model: deal, kind: distinct, column: customer, date: at}
          open_value:
            {description: x, model: deal, kind: sum, column: net, where: {status: {not: [a]}}}
          middle: {description: x, model: deal, kind: median, column: net, date: at}
          points_90:
            {description: x, model: deal, kind: percentile, percent: 90, column: points, date: at}
          wait:
            {description: x, model: deal, kind: average, elapsed: {from: at, to: closed}, date: at,
             unit: number, decimals: 3}
          wait_middle:
            {description: x, model: deal, kind: median, elapsed: {from: at, to: closed}, date: at}
          bulky:
            {description: x, model: deal, kind: count, date: at,
             where: {quantity: {at-least: 1, below: 4.25}, closed: {after: 2026-02-01}}}
          overdue:
            {description: x, model: deal, kind: sum, column: net,
             where: {due: {before: period-end - 10}, net: {above: 0}}}
          balance: {description: x, model: deal, kind: sum, column: net, date: at, accumulate: always}
          year_deals: {description: x, model: deal, kind: count, date: at, accumulate: year}
          period_amount:
            {description: x, model: deal, kind: sum, column: quantity, date: at, accumulate: period}
          recent:
            {description: x, model: deal, kind: sum, column: net, date: at, trailing: 40 days}
          recent_mean:
            {description: x, model: deal, kind: average, column: points, date: at,
             trailing: 2 months, decimals: 3}
          recent_buyers:
            {description: x, model: deal, kind: distinct, column: customer, date: at,
             trailing: 3 weeks}
          daily: {description: x, formula: total / days(period)}
          run_rate: {description: x, formula: deals / days(elapsed) * days(period), unit: number}
          vip_deals:
            {description: x, model: deal, kind: count, date: at, where: {customer.kind: vip}}
          per_deal: {description: x, formula: total / deals}
          won_share: {description: x, formula: won / total, unit: ratio}
          part: {description: x, formula: won / total(total), unit: ratio}
          buyers_part: {description: x, formula: 1 - buyers / total(buyers), unit: ratio}
          lost: {description: x, formula: total - won}
          per_unit: {description: x, formula: "100 * points_due / amount", unit: number, decimals: 4}
        """

    static func schema(_ text: String = text) throws -> Schema {
        let companies = try CompanyDirectory(DefinitionNode(parsing: text, file: "companies.yaml"))
        return Schema(
            models: [
                Model(
                    name: "deal", label: "Deal",
                    columns: [
                        Column(name: "status", label: "Status", type: .category),
                        Column(name: "channel", label: "Channel", type: .text),
                        Column(
                            name: "customer", label: "Customer",
                            type: .reference(model: "customer")),
                        Column(name: "net", label: "Net", type: .money(currency: "currency")),
                        Column(name: "currency", label: "Currency", type: .category),
                        Column(name: "quantity", label: "Quantity", type: .decimal(scale: 3)),
                        Column(name: "points", label: "Points", type: .integer),
                        Column(name: "flag", label: "Flag", type: .boolean),
                        Column(name: "at", label: "At", type: .instant),
                        Column(name: "closed", label: "Closed", type: .instant),
                        Column(name: "due", label: "Due", type: .day),
                        Column(name: "number", label: "Number", type: .integer),
                    ], timeColumn: "at"),
                Model(
                    name: "customer", label: "Customer",
                    columns: [
                        Column(name: "name", label: "Name", type: .text),
                        Column(name: "kind", label: "Kind", type: .category),
                    ], timeColumn: nil),
            ], companies: companies)
    }

    private(set) var schema: Schema
    let zones: [String: Zone]
    /// The same zones as another library has them.
    let clocks: [String: TimeZone]
    var deals: [Deal] = []
    /// Name and kind by company and number; nil for a customer that never arrived.
    var customers: [String: [(name: String, kind: String?)?]] = [:]

    init(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let schema = try Self.schema()
        self.schema = schema
        zones = Dictionary(
            uniqueKeysWithValues: schema.companies.companies.map { ($0.code, $0.zone) })
        clocks = zones.compactMapValues { TimeZone(identifier: $0.name) }
        let codes = schema.companies.companies.map(\.code)
        for code in codes {
            customers[code] = (0..<5).map { number in
                // Two of one name, and one that never arrives.
                if number == 4 { return nil }
                return (
                    name: "Customer \(number / 2)",
                    kind: ["vip", "plain", nil].randomElement(using: &random) ?? nil
                )
            }
        }
        func maybe<Thing>(_ thing: Thing, _ random: inout SplitMix) -> Thing? {
            Int.random(in: 0..<8, using: &random) == 0 ? nil : thing
        }
        let start = Instant("2025-10-20T00:00:00Z")?.seconds ?? 0
        for _ in 0..<Int.random(in: 0...250, using: &random) {
            let at = Instant(
                seconds: start + Int64.random(in: 0..<(270 * 24), using: &random) * 3600
                    + Int64.random(in: -1...1, using: &random))
            let due = LocalDay(number: 20_454 + Int32.random(in: 0..<200, using: &random))
            deals.append(
                Deal(
                    company: codes.randomElement(using: &random) ?? "north",
                    status: maybe(["a", "b", "c"].randomElement(using: &random) ?? "a", &random),
                    channel: maybe(
                        ["web", "phone"].randomElement(using: &random) ?? "web", &random),
                    customer: maybe(Int.random(in: 0..<5, using: &random), &random),
                    net: maybe(Int64.random(in: -500...100_000, using: &random), &random),
                    currency: ["DKK", "DKK", "DKK", "MWK", "JPY", "KWD", "zzz", nil]
                        .randomElement(using: &random) ?? nil,
                    quantity: maybe(Int64.random(in: 0...5_000, using: &random), &random),
                    points: maybe(Int64.random(in: -5...50, using: &random), &random),
                    flag: maybe(Bool.random(using: &random), &random),
                    at: maybe(at, &random),
                    closed: maybe(
                        Instant(
                            seconds: at.seconds
                                + Int64.random(in: -9000...9_000_000, using: &random)), &random),
                    due: maybe(due, &random)))
        }
    }

    /// The same rows, of companies that all have one currency.
    init(_ other: OracleWorld, reportingIn currency: Currency) throws {
        self = other
        schema = try Self.schema(
            Self.text.replacing(#/currency: [A-Z]+/#, with: "currency: \(currency)"))
    }

    func fill(_ store: Store) throws {
        var batch = ChangeBatch()
        for (company, list) in customers.sorted(by: { $0.key < $1.key }) {
            for (number, customer) in list.enumerated() {
                guard let customer else { continue }
                batch.upsert(
                    model: "customer", origin: "test", company: company,
                    key: .text("\(company)-\(number)"),
                    cells: [.text(customer.name), customer.kind.map { .text($0) } ?? .missing])
            }
        }
        for (number, deal) in deals.enumerated() {
            batch.upsert(
                model: "deal", origin: "test", company: deal.company, key: .integer(Int64(number)),
                cells: [
                    deal.status.map { .text($0) } ?? .missing,
                    deal.channel.map { .text($0) } ?? .missing,
                    deal.customer.map { .key(.text("\(deal.company)-\($0)")) } ?? .missing,
                    deal.net.map { .number($0) } ?? .missing,
                    deal.currency.map { .text($0) } ?? .missing,
                    deal.quantity.map { .number($0) } ?? .missing,
                    deal.points.map { .number($0) } ?? .missing,
                    deal.flag.map { .number($0 ? 1 : 0) } ?? .missing,
                    deal.at.map { .number($0.microseconds) } ?? .missing,
                    deal.closed.map { .number($0.microseconds) } ?? .missing,
                    deal.due.map { .number(Int64($0.number)) } ?? .missing,
                    .number(Int64(number)),
                ])
        }
        try store.commit(batch)
    }

    /// Which customer each of the store's dense references is, found by the rows that hold it.
    func identities(of snapshot: Snapshot) throws -> [Reference: String] {
        var identities: [Reference: String] = [:]
        let rows = try snapshot.rows(
            RowRequest(model: "deal", columns: [ColumnPath("customer"), ColumnPath("number")]))
        try rows.forEachBatch { batch in
            for row in batch {
                guard case .reference(let reference) = row[0], case .number(let number) = row[1],
                    let customer = deals[Int(number)].customer
                else { continue }
                identities[reference] = "\(deals[Int(number)].company)-\(customer)"
            }
        }
        return identities
    }
}

/// A world in a store, with the metrics that are asked of it.
struct OracleScene {
    let world: OracleWorld
    let now: Instant
    let definitions: Definitions
    let store: TestStore

    /// Half of the worlds are read from sealed segments, half from the delta.
    init(seed: UInt64) throws {
        world = try OracleWorld(seed: seed)
        now = Instant("2026-06-10T23:30:00Z") ?? Instant(seconds: 0)
        definitions = try Definitions(
            metrics: [DefinitionNode(parsing: OracleWorld.metrics, file: "m.yaml")],
            schema: world.schema)
        store = try TestStore(schema: world.schema, clock: .fixed(now))
        try world.fill(store.store)
        if seed.isMultiple(of: 2) { while try store.store.seal(minimum: 1) {} }
    }

    /// A state of some companies, each of which is left out once in so many times; nil for none.
    func snapshot(
        leavingOut times: Int, _ random: inout SplitMix
    ) throws -> Snapshot? {
        let codes = world.schema.companies.companies.map(\.code).filter { _ in
            Int.random(in: 0..<times, using: &random) > 0
        }
        return codes.isEmpty ? nil : try store.store.snapshot(Scope(companies: codes))
    }
}
