import Vocabulary

/// The column types of Postgres that we read, and their two wire forms.
///
/// Binary forms are those of the types' send functions in Postgres 15; numbers are big-endian,
/// times count microseconds and dates count days from 2000-01-01. `foreign` is any other type: it
/// is read in its text form only.
enum PostgresType: Sendable, Hashable {
    case boolean, int2, int4, int8, float4, float8, numeric, text, uuid
    case timestamp, timestamptz, date, json, jsonb, foreign

    /// The type of a built-in object identifier (`pg_type.dat`); nil for any other.
    init?(oid: UInt32) {
        switch oid {
        case 16: self = .boolean
        case 20: self = .int8
        case 21: self = .int2
        case 23: self = .int4
        case 18, 19, 25, 1042, 1043: self = .text
        case 114: self = .json
        case 700: self = .float4
        case 701: self = .float8
        case 1082: self = .date
        case 1114: self = .timestamp
        case 1184: self = .timestamptz
        case 1700: self = .numeric
        case 2950: self = .uuid
        case 3802: self = .jsonb
        default: return nil
        }
    }

    /// A value that cannot be what the server said it is: the connection is out of step.
    struct Malformed: Error, Equatable {
        let type: PostgresType
        let length: Int
    }

    /// Microseconds, and days, from 1970-01-01 to 2000-01-01.
    private static let epochMicroseconds: Int64 = 946_684_800_000_000
    private static let epochDays: Int32 = 10_957
    /// 5000000-12-31, the last day whose text `LocalDay` reads.
    private static let lastDay = LocalDay(year: 5_000_000, month: 12, day: 31)?.number ?? .max

    /// Reads the binary form, which lies in `range` of `bytes`.
    func value(
        binary bytes: Span<UInt8>, in range: Range<Int>
    ) throws(Malformed) -> SourceValue {
        let start = range.lowerBound
        func expect(_ length: Int) throws(Malformed) {
            if range.count != length { throw Malformed(type: self, length: range.count) }
        }
        switch self {
        case .boolean:
            try expect(1)
            return .boolean(bytes[start] != 0)
        case .int2:
            try expect(2)
            return .integer(Int64(Int16(bitPattern: bytes.bigEndian16(at: start))))
        case .int4:
            try expect(4)
            return .integer(Int64(Int32(bitPattern: bytes.bigEndian32(at: start))))
        case .int8:
            try expect(8)
            return .integer(Int64(bitPattern: bytes.bigEndian64(at: start)))
        case .float4:
            try expect(4)
            let value = Float(bitPattern: bytes.bigEndian32(at: start))
            // The shortest text of the narrow float, not of its widened neighbour: 0.1, not 0.1000…15.
            return value.isFinite
                ? .float(Double(value.description) ?? Double(value)) : Self.odd(Double(value))
        case .float8:
            try expect(8)
            let value = Double(bitPattern: bytes.bigEndian64(at: start))
            return value.isFinite ? .float(value) : Self.odd(value)
        case .numeric:
            guard range.count >= 8 else { throw Malformed(type: self, length: range.count) }
            return try Self.numeric(bytes, in: range)
        case .text: return .text(bytes.text(in: range))
        case .json: return .document(bytes.text(in: range))
        case .jsonb:
            guard range.count >= 1, bytes[start] == 1 else {
                throw Malformed(type: self, length: range.count)
            }
            return .document(bytes.text(in: start + 1..<range.upperBound))
        case .uuid:
            try expect(16)
            return .uuid(
                UInt128(bytes.bigEndian64(at: start)) << 64
                    | UInt128(bytes.bigEndian64(at: start + 8)))
        case .timestamp, .timestamptz:
            try expect(8)
            let value = Int64(bitPattern: bytes.bigEndian64(at: start))
            if value == .max { return .odd("infinity") }
            if value == .min { return .odd("-infinity") }
            let (moved, overflow) = value.addingReportingOverflow(Self.epochMicroseconds)
            // The last years that the server knows lie beyond 64 bits of our microseconds.
            if overflow { return .odd(Self.lateTime(value, zoned: self == .timestamptz)) }
            return self == .timestamp ? .local(moved) : .instant(moved)
        case .date:
            try expect(4)
            let value = Int32(bitPattern: bytes.bigEndian32(at: start))
            if value == .max { return .odd("infinity") }
            if value == .min { return .odd("-infinity") }
            let (moved, overflow) = value.addingReportingOverflow(Self.epochDays)
            return overflow || moved > Self.lastDay
                ? .odd("a date after the year 5000000") : .day(moved)
        case .foreign: throw Malformed(type: self, length: range.count)
        }
    }

