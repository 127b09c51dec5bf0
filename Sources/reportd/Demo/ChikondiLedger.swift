import Vocabulary

/// Runs the shop's devices day by day and keeps what reaches the server.
struct ChikondiLedger {
    /// A device's own store: it knows its counters and stock, and is wiped now and then.
    struct Store {
        let began: LocalDay
        var sales = 0
        var expenses = 0
        /// Stock by position of the product.
        var stock: [Int]
        /// When each product was entered, in ms; edits overwrite it at times.
        var entered: [Int64]

        init(device: ChikondiShop.Device, began: LocalDay) {
            self.began = began
            stock = device.products.map(\.stock)
            entered = device.products.map { _ in 0 }
        }
    }

    let seed: UInt64
    let zone: Zone
    /// What is recorded from `start` and has arrived by `end` is in the contents.
    let start: Instant
    let end: Instant
    var contents = ChikondiDemo.Contents()

    /// Lets a device work for a day.
    mutating func run(_ day: LocalDay, on device: ChikondiShop.Device, _ store: inout Store) {
        if day == store.began { enterProducts(on: day, device, &store) }
        restock(on: day, device, &store)
        var random = DemoRandom(seed, .shopSale, device.index, Int(day.number))
        let count = random.count(mean: device.salesPerDay * ChikondiShop.activity(on: day))
        // The counters follow the clock, as they would at the till.
        let times = (0..<count).map { _ in Self.openingHour(&random) }.sorted()
        for time in times {
            store.sales += 1
            sell(on: day, hour: time, device, &store, &random)
        }
        if device.index == 0 { spend(on: day, &store) }
    }

    private static func openingHour(_ random: inout DemoRandom) -> Double {
        // A few sell after midnight by UTC or the shop's own clock.
        if random.chance(0.015) { return random.number(23.2, 23.98) }
        if random.chance(0.01) { return random.number(0.1, 1.9) }
        return random.chance(0.45) ? random.number(15.5, 19.8) : random.number(6.2, 16)
    }

    private func milliseconds(_ day: LocalDay, hour: Double, _ random: inout DemoRandom) -> Int64 {
        zone.start(of: day).seconds * 1000 + Int64(hour * 3_600_000)
            + Int64(random.integer(0...999))
    }

    private func isRecorded(_ time: Int64) -> Bool { time >= start.seconds * 1000 }
    private func hasArrived(_ time: Int64) -> Bool { time <= end.microseconds / 1000 }

    // MARK: Sales

    private mutating func sell(
        on day: LocalDay, hour: Double, _ device: ChikondiShop.Device, _ store: inout Store,
        _ random: inout DemoRandom
    ) {
        let position = random.position(in: device.products.map(\.weight))
        let product = device.products[position]
        let age = store.began.distance(to: day)
        let name = age >= 40 ? product.laterName : product.name
        let price = ChikondiShop.price(of: product, on: day)
        let most = product.name.hasPrefix("Airtime") ? 9 : 4
        let quantity = min(random.integer(1...most), random.integer(1...most))
        var amount: Double? = Double(quantity) * price
        if random.chance(0.03) { amount = ((amount ?? 0) * 0.97 / 50).rounded(.down) * 50 }
        let isOdd = random.fraction()
        if isOdd < 0.002 { amount = nil }
        if isOdd >= 0.002, isOdd < 0.005 { amount = 0 }
        let moment = milliseconds(day, hour: hour, &random)
        // A battery that ran flat sets the device's clock back to 2020.
        let time = isOdd > 0.9985 ? 1_577_836_800_000 + moment % 86_400_000 : moment
        let method = random.chance(0.36) ? "mobile_money" : "cash"
        let buyer =
            random.chance(0.3) ? random.integer(0...(ChikondiShop.customers.count - 1)) : nil
        var members: [(String, ChikondiDocument.Value)] = [
            ("productId", .integer(Int64(product.number))), ("productName", .text(name)),
        ]
        let isFirstVersion = age < device.oldVersions.first
        if !isFirstVersion, let buyer {
            members.append(("customerId", .integer(Int64(buyer + 1))))
            if age >= device.oldVersions.second {
                members.append(("customerName", .text(ChikondiShop.customers[buyer])))
            }
        }
        let units: ChikondiDocument.Value = amount == nil ? .null : .integer(Int64(quantity))
        let total = amount.map { ChikondiDocument.Value.number($0) } ?? .null
        members += [("quantity", units), ("amount", total), ("paymentMethod", .text(method))]
        if !isFirstVersion {
            let item: [(String, ChikondiDocument.Value)] = [
                ("name", .text(name)), ("quantity", units), ("price", .number(price)),
                ("total", total),
            ]
            members += [("items", .list([.object(item)])), ("total", total)]
        }
        members.append(("timestamp", .integer(time)))
        send(sale: members, counter: store.sales, at: moment, amount: amount, &random)
        leftover(after: moment, device, &random)

        guard product.isSaved else { return }
        store.stock[position] = max(-1, store.stock[position] - quantity)
        if random.chance(0.22) {
            snapshot(position, device, store, on: day, at: moment + 2000, edited: true)
        }
    }

