import Foundation
import Synchronization

/// A time zone of the system's zoneinfo database, as Postgres on the same machine sees it.
///
/// Format (RFC 9636, TZif version 2 and later): a version-1 block that is skipped, then a header
/// with six counts, 64-bit transition times, the type index of each transition, the types (offset,
/// daylight flag, abbreviation), and a footer with a POSIX rule for all later years.
///
/// Invariants: transitions ascend; before the first transition the first standard type holds; after
/// the last one the footer's rule holds, or the last type if there is none.
public struct Zone: Sendable {
    /// The name, such as `Europe/Copenhagen`.
    public let name: String
    private let table: Table

    /// Finds a zone by name.
    ///
    /// - Throws: `Advice` when the system does not know the name or its file is damaged.
    public init(named name: String) throws {
        if let known = Self.known.withLock({ $0[name] }) {
            self = known
            return
        }
        let wellFormed =
            !name.isEmpty && !name.hasPrefix("/") && !name.contains("..")
            && name.utf8.allSatisfy { byte in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || [43, 45, 47, 95].contains(byte)
            }
        guard wellFormed,
            let data = try? Data(contentsOf: URL(fileURLWithPath: Self.directory + name))
        else {
            throw Advice(
                .unknown, "time zone ‘\(name)’ is not in this system's zone database",
                remedy: "use a name such as Europe/Copenhagen, and see that package tzdata is "
                    + "installed")
        }
        guard let table = Table(data: [UInt8](data)) else {
            throw Advice(
                .damaged, "the zone file of ‘\(name)’ is not in the expected format",
                remedy: "reinstall package tzdata")
        }
        self.name = name
        self.table = table
        let made = self
        Self.known.withLock { $0[name] = made }
    }

    private static let directory = "/usr/share/zoneinfo/"
    private static let known = Mutex<[String: Zone]>([:])

    /// Coordinated universal time.
    public static let utc = Zone(name: "UTC", table: Table.fixed(offset: 0))

    private init(name: String, table: Table) {
        self.name = name
        self.table = table
    }

    /// Seconds that local clocks are ahead of UTC at an instant.
    public func offset(at instant: Instant) -> Int { table.offset(at: instant.seconds) }

    /// The local date and time of an instant.
    public func local(_ instant: Instant) -> LocalTime {
        let seconds = instant.seconds
        return LocalTime(secondsSinceEpoch: seconds + Int64(table.offset(at: seconds)))
    }

    /// The local day of an instant.
    public func day(of instant: Instant) -> LocalDay { local(instant).day }

    /// The instant of a local time (DOMAIN §11).
    ///
    /// A time that the clocks skip is shifted by the gap (02:30 → 03:30); of a time that comes
    /// twice, the first is meant.
    public func instant(of local: LocalTime) -> Instant {
        let wanted = local.secondsSinceEpoch
        let before = table.offset(at: wanted - 86_400)
        let after = table.offset(at: wanted + 86_400)
        // Offsets differ by a day at most around one transition, so these two are the candidates.
        for offset in [before, after] where table.offset(at: wanted - Int64(offset)) == offset {
            return Instant(seconds: wanted - Int64(offset))
        }
        return Instant(seconds: wanted - Int64(before))
    }

    /// The first instant of a local day.
    public func start(of day: LocalDay) -> Instant {
        instant(of: LocalTime(day: day, secondOfDay: 0))
    }

    /// The instants at which local clocks change within a range, for tests and schedules.
    public func changes(in range: Range<Instant>) -> [Instant] {
        var found: [Instant] = []
        var low = range.lowerBound.seconds
        let end = range.upperBound.seconds
        // Half a day is shorter than any two changes lie apart; each change is then bisected.
        while low < end {
            let high = min(low + 43_200, end)
            if table.offset(at: low) != table.offset(at: high) {
                var (left, right) = (low, high)
                while right - left > 1 {
                    let middle = left + (right - left) / 2
                    if table.offset(at: middle) == table.offset(at: low) {
                        left = middle
                    } else {
                        right = middle
                    }
                }
                found.append(Instant(seconds: right))
            }
            low = high
        }
        return found
    }
}

extension Zone: Hashable, CustomStringConvertible {
    /// Zones are the same when their names are.
    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    /// The name.
    public var description: String { name }
}

/// Transition times and offsets of one zone.
private final class Table: Sendable {
    let times: [Int64]
    let offsets: [Int]
    let first: Int
    let rule: PosixRule?
    /// Offsets of the UTC days of the years in which almost all business lies, so that most moments
    /// cost one look; `changing` for days on which the clocks change.
    private let daily: [Int32]

