import Vocabulary

/// The whole life of one enquiry or quote: when what happens, and which amounts it has.
///
/// A story follows from seed, company, the day it begins, and its number on that day. What a row
/// looks like at an instant is the sum of the story's steps up to then, so that a history loaded at
/// once and one played day by day are the same.
struct TekupStory: Sendable {
    /// Names a story: company, first day, number (leads 0, 1, …; quotes without a lead −1, −2, …).
    struct ID: Hashable, Sendable {
        let unit: Int
        let day: LocalDay
        let number: Int
    }

    /// Who buys.
    enum Buyer: Sendable {
        /// Somebody new, who becomes a customer with the sale.
        case newcomer
        /// A customer of before; the number decides which.
        case known(UInt64)
    }

    /// A lead's status.
    enum LeadStatus: String, Sendable {
        case new = "NEW"
        case contacted = "CONTACTED"
        case qualified = "QUALIFIED"
        case unqualified = "UNQUALIFIED"
        case converted = "CONVERTED"
    }

    /// A sale's status.
    enum SaleStatus: String, Sendable {
        case quoteSent = "QUOTE_SENT"
        case accepted = "ACCEPTED"
        case scheduled = "SCHEDULED"
        case inProgress = "IN_PROGRESS"
        case completed = "COMPLETED"
        case paid = "PAID"
        case lost = "LOST"
        case cancelled = "CANCELLED"
    }

    /// What is known of a sale's payment.
    enum PaymentStatus: String, Sendable {
        case notInvoiced = "NOT_INVOICED"
        case pending = "PENDING"
        case partiallyPaid = "PARTIALLY_PAID"
        case paid = "PAID"
        case refunded = "REFUNDED"
    }

    /// The lead's part of a story.
    struct Lead: Sendable {
        let created: Instant
        /// Position in `TekupUnit.sources`.
        let source: Int
        /// The statuses after NEW; the conversion is not among them.
        var steps: [(at: Instant, status: LeadStatus)] = []
        /// When somebody deleted it as a mistake or as spam.
        var deleted: Instant?
    }

    /// The sale's part of a story.
    struct Sale: Sendable {
        let created: Instant
        /// Earlier than `created` when it was entered late.
        let date: Instant
        let service: Int
        /// Net amount at creation, in hundredths of the currency.
        let amount: Int64
        let hasQuote: Bool
        let isEuro: Bool
        let opening: SaleStatus
        var steps: [(at: Instant, change: SaleChange)] = []
    }

    /// One later change of a sale.
    enum SaleChange: Sendable {
        /// A step of the sale machine.
        case status(SaleStatus, from: SaleStatus)
        /// The step to SCHEDULED, with the appointment.
        case appointment(Instant)
        /// The step to COMPLETED, which bills the final amount.
        case completion(Int64)
        /// A message of the invoice system; with `closing` the sale's status follows at once.
        case payment(PaymentStatus, from: PaymentStatus, closing: Bool)
        /// An amount set right afterwards; `silent` when made past the application.
        case correction(Int64, silent: Bool)
        /// The row deleted as a mistake.
        case deletion
    }

    /// No sale follows its lead later than that, in days.
    static let longestCourtship = 100
    /// Nothing happens in a story later than that many days after its first day.
    static let longestLife = 500

    let id: ID
    let buyer: Buyer
    private(set) var lead: Lead?
    private(set) var sale: Sale?

    /// The instant of the last thing that happens.
    var end: Instant {
        let instants =
            (lead.map { [$0.created, $0.deleted ?? $0.created] + $0.steps.map(\.at) } ?? [])
            + (sale.map { [$0.created] + $0.steps.map(\.at) } ?? [])
        return instants.max() ?? Instant(seconds: 0)
    }

    /// The stories of a company that begin on a day.
    static func stories(
        of unit: TekupUnit, on day: LocalDay, seed: UInt64, scale: Double, workdays: DanishWorkdays
    ) -> [TekupStory] {
        var random = DemoRandom(seed, .count, unit.index, Int(day.number))
        let leads = random.count(
            mean: unit.expected(unit.leadsPerDay * scale, on: day, seed: seed))
        let quotes = random.count(
            mean: unit.expected(unit.quotesPerDay * scale, on: day, seed: seed))
        var made: [TekupStory] = []
        made.reserveCapacity(leads + quotes)
        for number in 0..<leads {
            let id = ID(unit: unit.index, day: day, number: number)
            made.append(TekupStory(enquiry: id, of: unit, seed: seed, workdays: workdays))
        }
        for number in 0..<quotes {
            let id = ID(unit: unit.index, day: day, number: -1 - number)
            made.append(TekupStory(quote: id, of: unit, seed: seed, workdays: workdays))
        }
        return made
    }

