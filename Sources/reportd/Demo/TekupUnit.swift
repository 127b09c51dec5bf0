import Vocabulary

/// One of the three companies of the demo: what it sells, who sells it, and how busy it is.
///
/// Names of people are invented combinations; addresses end in `.example` (RFC 2606).
struct TekupUnit: Sendable {
    /// A role of the application.
    enum Role: String, Sendable {
        case admin = "ADMIN"
        case manager = "SALES_MANAGER"
        case rep = "SALES_REP"
        case viewer = "VIEWER"
    }

    /// Somebody who works there.
    struct User: Sendable {
        let id: String
        let name: String
        let email: String
        let role: Role
    }

    /// Something that is sold.
    struct Service: Sendable {
        let id: String
        let name: String
        let category: String
        /// Net price of one unit in øre.
        let price: Int64
        let pricing: String
        let minutes: Int?
        /// How many units a sale has: hours, guests, licences.
        let quantity: ClosedRange<Int>
        /// How often it is sold, relative to the others; 0 is a service no longer offered.
        let weight: Double
    }

    /// How many days pass, by part of the work.
    struct Lags: Sendable {
        /// From quote to the customer's answer.
        let answer: ClosedRange<Int>
        /// From the appointment being made to the work.
        let appointment: ClosedRange<Int>
        /// From the beginning of the work to its end, when it takes days.
        let work: ClosedRange<Int>
        /// From a qualified lead to its sale.
        let conversion: ClosedRange<Int>
    }

    /// The position of the unit in `all`.
    let index: Int
    /// The company's code: `rendetalje`.
    let code: String
    /// The organization's id, the tenant value.
    let organization: String
    let name: String
    let type: String
    /// Begins each sale number.
    let prefix: String
    let billingEmail: String
    let users: [User]
    let services: [Service]
    /// Leads, and quotes made to known customers without a lead, on an average day at scale 1.
    let leadsPerDay: Double
    let quotesPerDay: Double
    /// How busy each month is, January first.
    let months: [Double]
    /// How busy each day of the week is, Monday first.
    let weekdays: [Double]
    /// The share of new customers that are businesses.
    let businessShare: Double
    let lags: Lags

    /// The people who sell, managers included.
    var sellers: [User] { users.filter { $0.role == .rep || $0.role == .manager } }

    /// Leads' sources with their weights and how they convert, relative to the average.
    static let sources: [(name: String, weight: Double, conversion: Double)] = [
        ("EMAIL", 22, 0.95), ("PHONE", 18, 1.15), ("WEBSITE", 37, 0.85), ("REFERRAL", 15, 1.45),
        ("EVENT", 8, 0.8),
    ]

    /// The expected number of things on a day, from that of an average day.
    ///
    /// Growth is 12 per cent of the level of 2025 a year, so that it depends on the day alone.
    func expected(_ average: Double, on day: LocalDay, seed: UInt64) -> Double {
        let (year, month, number) = day.civil
        let length = LocalDay.length(ofMonth: month, year: year)
        // Between the middles of two months the level changes evenly.
        let place = (Double(number) - 0.5) / Double(length) - 0.5
        let neighbour = months[(month + (place < 0 ? 10 : 12)) % 12]
        let weight = place < 0 ? -place : place
        let season = months[month - 1] * (1 - weight) + neighbour * weight
        let years = Double(day.number - 20_089) / 365.25  // 2025-01-01
        let growth = min(3, max(0.4, 1 + 0.12 * years))
        var mood = DemoRandom(seed, .week, index, Int(Grain.week.start(of: day).number))
        return average * season * weekdays[day.isoWeekday - 1] * growth
            * DanishWorkdays.activity(on: day) * mood.number(0.82, 1.18)
    }

    /// All three companies.
    static let all: [TekupUnit] = [rendetalje, tekup, foodtruck]

    private static func users(_ unit: Int, _ domain: String, _ people: [(String, Role)]) -> [User] {
        people.enumerated().map { position, person in
            var random = DemoRandom(0, .userID, unit, position)
            return User(
                id: random.uuid(), name: person.0,
                email: "\(TekupNames.mailName(person.0))@\(domain)", role: person.1)
        }
    }

    private static func service(
        _ unit: Int, _ position: Int, _ name: String, _ category: String, price: Int64,
        _ pricing: String, minutes: Int?, _ quantity: ClosedRange<Int>, weight: Double
    ) -> Service {
        var random = DemoRandom(0, .serviceID, unit, position)
        return Service(
            id: random.uuid(), name: name, category: category, price: price, pricing: pricing,
            minutes: minutes, quantity: quantity, weight: weight)
    }