    private static let changing = Int32.min
    private static let secondsPerDay = Int64(86_400)
    /// 1990-01-01 to 2050-01-01.
    private static let dailyDays = Int64(7_305)..<29_220

    private init(times: [Int64], offsets: [Int], first: Int, rule: PosixRule?) {
        self.times = times
        self.offsets = offsets
        self.first = first
        self.rule = rule
        guard !times.isEmpty || rule != nil else {
            daily = []
            return
        }
        func offset(_ seconds: Int64) -> Int {
            Self.offset(at: seconds, times, offsets, first, rule)
        }
        // Two changes on one day would cancel out; zones have had none since 1990.
        daily = Self.dailyDays.map { day in
            let start = day * Self.secondsPerDay
            let now = offset(start)
            let isPlain =
                offset(start + Self.secondsPerDay / 2) == now
                && offset(start + Self.secondsPerDay - 1) == now
            return isPlain ? Int32(now) : Self.changing
        }
    }

    static func fixed(offset: Int) -> Table {
        Table(times: [], offsets: [], first: offset, rule: nil)
    }

    convenience init?(data: [UInt8]) {
        func integer(_ position: Int, _ width: Int) -> Int64? {
            guard position >= 0, position + width <= data.count else { return nil }
            var value = data[position] >= 128 ? Int64(-1) : 0
            for byte in data[position..<position + width] { value = value << 8 | Int64(byte) }
            return value
        }
        func counts(_ header: Int) -> [Int]? {
            var found: [Int] = []
            for index in 0..<6 {
                guard let value = integer(header + 20 + index * 4, 4), value >= 0 else {
                    return nil
                }
                found.append(Int(value))
            }
            return found
        }
        guard data.starts(with: Array("TZif".utf8)), data.count > 44, data[4] >= UInt8(ascii: "2"),
            let old = counts(0)
        else { return nil }
        let header = 44 + old[3] * 5 + old[4] * 6 + old[5] + old[2] * 8 + old[1] + old[0]
        guard let counted = counts(header) else { return nil }
        let (utIndicators, wallIndicators, leaps) = (counted[0], counted[1], counted[2])
        let (transitions, types, letters) = (counted[3], counted[4], counted[5])
        let timesAt = header + 44
        let indicesAt = timesAt + transitions * 8
        let typesAt = indicesAt + transitions
        guard types > 0, typesAt + types * 6 <= data.count else { return nil }
        var typeOffsets: [Int] = []
        var daylight: [Bool] = []
        for index in 0..<types {
            guard let offset = integer(typesAt + index * 6, 4) else { return nil }
            typeOffsets.append(Int(offset))
            daylight.append(data[typesAt + index * 6 + 4] != 0)
        }
        var times: [Int64] = []
        var offsets: [Int] = []
        for index in 0..<transitions {
            guard let time = integer(timesAt + index * 8, 8),
                Int(data[indicesAt + index]) < types
            else { return nil }
            times.append(time)
            offsets.append(typeOffsets[Int(data[indicesAt + index])])
        }
        let footerAt = typesAt + types * 6 + letters + leaps * 12 + wallIndicators + utIndicators
        var rule: PosixRule?
        if footerAt + 1 < data.count, data[footerAt] == 10, let last = data.lastIndex(of: 10),
            last > footerAt
        {
            rule = PosixRule(String(decoding: data[(footerAt + 1)..<last], as: UTF8.self))
        }
        let standard = daylight.firstIndex(of: false) ?? 0
        self.init(times: times, offsets: offsets, first: typeOffsets[standard], rule: rule)
    }

    func offset(at seconds: Int64) -> Int {
        let day = seconds / Self.secondsPerDay - Self.dailyDays.lowerBound
        if day >= 0, day < daily.count {
            let offset = daily[Int(day)]
            if offset != Self.changing { return Int(offset) }
        }
        return Self.offset(at: seconds, times, offsets, first, rule)
    }

    private static func offset(
        at seconds: Int64, _ times: [Int64], _ offsets: [Int], _ first: Int, _ rule: PosixRule?
    ) -> Int {
        guard let last = times.last, seconds < last else {
            return rule?.offset(at: seconds) ?? offsets.last ?? first
        }
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? first : offsets[low - 1]
    }
}

