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
        case .date: return LocalDay(text).map { .day($0.number) } ?? .odd(text)
        case .timestamp: return Self.time(text, zoned: false)
        case .timestamptz: return Self.time(text, zoned: true)
        }
    }

    /// Reads `2026-06-30 22:30:00.123+02`, with T or a blank, and with an offset only if `zoned`.
    private static func time(_ text: String, zoned: Bool) -> SourceValue {
        var clock = text.replacing(" ", with: "T")
        if !zoned {
            clock += "Z"
        } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }),
            let mark = clock.firstIndex(of: "T"), sign > mark
        {
            // Postgres writes +02, +05:30 or, before 1900, +01:39:49; RFC 3339 knows the second.
            let parts = clock[clock.index(after: sign)...].split(separator: ":")
            if parts.count == 1 { clock += ":00" }
            if parts.count == 3 {
                let minutes = clock.index(clock.endIndex, offsetBy: -3)
                guard let seconds = Int64(parts[2]),
                    let moment = Instant(clock[..<minutes])
                else { return .odd(text) }
                let shift = clock[sign] == "-" ? seconds : -seconds
                return .instant(moment.adding(seconds: shift).microseconds)
            }
        }
        guard let moment = Instant(clock) else { return .odd(text) }
        return zoned ? .instant(moment.microseconds) : .local(moment.microseconds)
    }
}