    private static let rendetalje = TekupUnit(
        index: 0, code: "rendetalje", organization: "5f0c1a52-8f1e-4d6b-9a70-1d2f4b6c8e01",
        name: "Rendetalje", type: "RENDETALJE", prefix: "RS",
        billingEmail: "faktura@rendetalje.example",
        users: users(
            0, "rendetalje.example",
            [
                ("Birgit Kærholm", .admin), ("Torben Østerlund", .manager),
                ("Sanne Bækgaard", .rep), ("Malthe Friisborg", .rep), ("Øjvind Skovsen", .rep),
                ("Camilla Rørdal", .rep), ("Lis Højvang", .viewer),
            ]),
        services: [
            service(
                0, 0, "Fast rengøring", "Privat", price: 34_900, "HOURLY", minutes: 180, 2...5,
                weight: 30),
            service(
                0, 1, "Hovedrengøring", "Privat", price: 34_900, "HOURLY", minutes: 420, 5...11,
                weight: 16),
            service(
                0, 2, "Flytterengøring", "Privat", price: 38_900, "HOURLY", minutes: 540, 6...16,
                weight: 17),
            service(
                0, 3, "Erhvervsrengøring", "Erhverv", price: 32_900, "HOURLY", minutes: 240, 8...48,
                weight: 13),
            service(
                0, 4, "Vinduespudsning", "Tillæg", price: 64_950, "FIXED", minutes: 90, 1...3,
                weight: 14),
            service(
                0, 5, "Airbnb-rengøring", "Udlejning", price: 79_500, "FIXED", minutes: 150, 1...2,
                weight: 10),
            service(
                0, 6, "Tæpperens", "Tillæg", price: 45_000, "FIXED", minutes: 120, 1...1, weight: 0),
        ],
        leadsPerDay: 9.0, quotesPerDay: 2.8,
        months: [0.92, 0.90, 1.02, 1.12, 1.14, 1.06, 0.78, 0.98, 1.06, 1.02, 1.00, 1.00],
        weekdays: [1.32, 1.25, 1.2, 1.15, 1.08, 0.55, 0.45], businessShare: 0.24,
        lags: Lags(answer: 0...10, appointment: 1...12, work: 0...0, conversion: 0...8))

    private static let tekup = TekupUnit(
        index: 1, code: "tekup", organization: "5f0c1a52-8f1e-4d6b-9a70-1d2f4b6c8e02",
        name: "Tekup", type: "TEKUP", prefix: "TK", billingEmail: "faktura@tekup.example",
        users: users(
            1, "tekup.example",
            [
                ("Henning Åstrup", .admin), ("Anne-Sofie Lykkeby", .manager),
                ("Rasmus Vindelev", .rep), ("Nadia Sølvkær", .rep), ("Poul Egebæk", .viewer),
            ]),
        services: [
            service(
                1, 0, "IT-support", "Drift", price: 89_500, "HOURLY", minutes: 60, 1...9, weight: 34
            ),
            service(
                1, 1, "Driftsaftale", "Drift", price: 189_000, "SUBSCRIPTION", minutes: nil, 1...6,
                weight: 20),
            service(
                1, 2, "Hjemmeside", "Projekt", price: 1_850_000, "PROJECT", minutes: nil, 1...2,
                weight: 13),
            service(
                1, 3, "Systemintegration", "Projekt", price: 115_000, "CUSTOM", minutes: nil,
                12...60,
                weight: 9),
            service(
                1, 4, "Cloud-flytning", "Projekt", price: 2_950_000, "PROJECT", minutes: nil, 1...1,
                weight: 6),
            service(
                1, 5, "Sikkerhedstjek", "Rådgivning", price: 790_000, "FIXED", minutes: 300, 1...1,
                weight: 11),
            service(
                1, 6, "Kursusdag", "Rådgivning", price: 1_249_500, "FIXED", minutes: 420, 1...2,
                weight: 7),
        ],
        leadsPerDay: 4.0, quotesPerDay: 1.0,
        months: [1.05, 1.02, 1.08, 0.98, 1.02, 0.95, 0.58, 0.96, 1.12, 1.10, 1.08, 0.84],
        weekdays: [1.5, 1.45, 1.4, 1.35, 1.05, 0.15, 0.1], businessShare: 0.93,
        lags: Lags(answer: 1...18, appointment: 0...14, work: 0...21, conversion: 1...20))

    private static let foodtruck = TekupUnit(
        index: 2, code: "foodtruck", organization: "5f0c1a52-8f1e-4d6b-9a70-1d2f4b6c8e03",
        name: "Foodtruck Fiesta", type: "FOODTRUCK", prefix: "FF",
        billingEmail: "faktura@foodtruckfiesta.example",
        users: users(
            2, "foodtruckfiesta.example",
            [
                ("Gitte Mølgård", .admin), ("Søren Ravnkilde", .manager), ("Ida Blåbjerg", .rep),
                ("Jeppe Hvidsten", .rep), ("Emil Tårnby Krag", .rep), ("Ruth Engsø", .viewer),
            ]),
        services: [
            service(
                2, 0, "Burgermenu", "Catering", price: 12_900, "PER_PERSON", minutes: 180, 25...110,
                weight: 26),
            service(
                2, 1, "Tacobuffet", "Catering", price: 14_500, "PER_PERSON", minutes: 180, 25...100,
                weight: 20),
            service(
                2, 2, "Vegansk gadekøkken", "Catering", price: 13_950, "PER_PERSON", minutes: 180,
                20...80, weight: 11),
            service(
                2, 3, "Firmafest", "Selskab", price: 22_500, "PER_PERSON", minutes: 300, 30...140,
                weight: 12),
            service(
                2, 4, "Bryllup", "Selskab", price: 29_500, "PER_PERSON", minutes: 360, 45...120,
                weight: 7),
            service(
                2, 5, "Natmad", "Tillæg", price: 7_950, "PER_PERSON", minutes: 90, 30...120,
                weight: 13),
            service(
                2, 6, "Standplads på festival", "Event", price: 1_450_000, "FIXED", minutes: 600,
                1...2,
                weight: 4),
            service(
                2, 7, "Kaffevogn", "Tillæg", price: 289_000, "ADD_ON", minutes: 120, 1...1,
                weight: 9),
        ],
        leadsPerDay: 5.3, quotesPerDay: 1.1,
        months: [0.55, 0.60, 0.75, 0.95, 1.25, 1.48, 1.28, 1.38, 1.10, 0.88, 0.86, 0.95],
        weekdays: [1.05, 1.1, 1.15, 1.2, 1.2, 0.75, 0.55], businessShare: 0.55,
        lags: Lags(answer: 0...12, appointment: 4...32, work: 0...0, conversion: 1...14))
}
