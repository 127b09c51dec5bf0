import Vocabulary

/// The shop of the point-of-sale demo: what it sells on which device, and how busy it is.
///
/// A small shop in Malawi, prices in kwacha. Two telephones run the app, each with its own product
/// numbers and its own counters, which begin again at 1 when the app's store is wiped.
enum ChikondiShop {
    /// The shop's time zone.
    static let zoneName = "Africa/Blantyre"

    /// A product on one device.
    struct Product: Sendable {
        let number: Int
        let name: String
        /// The name after it was edited in the middle of the device's life; the same for most.
        let laterName: String
        /// Price in October 2025.
        let price: Double
        /// Stock after a delivery.
        let stock: Int
        /// Days between deliveries.
        let delivery: Int
        /// The alert level that was typed in; nil when the field was left empty.
        let alert: Int?
        let weight: Double
        /// Whether it has a document; one product is sold without ever having been saved.
        let isSaved: Bool

        init(
            _ number: Int, _ name: String, _ price: Double, stock: Int, every delivery: Int,
            alert: Int? = 5, weight: Double, later: String? = nil, saved: Bool = true
        ) {
            self.number = number
            self.name = name
            laterName = later ?? name
            self.price = price
            self.stock = stock
            self.delivery = delivery
            self.alert = alert
            self.weight = weight
            isSaved = saved
        }
    }

    /// A telephone.
    struct Device: Sendable {
        let index: Int
        let salesPerDay: Double
        /// How many months pass between two wipes of its store.
        let months: Int
        /// The day of the month of a wipe.
        let wipeDay: Int
        /// How many days after a wipe it runs the app's first, then its second version; later ones
        /// write customer names.
        let oldVersions: (first: Int, second: Int)
        let products: [Product]

        /// The day on which the store that is in use on a day was begun.
        func storeBegan(before day: LocalDay) -> LocalDay {
            let (year, month, number) = day.civil
            let first = (month - 1) / months * months + 1
            guard let wipe = LocalDay(year: year, month: first, day: wipeDay) else {
                preconditionFailure("a wipe on a day of every month")
            }
            return month == first && number < wipeDay ? wipe.adding(months: -months) : wipe
        }
    }

    static let devices = [
        Device(
            index: 0, salesPerDay: 14, months: 3, wipeDay: 3, oldVersions: (0, 0),
            products: [
                Product(
                    1, "Sugar 1kg", 1850, stock: 60, every: 9, weight: 16, later: "Sugar (1kg)"),
                Product(2, "Cooking Oil 500ml", 2400, stock: 40, every: 10, weight: 12),
                Product(3, "Bread", 1200, stock: 34, every: 3, alert: 10, weight: 20),
                Product(4, "Soap", 650.5, stock: 50, every: 12, alert: nil, weight: 9),
                Product(5, "Rice 2kg", 5100, stock: 18, every: 8, alert: 3, weight: 7),
                Product(6, "Airtime 500", 500, stock: 150, every: 7, alert: 20, weight: 14),
                Product(7, "Maize Flour 5kg", 7450.75, stock: 16, every: 7, weight: 7),
                Product(8, "Candles", 350.1, stock: 60, every: 14, weight: 6),
                Product(9, "Scones", 300, stock: 0, every: 1, weight: 2, saved: false),
                Product(10, "Salt 500g", 700, stock: 30, every: 14, weight: 4),
                Product(11, "Tea 100g", 1350, stock: 24, every: 14, weight: 4),
            ]),
        Device(
            index: 1, salesPerDay: 7, months: 6, wipeDay: 9, oldVersions: (9, 24),
            products: [
                Product(1, "Bread", 1200, stock: 22, every: 3, alert: 10, weight: 22),
                Product(2, "Airtime 500", 500, stock: 90, every: 7, alert: 20, weight: 20),
                Product(3, "Sugar (1kg)", 1850, stock: 34, every: 9, weight: 16),
                Product(4, "Rice 2kg", 5100, stock: 12, every: 8, alert: 3, weight: 8),
                Product(5, "Cooking Oil 500ml", 2400, stock: 24, every: 10, weight: 12),
                Product(6, "Candles", 350.1, stock: 40, every: 14, weight: 8),
            ]),
    ]

    /// Customers as the devices know them; numbers are the devices' own.
    static let customers = [
        "Grace Banda", "James Phiri", "Mary Mwale", "Peter", "Esnart Gondwe", "Limbani Chirwa",
        "Tadala Nkhoma", "Chisomo Kaunda", "Yamikani Moyo",
    ]

    /// The price on a day: it rises with every month, in steps of fifty kwacha.
    static func price(of product: Product, on day: LocalDay) -> Double {
        if product.name.hasPrefix("Airtime") { return product.price }  // Its face value.
        let (year, month, _) = day.civil
        let months = (year - 2025) * 12 + month - 10
        let whole = product.price.rounded(.down)
        let raised = (whole * (1 + 0.013 * Double(months)) / 50).rounded() * 50
        let change = raised - (whole / 50).rounded() * 50
        // What stands behind the point stays: 350.1 becomes 400.1, float residue included.
        return max(50, whole + change) + (product.price - whole)
    }

    /// How busy a day is: harvest and Christmas, ends of months, ends of weeks.
    static func activity(on day: LocalDay) -> Double {
        let (_, month, number) = day.civil
        let season = [0.8, 0.78, 0.9, 1.1, 1.15, 1.1, 1.05, 1.0, 0.95, 0.95, 1.0, 1.25][month - 1]
        let pay = number >= 26 || number <= 4 ? 1.18 : 0.95
        let weekday = [0.92, 0.92, 0.95, 1.0, 1.2, 1.25, 0.76][day.isoWeekday - 1]
        return season * pay * weekday
    }
}
