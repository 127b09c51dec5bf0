import Store
import Vocabulary

extension PostgresType {
    /// Reads the text form (`DateStyle` ISO), or the form that `SourceValue.text` wrote.
    ///
    /// Text that does not read as the type becomes `odd`, so that its row is put aside.
    func value(text: String) -> SourceValue {
        switch self {
        case .boolean:
            switch text {
            case "t", "true": return .boolean(true)
            case "f", "false": return .boolean(false)
            default: return .odd(text)
            }
        case .int2, .int4, .int8: return Int64(text).map { .integer($0) } ?? .odd(text)
        case .float4, .float8:
            guard let value = Double(text), value.isFinite else { return .odd(text) }
            return .float(value)
        case .numeric: return ExactDecimal(text).map { .decimal($0) } ?? .odd(text)
        case .text, .foreign: return .text(text)
        case .json, .jsonb: return .document(text)
        case .uuid:
            guard case .uuid(let value)? = RowKey(uuid: text) else { return .odd(text) }
            return .uuid(value)
        case .date: return Self.day(text)
        case .timestamp: return Self.time(text, zoned: false)
        case .timestamptz: return Self.time(text, zoned: true)
        }
    }

    /// Reads `2026-06-30 22:30:00.123+02`, with T or a blank, and with an offset only if `zoned`.
    ///
    /// Years may have more than four digits, or a minus, or stand before Christ (`0044-03-15 BC`).
    private static func time(_ text: String, zoned: Bool) -> SourceValue {
        guard let parts = TimeText(text), parts.hasClock, zoned == (parts.offset != nil) else {
            return .odd(text)
        }
        let seconds = parts.secondsOfDay - (parts.offset ?? 0)
        let (days, overflow) = Int64(parts.day.number).multipliedReportingOverflow(
            by: 86_400_000_000)
        let (moment, carry) = days.addingReportingOverflow(
            seconds * 1_000_000 + parts.microseconds)
        guard !overflow, !carry else { return .odd(text) }
        return zoned ? .instant(moment) : .local(moment)
    }

    private static func day(_ text: String) -> SourceValue {
        guard let parts = TimeText(text), !parts.hasClock else { return .odd(text) }
        return .day(parts.day.number)
    }

    /// A time beyond the range of `Instant`, as the server writes it; microseconds from 2000.
    static func lateTime(_ microseconds: Int64, zoned: Bool) -> String {
        let days = microseconds.dividedDown(by: 86_400_000_000)
        let rest = Instant(microseconds: microseconds - days * 86_400_000_000)
        let clock = rest.description.dropFirst(11).dropLast()
        let (year, month, day) = LocalDay(number: Int32(clamping: days + 10_957)).civil
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(year)-\(two(month))-\(two(day)) \(clock)\(zoned ? "+00" : "")"
    }
}

/// A date, and perhaps a time and an offset, as the server or `SourceValue.text` writes them.
///
/// ```
/// 2026-06-30 22:30:00.123+02    1890-01-01T00:00:00+00:50:20    0044-03-15 12:00:00 BC
/// 294276-12-31                  -0043-03-15T12:00:00Z
/// ```
private struct TimeText {
    let day: LocalDay
    private(set) var hasClock = false
    private(set) var secondsOfDay = Int64(0)
    private(set) var microseconds = Int64(0)
    /// Seconds east of Greenwich.
    private(set) var offset: Int64?

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        let isBefore = rest.suffix(3).elementsEqual(" BC".utf8)
        if isBefore { rest = rest.dropLast(3) }
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        func number(_ digits: ClosedRange<Int>) -> Int64? {
            let found = rest.prefix { (48...57).contains($0) }.prefix(digits.upperBound)
            guard found.count >= digits.lowerBound else { return nil }
            rest = rest.dropFirst(found.count)
            return found.reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        func take(_ letters: UInt8...) -> UInt8? {
            guard let first = rest.first, letters.contains(first) else { return nil }
            rest = rest.dropFirst()
            return first
        }
        guard let year = number(4...7), take(UInt8(ascii: "-")) != nil,
            let month = number(2...2), take(UInt8(ascii: "-")) != nil, let day = number(2...2),
            let found = LocalDay(
                year: isBefore ? 1 - Int(year) : Int(isNegative ? -year : year),
                month: Int(month), day: Int(day))
        else { return nil }
        self.day = found
        if rest.isEmpty { return }
        let (colon, point) = (UInt8(ascii: ":"), UInt8(ascii: "."))
        guard take(UInt8(ascii: " "), UInt8(ascii: "T")) != nil, let hour = number(2...2),
            take(colon) != nil, let minute = number(2...2), take(colon) != nil,
            let second = number(2...2), hour <= 24, minute < 60, second <= 60
        else { return nil }
        hasClock = true
        secondsOfDay = hour * 3600 + minute * 60 + second
        if take(point) != nil {
            let digits = rest.count
            guard let fraction = number(1...6) else { return nil }
            microseconds = (digits - rest.count..<6).reduce(fraction) { value, _ in value * 10 }
        }
        if rest.isEmpty { return }
        if take(UInt8(ascii: "Z")) != nil {
            offset = 0
        } else {
            guard let sign = take(UInt8(ascii: "+"), UInt8(ascii: "-")), let hours = number(2...2)
            else { return nil }
            var seconds = hours * 3600
            for unit in [Int64(60), 1] where take(colon) != nil {
                guard let part = number(2...2) else { return nil }
                seconds += part * unit
            }
            offset = sign == UInt8(ascii: "-") ? -seconds : seconds
        }
        guard rest.isEmpty else { return nil }
    }
}