    /// Microseconds from 1970 of a `timestamptz`; nil for one that is infinite or beyond 64 bits.
    static func moment(_ value: Int64) -> Int64? {
        if value == .max || value == .min { return nil }
        let (moved, overflow) = value.addingReportingOverflow(epochMicroseconds)
        return overflow ? nil : moved
    }

    /// A float that is no number, in the server's words.
    private static func odd(_ value: Double) -> SourceValue {
        .odd(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }

    /// Reads `numeric`.
    ///
    /// Count of digits, weight of the first, sign, display scale, then digits to the base 10,000.
    /// The value is Σ digit × 10000^(weight − index). It gets as many decimals as the server would
    /// write, so that both wire forms give the same text.
    private static func numeric(
        _ bytes: Span<UInt8>, in range: Range<Int>
    ) throws(Malformed) -> SourceValue {
        let start = range.lowerBound
        let count = Int(bytes.bigEndian16(at: start))
        let weight = Int(Int16(bitPattern: bytes.bigEndian16(at: start + 2)))
        let sign = bytes.bigEndian16(at: start + 4)
        let shown = Int(bytes.bigEndian16(at: start + 6))
        guard range.count == 8 + count * 2 else {
            throw Malformed(type: .numeric, length: range.count)
        }
        switch sign {
        case 0x0000, 0x4000: break
        case 0xC000: return .odd("NaN")
        case 0xD000: return .odd("Infinity")
        case 0xF000: return .odd("-Infinity")
        default: throw Malformed(type: .numeric, length: range.count)
        }
        // Up to four digits fit 64 bits whatever they are; that is nearly every amount.
        if count <= 4, (0..<4).contains(count - 1 - weight) {
            var value = Int64(0)
            for index in 0..<count {
                value = value &* 10_000 &+ Int64(bytes.bigEndian16(at: start + 8 + index * 2))
            }
            let places = 4 * (count - 1 - weight)
            if shown <= places {
                value /= powers[places - shown]
                return .decimal(
                    ExactDecimal(unscaled: Int128(sign == 0 ? value : -value), scale: shown))
            }
        }
        let text = numericText(bytes, in: range)
        return ExactDecimal(text).map { .decimal($0) } ?? .odd(text)
    }

    private static let powers: [Int64] = (0...12).map { exponent in
        (0..<exponent).reduce(Int64(1)) { product, _ in product * 10 }
    }

    /// A number of any size as the server writes it.
    private static func numericText(_ bytes: Span<UInt8>, in range: Range<Int>) -> String {
        let start = range.lowerBound
        let count = Int(bytes.bigEndian16(at: start))
        let weight = Int(Int16(bitPattern: bytes.bigEndian16(at: start + 2)))
        let shown = Int(bytes.bigEndian16(at: start + 6))
        func group(_ index: Int) -> String {
            guard (0..<count).contains(index) else { return "0000" }
            let digits = String(bytes.bigEndian16(at: start + 8 + index * 2))
            return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        }
        var whole = weight >= 0 ? (0...weight).map(group).joined() : ""
        whole = String(whole.drop { $0 == "0" })
        if whole.isEmpty { whole = "0" }
        var decimals = ""
        var index = weight + 1
        while decimals.utf8.count < shown {
            decimals += group(index)
            index += 1
        }
        let sign = bytes.bigEndian16(at: start + 4) == 0 ? "" : "-"
        return sign + whole + (shown > 0 ? "." + decimals.prefix(shown) : "")
    }
}