    private mutating func send(
        sale members: [(String, ChikondiDocument.Value)], counter: Int, at moment: Int64,
        amount: Double?, _ random: inout DemoRandom
    ) {
        let arrival = arrival(of: moment, &random)
        let revisions = ["1-" + random.digest(), "1-" + random.digest()]
        let isRepeated = random.chance(0.05)
        let again = moment + Int64(random.integer(1...12)) * 86_400_000 + 7_000
        let isSynced = random.chance(0.2)
        guard isRecorded(moment), hasArrived(arrival) else { return }
        func document(_ arrival: Int64, _ revision: String, synced: Bool) -> ChikondiDocument {
            ChikondiDocument(
                id: "sale_\(counter)_\(arrival)", revision: revision,
                members: members + [("synced", .flag(synced)), ("id", .integer(Int64(counter)))])
        }
        contents.sales.append(document(arrival, revisions[0], synced: false))
        contents.figures.saleDocuments += 1
        contents.figures.sales += 1
        contents.figures.revenue += Self.hundredths(amount)
        if isRepeated, hasArrived(again) {
            contents.sales.append(document(again, revisions[1], synced: isSynced))
            contents.figures.saleDocuments += 1
        }
    }

    /// At times somebody checks the server by hand and leaves a document behind.
    private mutating func leftover(
        after moment: Int64, _ device: ChikondiShop.Device, _ random: inout DemoRandom
    ) {
        guard random.chance(0.0008) else { return }
        let time = moment + 60_000
        let counter = 9000 + random.integer(1...99)
        let revision = "1-" + random.digest()
        guard isRecorded(time), hasArrived(time + 1000) else { return }
        contents.figures.saleDocuments += 1
        contents.sales.append(
            ChikondiDocument(
                id: "sale_\(counter)_\(time + 1000)", revision: revision,
                members: [
                    ("test", .flag(true)), ("timestamp", .integer(time)),
                    ("createdAt", .integer(time)), ("synced", .flag(false)),
                    ("id", .integer(Int64(counter))),
                ]))
    }

    /// When a record reaches the server: at once with a network, else in the evening's batch.
    private func arrival(of moment: Int64, _ random: inout DemoRandom) -> Int64 {
        let soon = moment + Int64(random.integer(3_000...55_000))
        if random.chance(0.7) { return soon }
        return max(soon, moment + Int64(random.integer(600...9_000)) * 1000)
    }

    /// Hundredths of a kwacha meant by a float.
    private static func hundredths(_ amount: Double?) -> Int64 {
        guard let amount else { return 0 }
        return Int64((amount * 100).rounded())
    }

    // MARK: Products

    private mutating func enterProducts(
        on day: LocalDay, _ device: ChikondiShop.Device, _ store: inout Store
    ) {
        var random = DemoRandom(seed, .shopProduct, device.index, Int(day.number))
        for position in device.products.indices where device.products[position].isSaved {
            let time = milliseconds(day, hour: 5.5 + 0.02 * Double(position), &random)
            store.entered[position] = time
            snapshot(position, device, store, on: day, at: time, edited: false)
        }
    }

    /// Deliveries, and on the first of a month new prices.
    private mutating func restock(
        on day: LocalDay, _ device: ChikondiShop.Device, _ store: inout Store
    ) {
        var random = DemoRandom(seed, .shopProduct, device.index, Int(day.number), 1)
        for (position, product) in device.products.enumerated() where product.isSaved {
            let time = milliseconds(day, hour: random.number(5.6, 6.1), &random)
            let overwrites = random.chance(0.1)
            let isDelivered = (Int(day.number) + position * 5) % product.delivery == 0
            let before = ChikondiShop.price(of: product, on: day.adding(days: -1))
            let isDearer = ChikondiShop.price(of: product, on: day) != before
            guard day > store.began, isDelivered || isDearer else { continue }
            if isDelivered { store.stock[position] = product.stock }
            // An edit on the app's form writes the time of creation anew.
            if overwrites { store.entered[position] = time }
            snapshot(position, device, store, on: day, at: time, edited: true)
        }
    }

