import CouchStandIn

/// A shop that writes documents, edits, repeats and deletes them, the same for the same seed.
struct CouchWorkload {
    private var state: UInt64
    private var clock: Int64 = 1_759_800_000_000
    private var counter = 0
    private var living: [(database: String, id: String)] = []
    private var records: [(members: String, counter: Int)] = []

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func random(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % bound
    }

    /// Lets so many things happen.
    mutating func work(_ count: Int, on server: CouchStandIn) {
        for _ in 0..<count { step(on: server) }
    }

    private mutating func step(on server: CouchStandIn) {
        clock += Int64(random(60_000)) + 1
        switch random(20) {
        case 0..<7: newSale(server)
        case 7: sendAgain(server)
        case 8: newExpense(server)
        case 9...10: newProduct(server)
        case 11...13: edit(server)
        case 14: remove(server)
        case 15: conflict(server)
        case 16: misfit(server)
        case 17: leftover(server)
        case 18: foreign(server)
        default: bringBack(server)
        }
    }

    private mutating func add(
        _ server: CouchStandIn, _ database: String, _ kind: String, _ members: String
    ) {
        let id = "\(kind)_\(counter)_\(clock + 5000)"
        server.put(database, id, members)
        living.append((database, id))
    }

    private mutating func saleMembers() -> String {
        let quantity = random(6) + 1
        let product = random(9) + 1
        let amount = ["\(quantity * 1850)", "\(quantity * 350).3000000000002", "0", "null"][
            random(20) < 16 ? 0 : random(4)]
        let total = random(3) == 0 ? "" : ",\"total\":\(amount)"
        let method = random(3) == 0 ? "mobile_money" : "cash"
        return "\"productId\":\(product),\"productName\":\"Ware \(product) – ½ \\\"kg\\\"\","
            + "\"quantity\":\(amount == "null" ? "null" : "\(quantity)"),\"amount\":\(amount)"
            + ",\"paymentMethod\":\"\(method)\"\(total),\"timestamp\":\(clock),\"synced\":false,"
            + "\"id\":\(counter)"
    }

    private mutating func newSale(_ server: CouchStandIn) {
        counter += 1
        let members = saleMembers()
        records.append((members, counter))
        add(server, "chikondi_sales", "sale", members)
    }

    /// The same record under another `_id`, as when a device sends everything again.
    private mutating func sendAgain(_ server: CouchStandIn) {
        guard !records.isEmpty else { return }
        let record = records[random(records.count)]
        let kept = counter
        counter = record.counter
        add(
            server, "chikondi_sales", "sale",
            record.members.replacing("\"synced\":false", with: "\"synced\":true"))
        counter = kept
    }

    private mutating func newExpense(_ server: CouchStandIn) {
        counter += 1
        add(
            server, "chikondi_expenses", "expense",
            "\"description\":\"Minibus\",\"amount\":\(random(9000)).5,\"category\":\"transport\","
                + "\"timestamp\":\(clock),\"synced\":false,\"id\":\(counter)")
    }

    private mutating func newProduct(_ server: CouchStandIn) {
        counter += 1
        let alert = random(4) == 0 ? "null" : "5"
        let edited = random(2) == 0 ? "" : ",\"updatedAt\":\(clock)"
        add(
            server, "chikondi_inventory", "product",
            "\"name\":\"Ware \(counter)\",\"price\":\(random(9000)).25,\"quantity\":"
                + "\(random(60) - 1),\"lowStockAlert\":\(alert),\"createdAt\":\(clock),"
                + "\"synced\":false,\"id\":\(counter)\(edited)")
    }

    /// Writes a living document anew; at times under another timestamp, and so as another record.
    private mutating func edit(_ server: CouchStandIn) {
        guard !living.isEmpty else { return }
        let one = living[random(living.count)]
        let isMoved = random(3) == 0
        switch one.database {
        case "chikondi_sales":
            let known = server.documents(one.database).first { $0.id == one.id }?.json ?? ""
            let old = known.firstRange(of: "\"timestamp\":").map {
                known[$0.upperBound...].prefix { $0.isNumber }
            }
            let kept = clock
            if !isMoved, let old, let time = Int64(old) { clock = time }
            server.put(one.database, one.id, saleMembers())
            clock = kept
        case "chikondi_expenses":
            server.put(
                one.database, one.id,
                "\"description\":\"Corrected\",\"amount\":\(random(500)),\"category\":\"other\","
                    + "\"timestamp\":\(clock),\"synced\":true,\"id\":\(random(20))")
        default:
            server.put(
                one.database, one.id,
                "\"name\":\"Renamed\",\"price\":\(random(99)),\"quantity\":1,\"createdAt\":\(clock),"
                    + "\"synced\":true,\"id\":\(random(9))")
        }
    }

    private mutating func remove(_ server: CouchStandIn) {
        guard !living.isEmpty else { return }
        let one = living.remove(at: random(living.count))
        server.delete(one.database, one.id, keeping: random(2) == 0 ? "" : "\"amount\":5")
    }

    /// A leaf of another branch, of a length that wins or loses.
    private mutating func conflict(_ server: CouchStandIn) {
        guard !living.isEmpty else { return }
        let one = living[random(living.count)]
        guard one.database == "chikondi_sales" else { return }
        let generation = random(4) + 1
        let letter = ["0", "7", "f"][random(3)]
        server.addLeaf(
            one.database, one.id,
            revision: "\(generation)-" + String(repeating: letter, count: 28)
                + String(1000 + counter % 9000) + "", saleMembers(), deleted: random(4) == 0)
    }

    private mutating func misfit(_ server: CouchStandIn) {
        counter += 1
        let broken = [
            "\"id\":\(counter),\"timestamp\":\"soon\",\"productId\":1,\"amount\":5",
            "\"id\":\(counter),\"timestamp\":\(clock),\"amount\":5",
            "\"id\":\(counter),\"timestamp\":\(clock),\"productId\":2,\"amount\":\"much\"",
        ][random(3)]
        if random(2) == 0, let one = living.last(where: { $0.database == "chikondi_sales" }) {
            server.put("chikondi_sales", one.id, broken)
        } else {
            add(server, "chikondi_sales", "sale", broken)
        }
    }

    private mutating func leftover(_ server: CouchStandIn) {
        guard random(2) == 0, !living.isEmpty else {
            counter += 1
            return add(
                server, "chikondi_sales", "sale", "\"test\":true,\"timestamp\":\(clock),\"id\":9001"
            )
        }
        let one = living[random(living.count)]
        server.put(one.database, one.id, "\"test\":true,\"timestamp\":\(clock)")
    }

    private mutating func foreign(_ server: CouchStandIn) {
        counter += 1
        server.put("chikondi_sales", "refund_\(counter)", "\"amount\":1")
        server.put("chikondi_sales", "_design/d\(random(3))", "\"language\":\"javascript\"")
        if random(2) == 0 { server.delete("chikondi_sales", "refund_\(counter)") }
    }

    /// A deleted document that is written again.
    private mutating func bringBack(_ server: CouchStandIn) {
        guard !living.isEmpty else { return }
        let one = living[random(living.count)]
        guard one.database == "chikondi_sales" else { return }
        server.delete(one.database, one.id)
        server.put(one.database, one.id, saleMembers())
    }
}
