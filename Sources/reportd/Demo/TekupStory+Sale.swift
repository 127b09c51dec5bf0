import Vocabulary

// A sale's way through the machine of the application:
//
//     QUOTE_SENT ─▶ ACCEPTED ─▶ SCHEDULED ─▶ IN_PROGRESS ─▶ COMPLETED ─▶ PAID
//         └▶ LOST       └───────────┴─────────────┴▶ CANCELLED
//
// and beside it the payment, which the invoice system reports:
//
//     NOT_INVOICED ─▶ PENDING (at COMPLETED) ─▶ PARTIALLY_PAID ─▶ PAID ─▶ REFUNDED
//
// The two drift: a paid sale may stay COMPLETED for days or for ever.
extension TekupStory {
    /// The sale of a story.
    static func makeSale(
        _ id: ID, of unit: TekupUnit, opening: SaleStatus, created: Instant, seed: UInt64,
        _ workdays: DanishWorkdays
    ) -> Sale {
        var random = DemoRandom(seed, .sale, id.unit, Int(id.day.number), id.number)
        let position = random.position(in: unit.services.map(\.weight))
        let service = unit.services[position]
        let isEuro = unit.index == 1 && random.chance(0.05)
        var units = Int64(random.integer(service.quantity))
        // Large orders are rarer than small ones.
        units = min(units, Int64(random.integer(service.quantity)))
        var amount = service.price * units
        if service.pricing == "PROJECT" {
            amount = amount * Int64(random.integer(70...165)) / 100 / 50_000 * 50_000
        }
        if random.chance(0.16) {
            amount = ExactShare.of(amount, permille: random.pick([950, 925, 900, 875]))
        }
        if isEuro { amount = ExactShare.of(amount, permille: 134) }
        var date = created
        if random.chance(0.02) {
            // Entered some days late; the sale itself is dated back.
            date = created.adding(seconds: -Int64(random.integer(20_000...260_000)))
        }
        var sale = Sale(
            created: created, date: date, service: position, amount: amount,
            hasQuote: opening == .quoteSent || random.chance(0.8), isEuro: isEuro, opening: opening)
        var course = Course(unit: unit, service: service, workdays: workdays, random: random)
        sale.steps = course.steps(opening: opening, created: created, amount: amount)
        if opening == .quoteSent, course.random.chance(0.012) {
            let deletion = created.adding(seconds: Int64(course.random.integer(300...170_000)))
            sale.steps.removeAll { $0.at >= deletion }
            sale.steps.append((deletion, .deletion))
        }
        return sale
    }

    /// Lets a sale run its course.
    private struct Course {
        let unit: TekupUnit
        let service: TekupUnit.Service
        let workdays: DanishWorkdays
        var random: DemoRandom
        private var made: [(at: Instant, change: SaleChange)] = []

        init(
            unit: TekupUnit, service: TekupUnit.Service, workdays: DanishWorkdays,
            random: DemoRandom
        ) {
            self.unit = unit
            self.service = service
            self.workdays = workdays
            self.random = random
        }

        mutating func steps(
            opening: SaleStatus, created: Instant, amount: Int64
        ) -> [(at: Instant, change: SaleChange)] {
            var now = created
            if opening == .quoteSent {
                switch random.position(in: [0.63, 0.27, 0.10]) {
                case 0:
                    now = later(unit.lags.answer, after: now)
                    made.append((now, .status(.accepted, from: .quoteSent)))
                case 1:
                    made.append(
                        (later(2...24, after: now), .status(.lost, from: .quoteSent)))
                    return made
                default:  // No answer ever came; quotes are closed after some weeks.
                    made.append(
                        (later(30...60, after: now), .status(.lost, from: .quoteSent)))
                    return made
                }
            }
            if random.chance(0.025) {
                made.append((later(0...5, after: now), .status(.cancelled, from: .accepted)))
                return made
            }
            now = later(0...2, after: now)
            let (start, finish) = appointment(after: now)
            made.append((now, .appointment(start)))
            if random.chance(0.03) {
                // Called off at some time before the appointment.
                let share = random.fraction()
                let wait = Double(start.microseconds - now.microseconds) * share
                let at = Instant(
                    microseconds: now.microseconds + 60_000_000 + Int64(wait) / 1000 * 1000)
                made.append((at, .status(.cancelled, from: .scheduled)))
                return made
            }
            made.append((start, .status(.inProgress, from: .scheduled)))
            if random.chance(0.008) {
                made.append(
                    (
                        start.adding(seconds: Int64(random.integer(600...7200))),
                        .status(.cancelled, from: .inProgress)
                    ))
                return made
            }
            let final = billed(amount)
            made.append((finish, .completion(final)))
            pay(after: finish)
            if random.chance(0.035) {
                let corrected = ExactShare.of(
                    final, permille: Int64(random.pick([-250, -100, -75, -50, 40, 80, 120])) + 1000)
                made.append(
                    (
                        later(2...45, after: finish),
                        .correction(corrected, silent: random.chance(0.25))
                    ))
            }
            return made.enumerated().sorted { left, right in
                (left.element.at, left.offset) < (right.element.at, right.offset)
            }.map(\.element)
        }

