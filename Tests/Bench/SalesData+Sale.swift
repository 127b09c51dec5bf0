extension SalesData {
    /// One sale.
    struct Sale {
        /// From 1.
        var number: Int
        /// 1 to `companies`.
        var company: Int
        /// Seconds since the epoch.
        var time: Int
        /// Position in `statuses`.
        var status: Int
        var customer: Int
        var service: Int
        var rep: Int
        /// The number of its lead; 0 for none.
        var lead: Int
        /// Position in `sources`.
        var source: Int
        /// Minor units, net and tax.
        var amount: Int
        var tax: Int
        /// Position in `currencies`.
        var currency: Int
    }

    /// The sale at a position, from 0.
    func sale(at row: Int) -> Sale {
        Sale(
            number: row + 1, company: Int(sales.company[row]), time: Int(sales.time[row]),
            status: Int(sales.status[row]), customer: Int(sales.customer[row]),
            service: Int(sales.service[row]), rep: Int(sales.rep[row]), lead: Int(sales.lead[row]),
            source: Int(sales.source[row]), amount: Int(sales.amount[row]),
            tax: Int(sales.tax[row]), currency: Int(sales.currency[row]))
    }
}
