public import Vocabulary

extension ReportLocale {
    /// A date: `30 Jun 2026`, `30.06.2026`, `30-06-2026`.
    public func day(_ day: LocalDay) -> String {
        let (year, month, number) = day.civil
        switch language {
        case .english, .swahili: return "\(number) \(shortMonth(month)) \(year)"
        case .danish: return "\(Self.two(number)).\(Self.two(month)).\(year)"
        case .dutch: return "\(Self.two(number))-\(Self.two(month))-\(year)"
        }
    }

    /// A moment on a zone's clock, to the minute: `30 Jun 2026 22:30`.
    public func instant(_ instant: Instant, zone: Zone) -> String {
        let local = zone.local(instant)
        return day(local.day) + " " + local.clock.prefix(5)
    }

    /// A period: `June 2026`, `Q2 2026`, `2026`, or its first and last day.
    public func period(_ period: Period) -> String {
        let (year, month, _) = period.start.civil
        if period.days == 1 { return day(period.start) }
        switch period.wholeGrain {
        case .month where period == Period(.month, containing: period.start):
            return "\(longMonth(month)) \(year)"
        case .quarter where period == Period(.quarter, containing: period.start):
            return "\(quarter((month - 1) / 3 + 1)) \(year)"
        case .year where period == Period(.year, containing: period.start):
            return "\(year)"
        default:
            return "\(day(period.start)) – \(day(period.last))"
        }
    }

    /// The name of a step as `Grain.label(of:)` writes it, in words: `2026-06` is `June 2026`.
    ///
    /// Text of another form is returned as it is.
    public func stepName(_ label: String) -> String {
        guard let step = Step(label) else { return label }
        switch step {
        case .day(let day): return self.day(day)
        case .week(let year, let week): return "\(word(.week)) \(week), \(year)"
        case .month(let year, let month): return "\(longMonth(month)) \(year)"
        case .quarter(let year, let number): return "\(quarter(number)) \(year)"
        case .year(let year): return "\(year)"
        }
    }

    /// The labels of a time axis: a short name per step, and the year where a new one begins.
    ///
    /// Categories that are not steps of time stay as they are and have no second line.
    func axisLabels(_ categories: [String]) -> [(short: String, year: String?)] {
        let steps = categories.map(Step.init)
        guard !steps.isEmpty, steps.allSatisfy({ $0 != nil }) else {
            return categories.map { ($0, nil) }
        }
        return steps.map { step in
            switch step {
            case .day(let day):
                let (year, month, number) = day.civil
                return (dayAndMonth(number, month), "\(year)")
            case .week(let year, let week): return ("\(weekLetter)\(week)", "\(year)")
            case .month(let year, let month): return (shortMonth(month), "\(year)")
            case .quarter(let year, let number): return (quarter(number), "\(year)")
            case .year(let year): return ("\(year)", nil)
            case nil: return ("", nil)
            }
        }
    }

    /// A month's name in three letters.
    public func shortMonth(_ month: Int) -> String {
        switch language {
        case .english: String(Self.englishMonths[month - 1].prefix(3))
        case .danish: month == 5 ? "maj" : Self.danishMonths[month - 1].prefix(3) + "."
        case .dutch: Self.shortDutch[month - 1]
        case .swahili: String(Self.swahiliMonths[month - 1].prefix(3))
        }
    }

    /// A month's full name; Danish and Dutch write it without a capital.
    public func longMonth(_ month: Int) -> String {
        switch language {
        case .english: Self.englishMonths[month - 1]
        case .danish: Self.danishMonths[month - 1]
        case .dutch: Self.dutchMonths[month - 1]
        case .swahili: Self.swahiliMonths[month - 1]
        }
    }

    private func dayAndMonth(_ day: Int, _ month: Int) -> String {
        switch language {
        case .english, .dutch, .swahili: "\(day) \(shortMonth(month))"
        case .danish: "\(day). \(shortMonth(month))"
        }
    }

    private func quarter(_ number: Int) -> String {
        switch language {
        case .english: "Q\(number)"
        case .danish, .dutch: "K\(number)"
        case .swahili: "R\(number)"
        }
    }

    private var weekLetter: String {
        switch language {
        case .english, .dutch, .swahili: "W"
        case .danish: "U"
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static let englishMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]
    private static let danishMonths = [
        "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
        "oktober", "november", "december",
    ]
    private static let dutchMonths = [
        "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
        "oktober", "november", "december",
    ]
    private static let swahiliMonths = [
        "Januari", "Februari", "Machi", "Aprili", "Mei", "Juni", "Julai", "Agosti", "Septemba",
        "Oktoba", "Novemba", "Desemba",
    ]
    private static let shortDutch = [
        "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
    ]

    /// A step of time, read back from the sortable name that `Grain.label(of:)` gave it.
    private enum Step {
        case day(LocalDay)
        case week(Int, Int)
        case month(Int, Int)
        case quarter(Int, Int)
        case year(Int)

        init?(_ label: String) {
            // By length and first byte: most names that are looked at are no steps.
            let bytes = label.utf8
            guard (4...10).contains(bytes.count), let year = Self.number(bytes.prefix(4)) else {
                return nil
            }
            if bytes.count == 4 {
                self = .year(year)
                return
            }
            if bytes.count == 10 {
                guard let day = LocalDay(label) else { return nil }
                self = .day(day)
                return
            }
            let tail = bytes.dropFirst(5)
            guard bytes.dropFirst(4).first == UInt8(ascii: "-"), let first = tail.first else {
                return nil
            }
            let number = Self.number(tail.dropFirst())
            if first == UInt8(ascii: "W"), let number, (1...53).contains(number) {
                self = .week(year, number)
            } else if first == UInt8(ascii: "Q"), let number, (1...4).contains(number) {
                self = .quarter(year, number)
            } else if tail.count == 2, let month = Self.number(tail), (1...12).contains(month) {
                self = .month(year, month)
            } else {
                return nil
            }
        }

        /// A number of digits only; nil for anything else.
        private static func number(_ bytes: some Collection<UInt8>) -> Int? {
            var number = 0
            for byte in bytes {
                guard (48...57).contains(byte) else { return nil }
                number = number * 10 + Int(byte - 48)
            }
            return bytes.isEmpty ? nil : number
        }
    }
}