        private mutating func later(_ days: ClosedRange<Int>, after instant: Instant) -> Instant {
            workdays.officeMoment(days: random.integer(days), after: instant, &random)
        }

        /// When the work begins and ends.
        private mutating func appointment(after now: Instant) -> (start: Instant, end: Instant) {
            var day = workdays.zone.day(of: now).adding(
                days: max(1, random.integer(unit.lags.appointment)))
            if unit.index == 2 {
                // Feasts are mostly from Thursday to Saturday; trucks are cleaned after midnight.
                let feast = random.pick([4, 5, 5, 6, 6, 6, 7, 3])
                day = day.adding(days: (feast - day.isoWeekday + 7) % 7)
                let start = workdays.instant(day, hour: random.number(11, 18.5), &random)
                let minutes = (service.minutes ?? 180) + random.integer(20...140)
                return (start, start.adding(seconds: Int64(minutes) * 60))
            }
            while !DanishWorkdays.isWorkday(day) { day = day.adding(days: 1) }
            let start = workdays.instant(day, hour: random.number(8, 14), &random)
            if let minutes = service.minutes {
                let share = random.number(0.7, 1.3)
                return (start, start.adding(seconds: Int64(Double(minutes) * 60 * share)))
            }
            let end = later(unit.lags.work, after: start)
            return (start, end)
        }

        /// The amount after the work: hours and guests are counted, fixed prices stay.
        private mutating func billed(_ amount: Int64) -> Int64 {
            switch service.pricing {
            case "HOURLY", "CUSTOM":
                guard random.chance(0.38) else { return amount }
                return max(
                    amount / 2, amount + service.price * Int64(random.pick([-1, 1, 1, 2])) / 2)
            case "PER_PERSON":
                guard random.chance(0.42) else { return amount }
                return max(
                    amount / 2, amount + service.price * Int64(random.pick([-6, -3, 2, 4, 7, 10])))
            default: return amount
            }
        }

        private mutating func pay(after completed: Instant) {
            if random.chance(0.02) { return }  // Never paid so far.
            var payment = completed
            if random.chance(unit.index == 1 ? 0 : 0.14) {
                // With a card or a telephone, on the spot.
                payment = completed.adding(seconds: Int64(random.integer(120...2400)))
            } else {
                let wait: ClosedRange<Int> =
                    switch random.position(in: [62, 26, 9, 3]) {
                    case 0: 4...14
                    case 1: 15...30
                    case 2: 31...70
                    default: 71...130
                    }
                payment = bankDay(random.integer(wait), after: completed)
            }
            var before = PaymentStatus.pending
            if random.chance(0.04) {
                made.append(
                    (payment, .payment(.partiallyPaid, from: .pending, closing: false)))
                payment = bankDay(random.integer(3...25), after: payment)
                before = .partiallyPaid
            }
            let course = random.position(in: [0.70, 0.18, 0.12])
            made.append((payment, .payment(.paid, from: before, closing: course == 0)))
            if course == 1 {
                made.append((later(1...20, after: payment), .status(.paid, from: .completed)))
            }
            if random.chance(0.008) {
                made.append(
                    (
                        later(2...20, after: payment),
                        .payment(.refunded, from: .paid, closing: false)
                    ))
            }
        }

        /// The invoice system reads the bank's entries early on working days.
        private mutating func bankDay(_ days: Int, after instant: Instant) -> Instant {
            var day = workdays.zone.day(of: instant).adding(days: max(1, days))
            while !DanishWorkdays.isWorkday(day) { day = day.adding(days: 1) }
            return workdays.instant(day, hour: random.number(5.1, 5.6), &random)
        }
    }
}

/// A share of an amount in hundredths, rounded half up.
enum ExactShare {
    /// `amount × permille ÷ 1000`.
    static func of(_ amount: Int64, permille: Int64) -> Int64 {
        Int64(ExactDecimal.divide(Int128(amount) * Int128(permille), 1000))
    }
}