    private mutating func snapshot(
        _ position: Int, _ device: ChikondiShop.Device, _ store: Store, on day: LocalDay,
        at time: Int64, edited: Bool
    ) {
        let product = device.products[position]
        let age = store.began.distance(to: day)
        var random = DemoRandom(seed, .shopProduct, device.index, position, Int(time))
        let arrival = time + 2000
        guard isRecorded(time), hasArrived(arrival) else { return }
        var members: [(String, ChikondiDocument.Value)] = [
            ("name", .text(age >= 40 ? product.laterName : product.name)),
            ("price", .number(ChikondiShop.price(of: product, on: day))),
            ("quantity", .integer(Int64(store.stock[position]))),
            ("lowStockAlert", product.alert.map { .integer(Int64($0)) } ?? .null),
        ]
        if age >= 10 { members.append(("category", .text("general"))) }
        members += [
            ("createdAt", .integer(store.entered[position])), ("synced", .flag(false)),
            ("id", .integer(Int64(product.number))),
        ]
        if edited { members.append(("updatedAt", .integer(time))) }
        contents.figures.productDocuments += 1
        contents.inventory.append(
            ChikondiDocument(
                id: "product_\(product.number)_\(arrival)", revision: "1-" + random.digest(),
                members: members))
    }

    // MARK: Expenses

    private mutating func spend(on day: LocalDay, _ store: inout Store) {
        var random = DemoRandom(seed, .shopExpense, 0, Int(day.number))
        let (_, month, number) = day.civil
        let level = ChikondiShop.activity(on: day)
        let names = [
            "January", "February", "March", "April", "May", "June", "July", "August", "September",
            "October", "November", "December",
        ]
        var bills: [(description: String, category: String, amount: Double)] = []
        if number == 1 { bills.append(("Rent \(names[month - 1])", "rent", 60_000)) }
        if day.isoWeekday == 1 {
            bills.append(
                (
                    "Weekly restock", "stock",
                    1000 * (210 * level).rounded() + random.pick([0, 250.5])
                ))
        }
        if day.isoWeekday == 4 {
            bills.append(
                ("Bread supplier", "stock", 500 * Double(random.integer(70...96))))
        }
        if number % 9 == 2 { bills.append(("Electricity units", "utilities", 7999.99)) }
        if number == 12 { bills.append(("Water", "utilities", 3200)) }
        if random.chance(0.28) {
            bills.append(
                (
                    random.pick(["Minibus to market", "Bicycle taxi"]), "transport",
                    500 * Double(random.integer(2...7))
                ))
        }
        if random.chance(0.05) { bills.append(("Phone repair", "other", 8000)) }
        if random.chance(0.03) { bills.append(("Plastic bags", "other", 0.1 + 0.2)) }
        for bill in bills {
            store.expenses += 1
            let time = milliseconds(day, hour: random.number(7, 18), &random)
            let arrivals = [time + 5000, time + Int64(random.integer(2...15)) * 86_400_000]
            let revisions = ["1-" + random.digest(), "1-" + random.digest()]
            let isRepeated = random.chance(0.04)
            guard isRecorded(time), hasArrived(arrivals[0]) else { continue }
            contents.figures.expenses += 1
            contents.figures.expenseTotal += Self.hundredths(bill.amount)
            for (arrival, revision) in zip(arrivals, revisions).prefix(isRepeated ? 2 : 1)
            where hasArrived(arrival) {
                contents.figures.expenseDocuments += 1
                contents.expenses.append(
                    ChikondiDocument(
                        id: "expense_\(store.expenses)_\(arrival)", revision: revision,
                        members: [
                            ("description", .text(bill.description)),
                            ("amount", .number(bill.amount)), ("category", .text(bill.category)),
                            ("timestamp", .integer(time)), ("synced", .flag(false)),
                            ("id", .integer(Int64(store.expenses))),
                        ]))
            }
        }
    }
}
