public import Vocabulary

/// What of a column's value is looked at, where it is not the value itself.
///
/// A derived value is a small whole number. It can be put together by and tested like a column of
/// whole numbers; a missing value has none.
public enum Derivation: Sendable, Hashable {
    /// The day of the week of a local day: 1 is Monday, 7 is Sunday (ISO 8601).
    case weekday
    /// The hour on the company's clock at an instant, 0 to 23.
    ///
    /// Of an hour that comes twice when clocks are set back, both are the same; one that clocks skip
    /// has no instants.
    case hour
    /// The day of the month of a local day, 1 to 31.
    case dayOfMonth
    /// The month of a local day, 1 to 12.
    case monthOfYear
    /// How many bounds are not greater than a number. Bounds ascend.
    case band([Int64])
    /// How many bounds are not after the local day of an instant or day column. Bounds ascend.
    case dayBand([LocalDay])
    /// How many days the local day of an instant or day column lies before a day; negative if it
    /// lies after it.
    case daysBefore(LocalDay)

    /// The numbers that it can give.
    public var range: ClosedRange<Int64> {
        switch self {
        case .weekday: 1...7
        case .hour: 0...23
        case .dayOfMonth: 1...31
        case .monthOfYear: 1...12
        case .band(let bounds): 0...Int64(bounds.count)
        case .dayBand(let bounds): 0...Int64(bounds.count)
        case .daysBefore(let day):
            Int64(LocalDay.latest.distance(to: day))...Int64(LocalDay.earliest.distance(to: day))
        }
    }

    /// What it gives for a cell of a column.
    ///
    /// `isInstant` tells that the column holds instants, whose day and hour are those of `zone`.
    public func cell(of cell: Cell, isInstant: Bool, zone: Zone) -> Cell {
        guard case .number(let number) = cell else { return .missing }
        let isOfDays = isInstant && part == .days
        return .number(self.number(isOfDays ? LocalDayCode.of(number, zone) : number, zone))
    }

    /// Which numbers of an instant column it is made of.
    var part: ChunkColumn.Part {
        switch self {
        case .hour, .band: .values
        case .weekday, .dayOfMonth, .monthOfYear, .dayBand, .daysBefore: .days
        }
    }

    /// Whether it means something for columns of a type.
    func isDefined(for type: ColumnType) -> Bool {
        switch (self, type) {
        case (.hour, .instant): true
        case (.hour, _): false
        case (.weekday, .instant), (.weekday, .day), (.dayOfMonth, .instant), (.dayOfMonth, .day),
            (.monthOfYear, .instant), (.monthOfYear, .day), (.dayBand, .instant), (.dayBand, .day),
            (.daysBefore, .instant), (.daysBefore, .day):
            true
        case (.band, .integer), (.band, .decimal), (.band, .money), (.band, .day): true
        default: false
        }
    }

    /// What it gives for a number of a column, or a day code; missing stays missing.
    func number(_ number: Int64, _ zone: Zone) -> Int64 {
        if number == NumberVector.missing { return number }
        func day() -> LocalDay { LocalDay(number: Int32(clamping: number)) }
        switch self {
        case .weekday: return Int64(day().isoWeekday)
        case .hour:
            let instant = Instant(microseconds: number)
            return Int64(zone.local(instant).secondOfDay / 3600)
        case .dayOfMonth: return Int64(day().civil.day)
        case .monthOfYear: return Int64(day().civil.month)
        case .band(let bounds): return Int64(bounds.count { $0 <= number })
        case .dayBand(let bounds): return Int64(bounds.count { Int64($0.number) <= number })
        case .daysBefore(let day): return Int64(day.number) - number
        }
    }

    /// Replaces the first numbers of a buffer by what it gives for them.
    func apply(to buffer: KernelBuffer<Int64>, count: Int, zone: Zone) {
        // Rows lie in order of time, so that neighbours mostly give the same.
        var (last, made) = (NumberVector.missing, NumberVector.missing)
        for row in 0..<count {
            let number = buffer[row]
            if number != last {
                last = number
                made = self.number(number, zone)
            }
            buffer[row] = made
        }
    }
}

extension ColumnPath {
    /// The same column, of which something is looked at.
    public func deriving(_ derivation: Derivation) -> ColumnPath {
        ColumnPath(column, attribute, derivation)
    }

    /// The column whose value a derived one is made of.
    public var underived: ColumnPath { ColumnPath(column, attribute) }
}
