import Foundation
import Vocabulary

/// About a year of a small shop's point-of-sale app, as the three CouchDB export files that its
/// bridge's databases answer with.
///
/// What happens on a day depends on the seed and the day only; `firstDay` decides which days are in
/// the files. All oddities of the real app are there: three shapes of sales, records sent again
/// under another `_id`, counters that collide between devices and begin anew, float residue, amounts
/// of null and zero, a device clock at 2020, product snapshots, a product without a document, a
/// health check's leftover, a design document.
struct ChikondiDemo: Sendable {
    /// What the files add up to when each record is counted once.
    ///
    /// A sale is the same record when counter, timestamp and product are; an expense when counter
    /// and timestamp are. The health check's leftovers are documents but not sales.
    struct Figures: Sendable, Equatable {
        var saleDocuments = 0
        var sales = 0
        /// Σ `amount` of distinct sales, in hundredths of a kwacha; null amounts add nothing.
        var revenue: Int64 = 0
        var productDocuments = 0
        var expenseDocuments = 0
        var expenses = 0
        /// Σ `amount` of distinct expenses, in hundredths of a kwacha.
        var expenseTotal: Int64 = 0
    }

    /// The documents of the three databases and their figures.
    struct Contents {
        var sales: [ChikondiDocument] = []
        var inventory: [ChikondiDocument] = []
        var expenses: [ChikondiDocument] = []
        var figures = Figures()
    }

    /// The files' names, in the order sales, inventory, expenses.
    static let fileNames = [
        "chikondi_sales.json", "chikondi_inventory.json", "chikondi_expenses.json",
    ]

    let seed: UInt64
    let firstDay: LocalDay
    let zone: Zone

    /// Describes a demo.
    ///
    /// - Throws: `Advice` when the system does not know the shop's time zone.
    init(seed: UInt64, firstDay: LocalDay) throws {
        self.seed = seed
        self.firstDay = firstDay
        zone = try Zone(named: ChikondiShop.zoneName)
    }

    /// Writes the three files, each whole or not at all, as the databases answer at an instant.
    ///
    /// - Returns: What the files add up to.
    /// - Throws: `Advice` when a file cannot be written.
    func write(through end: Instant, into folder: String) throws -> Figures {
        let contents = contents(through: end)
        let answers = [contents.sales, contents.inventory, contents.expenses]
        for (name, documents) in zip(Self.fileNames, answers) {
            let path = folder + "/" + name
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                // Atomic: written under another name in the same folder, then renamed.
                try Data(ChikondiDocument.answer(documents).utf8)
                    .write(to: URL(fileURLWithPath: path), options: .atomic)
            } catch {
                throw Advice(
                    .storage, "cannot write \(path)", remedy: "check room and rights there",
                    cause: "\(error)")
            }
        }
        return contents.figures
    }

    /// Everything that has arrived at the server by an instant.
    func contents(through end: Instant) -> Contents {
        let lastDay = zone.day(of: end)
        var ledger = ChikondiLedger(
            seed: seed, zone: zone, start: zone.start(of: firstDay), end: end)
        for device in ChikondiShop.devices {
            var store = ChikondiLedger.Store(
                device: device, began: device.storeBegan(before: firstDay))
            var day = store.began
            while day <= lastDay {
                if device.storeBegan(before: day) == day, day != store.began {
                    store = ChikondiLedger.Store(device: device, began: day)
                }
                ledger.run(day, on: device, &store)
                day = day.adding(days: 1)
            }
        }
        ledger.contents.inventory.append(
            ChikondiDocument(
                id: "_design/stock", revision: "1-27958648a9e57fcd66ae5e31ff3359e9",
                members: [
                    ("language", .text("javascript")),
                    (
                        "views",
                        .object([
                            (
                                "by_name",
                                .object([
                                    (
                                        "map",
                                        .text("function (doc) { emit(doc.name, doc.quantity); }")
                                    )
                                ])
                            )
                        ])
                    ),
                ]))
        return ledger.contents
    }
}