/// The POSIX rule of a zone file's footer: `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct PosixRule: Sendable {
    struct Change: Sendable {
        let month: Int
        let week: Int
        let weekday: Int
        let second: Int
        /// Day of the year for the forms `Jn` (1–365, no leap day) and `n` (0–365).
        let julian: Int?
        let skipsLeapDay: Bool

        func secondsSinceEpoch(year: Int) -> Int64 {
            Int64(day(in: year).number) * 86_400 + Int64(second)
        }

        private func day(in year: Int) -> LocalDay {
            let newYear = LocalDay(year: year, month: 1, day: 1) ?? LocalDay(number: 0)
            if let julian {
                let leap = LocalDay.length(ofMonth: 2, year: year) == 29
                let shift = skipsLeapDay ? (leap && julian >= 60 ? julian : julian - 1) : julian
                return newYear.adding(days: shift)
            }
            let start = newYear.adding(months: month - 1)
            let ahead = (weekday - start.isoWeekday % 7 + 7) % 7
            let length = LocalDay.length(ofMonth: month, year: year)
            var number = 1 + ahead + (week - 1) * 7
            if number > length { number -= 7 }
            return start.adding(days: number - 1)
        }
    }

    let standard: Int
    let daylight: (offset: Int, start: Change, end: Change)?

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        func name() -> Bool {
            if rest.first == UInt8(ascii: "<") {
                guard let close = rest.firstIndex(of: UInt8(ascii: ">")) else { return false }
                rest = rest[(close + 1)...]
                return true
            }
            let start = rest.startIndex
            while let byte = rest.first, (65...90).contains(byte) || (97...122).contains(byte) {
                rest.removeFirst()
            }
            return rest.startIndex > start
        }
        func number() -> Int? {
            var value: Int?
            while let byte = rest.first, (48...57).contains(byte) {
                value = (value ?? 0) * 10 + Int(byte - 48)
                rest.removeFirst()
            }
            return value
        }
        func clock() -> Int? {
            var sign = 1
            if let byte = rest.first, byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
                sign = byte == UInt8(ascii: "-") ? -1 : 1
                rest.removeFirst()
            }
            guard let hours = number() else { return nil }
            var total = hours * 3600
            for unit in [60, 1] where rest.first == UInt8(ascii: ":") {
                rest.removeFirst()
                guard let part = number() else { return nil }
                total += part * unit
            }
            return sign * total
        }
        func change() -> Change? {
            guard rest.first == UInt8(ascii: ",") else { return nil }
            rest.removeFirst()
            var found: (month: Int, week: Int, weekday: Int, julian: Int?, skips: Bool)
            if rest.first == UInt8(ascii: "M") {
                rest.removeFirst()
                guard let month = number(), rest.popFirst() == UInt8(ascii: "."),
                    let week = number(), rest.popFirst() == UInt8(ascii: "."),
                    let weekday = number(), (1...12).contains(month), (1...5).contains(week),
                    (0...6).contains(weekday)
                else { return nil }
                found = (month, week, weekday, nil, false)
            } else {
                let skips = rest.first == UInt8(ascii: "J")
                if skips { rest.removeFirst() }
                guard let day = number(), day <= 365 else { return nil }
                found = (1, 1, 0, day, skips)
            }
            var second = 7200
            if rest.first == UInt8(ascii: "/") {
                rest.removeFirst()
                guard let time = clock() else { return nil }
                second = time
            }
            return Change(
                month: found.month, week: found.week, weekday: found.weekday, second: second,
                julian: found.julian, skipsLeapDay: found.skips)
        }

        guard name(), let west = clock() else { return nil }
        standard = -west
        if rest.isEmpty {
            daylight = nil
            return
        }
        guard name() else { return nil }
        var offset = standard + 3600
        if rest.first != UInt8(ascii: ",") {
            guard let west = clock() else { return nil }
            offset = -west
        }
        guard let start = change(), let end = change(), rest.isEmpty else { return nil }
        daylight = (offset, start, end)
    }

    func offset(at seconds: Int64) -> Int {
        guard let daylight else { return standard }
        let year = LocalTime(secondsSinceEpoch: seconds + Int64(standard)).day.civil.year
        // Each change is given on the clock that is in force before it.
        let start = daylight.start.secondsSinceEpoch(year: year) - Int64(standard)
        let end = daylight.end.secondsSinceEpoch(year: year) - Int64(daylight.offset)
        let summer =
            start < end
            ? (start..<end).contains(seconds) : !(end..<start).contains(seconds)
        return summer ? daylight.offset : standard
    }
}
