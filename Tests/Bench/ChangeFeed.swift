/// Changes to the sales, as an application goes on making them.
///
/// Four of five pay and correct one of the newest sales (the newest eighth, about half a year, where
/// that is enough), no sale twice; the fifth is a new one, at the last moment of the data. All that
/// were made are kept, for comparison.
struct ChangeFeed {
    /// The fewest sales that corrections are spread over.
    private static let spread = 100_000

    private let data: SalesData
    private let recent: Int
    private var old = 0
    private var new = 0
    /// All sales as the feed left them.
    private(set) var changed: [SalesData.Sale] = []
    /// How many of them are new.
    var added: Int { new }

    init(_ data: SalesData) {
        self.data = data
        recent = max(data.sales.count / 8, Self.spread)
        precondition(recent <= data.sales.count, "the arguments ask for at least so many sales")
    }

    /// The next changes.
    mutating func next(_ count: Int) -> [SalesData.Sale] {
        let sales = (0..<count).map { $0 % 5 == 4 ? addition() : correction() }
        changed += sales
        return sales
    }

    private mutating func correction() -> SalesData.Sale {
        precondition(old < recent, "there are not so many recent sales")
        // Multiplying by a prime that does not divide the count visits each sale once.
        let prime = 7919
        precondition(recent % prime != 0, "another prime is needed")
        var sale = data.sale(at: data.sales.count - 1 - old * prime % recent)
        old += 1
        sale.status = 3
        sale.amount += 100 + old % 1000
        return sale
    }

    private mutating func addition() -> SalesData.Sale {
        var sale = data.sale(at: data.sales.count - 1 - new * 104_729 % recent)
        new += 1
        sale.number = data.sales.count + new
        sale.time = SalesData.end - 1
        sale.lead = 0
        return sale
    }
}