    private init(enquiry id: ID, of unit: TekupUnit, seed: UInt64, workdays: DanishWorkdays) {
        self.id = id
        var random = DemoRandom(seed, .lead, id.unit, Int(id.day.number), id.number)
        buyer = random.chance(0.6) ? .known(random.next()) : .newcomer
        let source = random.position(in: TekupUnit.sources.map(\.weight))
        let created = Self.arrival(source, of: unit, on: id.day, workdays, &random)
        var lead = Lead(created: created, source: source)
        if random.chance(0.012) {
            lead.deleted = created.adding(seconds: Int64(random.integer(900...200_000)))
            self.lead = lead
            return
        }
        // Nobody gets back to one in twenty before it is tidied away.
        guard random.chance(0.95) else {
            lead.steps.append(
                (Self.tidying(after: created, workdays, &random), .unqualified))
            self.lead = lead
            return
        }
        let wait = [0, 0, 1, random.integer(2...6)][random.position(in: [30, 25, 30, 15])]
        let contacted = workdays.officeMoment(days: wait, after: created, &random)
        lead.steps.append((contacted, .contacted))
        switch random.position(in: [0.63, 0.26, 0.11]) {
        case 0:
            let qualified = workdays.officeMoment(
                days: random.integer(0...5), after: contacted, &random)
            lead.steps.append((qualified, .qualified))
            let chance = min(0.85, 0.46 * TekupUnit.sources[source].conversion)
            if random.chance(chance) {
                self.lead = lead
                let days = random.integer(unit.lags.conversion)
                var moment = workdays.officeMoment(days: days, after: qualified, &random)
                if unit.index == 2, random.chance(0.07) {
                    moment = Self.aroundMidnight(after: moment, workdays, &random)
                }
                sale = Self.makeSale(
                    id, of: unit, opening: .accepted, created: moment, seed: seed, workdays)
                return
            }
            if random.chance(0.97) {
                let refused = workdays.officeMoment(
                    days: random.integer(5...38), after: qualified, &random)
                lead.steps.append((refused, .unqualified))
            }
        case 1:
            let refused = workdays.officeMoment(
                days: random.integer(0...7), after: contacted, &random)
            lead.steps.append((refused, .unqualified))
        default:
            if random.chance(0.92) {
                lead.steps.append(
                    (Self.tidying(after: contacted, workdays, &random), .unqualified))
            }
        }
        self.lead = lead
    }

    private init(quote id: ID, of unit: TekupUnit, seed: UInt64, workdays: DanishWorkdays) {
        self.id = id
        var random = DemoRandom(seed, .lead, id.unit, Int(id.day.number), id.number)
        buyer = .known(random.next())
        var created = workdays.instant(id.day, hour: random.number(7.6, 17.2), &random)
        if random.chance(unit.index == 2 ? 0.06 : 0.015) {
            created = workdays.instant(
                id.day, hour: random.chance(0.5) ? random.number(23.7, 24) : random.number(0, 0.3),
                &random)
        }
        sale = Self.makeSale(
            id, of: unit, opening: .quoteSent, created: created, seed: seed, workdays)
    }

    /// When an enquiry comes in: calls in office hours, the others when people find the time.
    private static func arrival(
        _ source: Int, of unit: TekupUnit, on day: LocalDay, _ workdays: DanishWorkdays,
        _ random: inout DemoRandom
    ) -> Instant {
        if TekupUnit.sources[source].name == "PHONE" {
            return workdays.instant(day, hour: random.number(8, 17), &random)
        }
        if unit.index == 2, random.chance(0.05) {
            return workdays.instant(day, hour: random.number(23.6, 24), &random)
        }
        let hour = 6.5 + 17 * (random.fraction() + random.fraction()) / 2
        return workdays.instant(day, hour: hour, &random)
    }

    private static func tidying(
        after instant: Instant, _ workdays: DanishWorkdays, _ random: inout DemoRandom
    ) -> Instant {
        workdays.officeMoment(days: random.integer(20...75), after: instant, &random)
    }

    /// Within twenty minutes of the midnight that follows an instant.
    private static func aroundMidnight(
        after instant: Instant, _ workdays: DanishWorkdays, _ random: inout DemoRandom
    ) -> Instant {
        let midnight = workdays.zone.start(of: workdays.zone.day(of: instant).adding(days: 1))
        return Instant(
            microseconds: midnight.microseconds + Int64(random.integer(-1200...1200)) * 1_000_000
                + Int64(random.integer(0...999)) * 1000)
    }
}
