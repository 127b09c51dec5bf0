import Foundation

/// A moment in time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Microseconds because that is what Postgres stores; the range is ±290,000 years.
public struct Instant: Sendable, Hashable, Comparable {
    /// Microseconds since the epoch.
    public let microseconds: Int64

    /// Makes an instant from microseconds since the epoch.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Makes an instant from whole seconds since the epoch.
    public init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

    /// Whole seconds since the epoch, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Earlier before later.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This instant moved by a number of seconds.
    public func adding(seconds: Int64) -> Instant {
        Instant(microseconds: microseconds + seconds * 1_000_000)
    }

    /// Reads RFC 3339: `2026-06-30T22:30:00Z`, with a fraction or an offset if given.
    public init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, let day = LocalDay(text.prefix(10)),
            bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":")
        else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value = Int64(0)
            for index in range {
                guard index < bytes.count, (48...57).contains(bytes[index]) else { return nil }
                value = value * 10 + Int64(bytes[index] - 48)
            }
            return value
        }
        guard let hour = number(11..<13), let minute = number(14..<16),
            let second = number(17..<19),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var position = 19
        var fraction = Int64(0)
        if bytes[position] == UInt8(ascii: ".") {
            var unit = Int64(100_000)
            position += 1
            let start = position
            while position < bytes.count, (48...57).contains(bytes[position]) {
                fraction += Int64(bytes[position] - 48) * unit
                unit /= 10
                position += 1
            }
            guard position > start else { return nil }
        }
        guard position < bytes.count else { return nil }
        var offset = Int64(0)
        if bytes[position] | 0x20 == UInt8(ascii: "z") {
            guard position + 1 == bytes.count else { return nil }
        } else {
            guard bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-"),
                position + 6 == bytes.count, bytes[position + 3] == UInt8(ascii: ":"),
                let hours = number(position + 1..<position + 3),
                let minutes = number(position + 4..<position + 6), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (bytes[position] == UInt8(ascii: "-") ? -1 : 1)
        }
        let seconds = Int64(day.number) * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.microseconds = seconds * 1_000_000 + fraction
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC, with as many decimals as are needed: `2026-06-30T22:30:00Z`.
    public var description: String {
        let whole = seconds
        let time = LocalTime(secondsSinceEpoch: whole)
        var text = "\(time.day)T\(time.clock)"
        let fraction = microseconds - whole * 1_000_000
        if fraction != 0 {
            let digits = String(fraction + 1_000_000).dropFirst()
            text += "." + (digits.hasSuffix("000") ? digits.dropLast(3) : digits)
        }
        return text + "Z"
    }
}

/// A day of the calendar and a time of that day, without a zone.
public struct LocalTime: Sendable, Hashable, Comparable {
    /// The calendar day.
    public let day: LocalDay
    /// Seconds since that day's midnight, 0 to 86,399.
    public let secondOfDay: Int

    /// Makes a local time.
    public init(day: LocalDay, secondOfDay: Int) {
        precondition((0..<86_400).contains(secondOfDay), "second of day out of range")
        self.day = day
        self.secondOfDay = secondOfDay
    }

    /// The local time that many seconds after 1970-01-01 00:00, on a clock without changes.
    public init(secondsSinceEpoch seconds: Int64) {
        var (day, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        if rest < 0 {
            rest += 86_400
            day -= 1
        }
        self.init(day: LocalDay(number: Int32(clamping: day)), secondOfDay: Int(rest))
    }

    /// Seconds since 1970-01-01 00:00 on the same clock.
    public var secondsSinceEpoch: Int64 { Int64(day.number) * 86_400 + Int64(secondOfDay) }

    /// `HH:MM:SS`.
    public var clock: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(secondOfDay / 3600)):\(two(secondOfDay / 60 % 60)):\(two(secondOfDay % 60))"
    }

    /// Earlier before later.
    public static func < (left: LocalTime, right: LocalTime) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }
}

extension LocalTime: CustomStringConvertible {
    /// `2026-06-30T22:30:00`.
    public var description: String { "\(day)T\(clock)" }
}

/// Where the time comes from.
///
/// It is passed in everywhere, so that a test can decide what time it is.
public struct WallClock: Sendable {
    /// Tells the present instant.
    public let now: @Sendable () -> Instant

    /// A clock that asks `now`.
    public init(now: @escaping @Sendable () -> Instant) { self.now = now }

    /// The machine's clock.
    public static let system = WallClock {
        Instant(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }

    /// A clock that stands still.
    public static func fixed(_ instant: Instant) -> WallClock { WallClock { instant } }
}
