import Foundation
import Store
import Testing
import Vocabulary

/// Rows in the order of a question, and their columns, against plain sorting of plain cells.
@Suite struct RowOrderTests {
    private static let columns = [
        "number", "customer", "customer.name", "customer.kind", "status", "net", "currency",
        "quantity", "items", "paid", "sold_at", "due",
    ].map { path in
        let parts = path.split(separator: ".").map(String.init)
        return parts.count == 1 ? ColumnPath(parts[0]) : ColumnPath(parts[0], parts[1])
    }

    /// A store with rows in segments and in the delta, some of them replaced and deleted.
    private func filled(_ fixture: ShopFixture, seed: UInt64) throws -> Store {
        var dice = Dice(seed: seed)
        let store = try fixture.open()
        for round in 0..<4 {
            var batch = ChangeBatch()
            for customer in Int64(0)..<60 where dice.chance(60) {
                batch.upsert(
                    model: "customer", origin: "a",
                    company: dice.pick(["north", "south", "east"]), key: .integer(customer),
                    cells: [
                        dice.chance(20) ? .missing : .text("Customer \(customer) ’\(round)"),
                        dice.chance(20) ? .missing : .text(dice.pick(["B2B", "B2C"])),
                    ])
            }
            for _ in 0..<900 {
                let number = Int64.random(in: 0..<2500, using: &dice)
                let company = ["north", "south", "east"][Int(number % 3)]
                let origin = number % 7 == 0 ? "b" : "a"
                if dice.chance(5) {
                    batch.delete(model: "sale", origin: origin, key: .integer(number))
                    continue
                }
                batch.upsert(
                    model: "sale", origin: origin, company: company,
                    key: number % 11 == 0 ? .text("k\(number)") : .integer(number),
                    cells: [
                        dice.chance(10) ? .missing : .text("S\(number % 40)"),
                        dice.chance(20)
                            ? .missing : .key(.integer(Int64.random(in: 0..<70, using: &dice))),
                        dice.chance(10) ? .missing : .text(dice.pick(["open", "paid", "Ære"])),
                        dice.chance(10)
                            ? .missing : .number(Int64.random(in: -9...9, using: &dice)),
                        dice.chance(10) ? .missing : .text(dice.pick(["DKK", "EUR", "xx"])),
                        .number(Int64.random(in: 0...9999, using: &dice)), .number(3),
                        .number(dice.chance(50) ? 1 : 0),
                        dice.chance(5)
                            ? .missing
                            : .number(
                                1_767_225_600_000_000
                                    + Int64.random(in: 0..<400, using: &dice) * 3_600_000_000),
                        dice.chance(30) ? .missing : .number(20_000 + number % 3),
                    ])
            }
            try store.commit(batch)
            if round < 3 { while try store.seal(minimum: 1) {} }
        }
        return store
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func rowsStandInTheirOrderAndColumnsHoldTheirCells(seed: UInt64) throws {
        let fixture = try ShopFixture()
        defer { fixture.remove() }
        let store = try filled(fixture, seed: seed)
        for scope in [ShopFixture.everyone, Scope(companies: ["south"])] {
            let snapshot = try store.snapshot(scope)
            for order in Self.orders {
                let request = RowRequest(model: "sale", columns: Self.columns, order: order)
                let rows = try snapshot.rows(request)
                var records: [RowRecord] = []
                try rows.forEachRecord { records.append($0) }
                #expect(records.count == rows.count)
                #expect(rows.count > 300)
                for (one, next) in zip(records, records.dropFirst()) {
                    #expect(Self.stands(one, before: next, order), "seed \(seed), \(order)")
                }
                var found: [[Cell]] = []
                try rows.forEachColumns { batch in
                    for row in 0..<batch.count {
                        found.append(try Self.cells(batch, row, as: records[found.count].cells))
                    }
                }
                #expect(found == records.map(\.cells), "seed \(seed), \(order)")
                let few = try snapshot.rows(
                    RowRequest(model: "sale", columns: Self.columns, order: order, limit: 7))
                var first: [[Cell]] = []
                try few.forEachBatch { first += $0 }
                #expect(first == records.prefix(7).map(\.cells))
            }
        }
        try store.close()
    }

    private static let orders: [[RowRequest.Order]] = [
        [], [RowRequest.Order(ColumnPath("sold_at"))],
        [RowRequest.Order(ColumnPath("sold_at"), descending: true)],
        [
            RowRequest.Order(ColumnPath("due"), descending: true),
            RowRequest.Order(ColumnPath("status")), RowRequest.Order(ColumnPath("net")),
        ],
        [RowRequest.Order(ColumnPath("items")), RowRequest.Order(ColumnPath("number"))],
        [RowRequest.Order(ColumnPath("customer", "name")), RowRequest.Order(ColumnPath("paid"))],
    ]

    /// Whether one row may stand before another, told from their cells.
    private static func stands(
        _ one: RowRecord, before other: RowRecord, _ order: [RowRequest.Order]
    ) -> Bool {
        for entry in order {
            guard let place = columns.firstIndex(of: entry.path) else { return false }
            let (left, right) = (one.cells[place], other.cells[place])
            if left == right { continue }
            if left == .missing { return false }
            if right == .missing { return true }
            switch (left, right) {
            case (.number(let first), .number(let second)):
                return (first < second) != entry.isDescending
            case (.text(let first), .text(let second)):
                return first.utf8.lexicographicallyPrecedes(second.utf8) != entry.isDescending
            default: return false
            }
        }
        return RowName(origin: one.origin, key: one.key)
            < RowName(origin: other.origin, key: other.key)
    }

    /// The cells of a row of a batch; of references only whether there is one.
    private static func cells(
        _ batch: CellColumns, _ row: Int, as known: [Cell]
    ) throws -> [Cell] {
        try batch.columns.enumerated().map { index, column in
            let number = column.numbers[row]
            if number == CellColumns.missing { return .missing }
            if let words = column.words { return .text(words[Int(number)]) }
            guard case .reference(let reference) = known[index] else { return .number(number) }
            try #require(reference.index == Int(number))
            return known[index]
        }
    }
}
