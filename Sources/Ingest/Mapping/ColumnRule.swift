import Store
import Vocabulary

/// How one column of a model is filled from a source row.
struct ColumnRule: Sendable {
    /// Where the value comes from.
    enum Input: Sendable, Hashable {
        /// A field of the row, by its index in `TableMapping.fields`, and a path inside it.
        case field(Int, path: [String])
        /// Several fields that together are the key of another row.
        case fields([Int])
        /// The same word in every row.
        case constant(String)
        /// The currency of the row's company.
        case companyCurrency
        /// Nothing: this source does not know the column.
        case nothing
    }

    /// What text is read as.
    enum Cast: String, Sendable, CaseIterable {
        case number, boolean, instant, day, text
    }

    /// What a number counts.
    enum Unit: String, Sendable, CaseIterable {
        /// Amounts: whole units of the currency, or its minor units.
        case major, minor
        /// Moments: since 1970-01-01T00:00:00Z.
        case seconds, milliseconds, microseconds
    }

    let column: Column
    var input: Input = .nothing
    /// The field that is read when the first one has no value.
    var alternative: Int?
    var cast: Cast?
    var unit: Unit?
    /// The zone of times that tell none.
    var zone: Zone?
    /// The source's words, and ours.
    var words: [String: String]?
    /// Our word for a word that `words` does not list; nil puts the row aside.
    var otherwise: String?
    /// The value used where the source has none.
    var fallback: String?

    /// Whether the field's value is taken over without being mapped, cast or replaced.
    var isPlain: Bool {
        alternative == nil && cast == nil && words == nil && fallback == nil
    }

    /// All that decides what a source row becomes, for the mapping's fingerprint.
    var fingerprint: String {
        let words = (words ?? [:]).sorted { $0.key < $1.key }.map { "\($0)>\($1)" }
        return [
            column.name, "\(column.type)", "\(input)", "\(alternative ?? -1)",
            cast?.rawValue ?? "", unit?.rawValue ?? "", zone?.name ?? "",
            words.joined(separator: ","), otherwise ?? "", fallback ?? "",
        ].joined(separator: "|")
    }
}

/// Why a row does not fit its model.
struct Misfit: Error, Equatable {
    let reason: String
}

extension ColumnRule {
    /// The value before it is fitted to the column: picked, mapped, cast.
    func picked(from values: [SourceValue]) throws(Misfit) -> SourceValue {
        var value: SourceValue
        switch input {
        case .nothing: return .null
        case .constant(let word): return try literal(word)
        case .companyCurrency: preconditionFailure("the row placement fills this column")
        case .fields(let indices):
            for index in indices where values[index] == .unchanged { return .unchanged }
            guard let key = try RowKey(parts: indices.map { values[$0] }) else { return .null }
            return .text(key.description)
        case .field(let index, let path):
            value = values[index]
            if case .null = value, let alternative { value = values[alternative] }
            if !path.isEmpty { value = try part(of: value, at: path) }
        }
        if case .null = value {
            guard let fallback else { return .null }
            return try literal(fallback)
        }
        if let words {
            if case .unchanged = value { return .unchanged }
            guard let text = value.text else { return .null }
            guard let word = words[text] ?? otherwise else {
                throw Misfit(
                    reason: "\(column.name): the mapping has no word for ‘\(text.shortened)’")
            }
            return try literal(word)
        }
        guard let cast, case .text(let text) = value else { return value }
        return try read(text, as: cast)
    }

    /// A word of the mapping itself, read as what the column holds.
    private func literal(_ word: String) throws(Misfit) -> SourceValue {
        switch column.type {
        case .boolean: try read(word, as: .boolean)
        case .integer, .decimal, .money: try read(word, as: .number)
        case .instant: try read(word, as: .instant)
        case .day: try read(word, as: .day)
        case .text, .category, .reference: .text(word)
        }
    }

    private func part(of value: SourceValue, at path: [String]) throws(Misfit) -> SourceValue {
        switch value {
        case .null, .unchanged: return value
        case .structure(let json): return json.value(at: path).map { SourceValue($0) } ?? .null
        case .document(let text):
            do {
                return try JSONParser.parse(text).value(at: path).map { SourceValue($0) } ?? .null
            } catch {
                throw Misfit(reason: "\(column.name): the document is not JSON: \(error.problem)")
            }
        default:
            throw Misfit(reason: "\(column.name): \(value.kind) has no parts to take one from")
        }
    }

    private func read(_ text: String, as cast: Cast) throws(Misfit) -> SourceValue {
        let trimmed = text.trimmingBlank
        switch cast {
        case .text: return .text(text)
        case .number:
            if let whole = Int64(trimmed) { return .integer(whole) }
            if let exact = ExactDecimal(trimmed) { return .decimal(exact) }
        case .boolean:
            switch trimmed.lowercased() {
            case "true", "t", "yes", "y", "1": return .boolean(true)
            case "false", "f", "no", "n", "0": return .boolean(false)
            default: break
            }
        case .instant:
            if let moment = Instant(trimmed) { return .instant(moment.microseconds) }
            let local = PostgresType.timestamp.value(text: trimmed)
            if case .local = local { return local }
        case .day:
            if let day = LocalDay(trimmed) { return .day(day.number) }
        }
        throw Misfit(reason: "\(column.name): ‘\(text.shortened)’ does not read as \(cast)")
    }

    /// Fits a picked value to the column, which is no money: see `amount(_:currency:rounded:)`.
    func cell(_ value: SourceValue) throws(Misfit) -> Cell {
        if case .null = value { return .missing }
        switch column.type {
        case .text, .category:
            guard let text = value.text else { return .missing }
            return .text(text)
        case .boolean:
            if case .boolean(let yes) = value { return .number(yes ? 1 : 0) }
        case .integer:
            switch value {
            case .integer(let number): return .number(number)
            case .decimal(let exact):
                if let number = ScaledNumber.exactly(exact, scale: 0) { return .number(number) }
            case .float(let float):
                if let number = Int64(exactly: float) { return .number(number) }
            default: break
            }
        case .decimal(let scale):
            var ignored = false
            if let number = ScaledNumber.scaled(value, scale: scale, moved: &ignored) {
                return .number(number)
            }
        case .instant:
            switch value {
            case .instant(let moment): return .number(moment)
            case .local(let clock):
                if let zone { return .number(zone.instant(ofClock: clock)) }
            case .integer(let count):
                if let moment = moment(count) { return .number(moment) }
            case .decimal(let exact):
                if let count = ScaledNumber.exactly(exact, scale: 0), let moment = moment(count) {
                    return .number(moment)
                }
            default: break
            }
        case .day:
            switch value {
            case .day(let number): return .number(Int64(number))
            case .local(let clock):
                return .number(Int64(clock.dividedDown(by: 86_400_000_000)))
            case .instant(let moment):
                if let zone {
                    return .number(Int64(zone.day(of: Instant(microseconds: moment)).number))
                }
            default: break
            }
        case .reference:
            if let key = RowKey(value) { return .key(key) }
        case .money: preconditionFailure("amounts are fitted together with their currency")
        }
        throw misfit(value)
    }

    /// Fits an amount to the minor unit of its currency; adds to `rounded` if that moved it.
    func amount(
        _ value: SourceValue, currency: Currency, rounded: inout Int
    ) throws(Misfit) -> Cell {
        if case .null = value { return .missing }
        if unit == .minor {
            if case .integer(let units) = value { return .number(units) }
            throw misfit(value)
        }
        if case .float(let float) = value {
            guard let (units, repaired) = Money.minorUnits(ofFloat: float, currency: currency)
            else { throw misfit(value) }
            if repaired { rounded += 1 }
            return .number(units)
        }
        var moved = false
        guard let units = ScaledNumber.scaled(value, scale: currency.decimals, moved: &moved)
        else { throw misfit(value) }
        if moved { rounded += 1 }
        return .number(units)
    }

    private func moment(_ count: Int64) -> Int64? {
        let factor: Int64
        switch unit {
        case .seconds: factor = 1_000_000
        case .milliseconds: factor = 1000
        case .microseconds: factor = 1
        default: return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }

    private func misfit(_ value: SourceValue) -> Misfit {
        let shown = value.text.map { " ‘\($0.shortened)’" } ?? ""
        return Misfit(
            reason: "\(column.name): \(value.kind)\(shown) does not fit a column of type "
                + column.type.word)
    }
}

/// Exact numbers at a fixed scale, in 64 bits.
enum ScaledNumber {
    private static let powers: [Int64] = (0...18).map { exponent in
        (0..<exponent).reduce(Int64(1)) { product, _ in product * 10 }
    }

    /// The number in units of `10^-scale`, rounded half up on magnitude.
    ///
    /// Nil when it does not fit or is no number. `moved` becomes true when rounding changed it by
    /// more than 0.000001.
    static func scaled(_ value: SourceValue, scale: Int, moved: inout Bool) -> Int64? {
        switch value {
        case .integer(let whole):
            let (product, overflow) = whole.multipliedReportingOverflow(by: powers[scale])
            return overflow ? nil : product
        case .decimal(let exact): return scaled(exact, scale: scale, moved: &moved)
        case .float(let float):
            guard let exact = ExactDecimal(float.description) else {
                return float.magnitude < 1e-9 ? 0 : nil
            }
            return scaled(exact, scale: scale, moved: &moved)
        default: return nil
        }
    }

    /// The number in units of `10^-scale` if no digit is lost by that; else nil.
    static func exactly(_ exact: ExactDecimal, scale: Int) -> Int64? {
        guard exact.unscaled.magnitude < UInt128(1) << 100 else { return nil }
        let rounded = exact.rounded(toScale: scale)
        return rounded == exact ? Int64(exactly: rounded.unscaled) : nil
    }

    /// The number in units of `10^-scale`, as above.
    static func scaled(_ exact: ExactDecimal, scale: Int, moved: inout Bool) -> Int64? {
        if let digits = Int64(exactly: exact.unscaled) {
            if exact.scale <= scale {
                let (product, overflow) = digits.multipliedReportingOverflow(
                    by: powers[scale - exact.scale])
                return overflow ? nil : product
            }
            let divisor = powers[exact.scale - scale]
            let (quotient, remainder) = digits.quotientAndRemainder(dividingBy: divisor)
            if remainder == 0 { return quotient }
        }
        // Digits beyond 64 bits fit only if rounding takes some away; 126 bits leave room for it.
        guard exact.scale > scale, exact.unscaled.magnitude < UInt128(1) << 126 else { return nil }
        let rounded = exact.rounded(toScale: scale)
        if (rounded - exact).magnitude > ExactDecimal(unscaled: 1, scale: 6) { moved = true }
        return Int64(exactly: rounded.unscaled)
    }
}

extension RowKey {
    /// The key that a single value is; nil for values that cannot be one.
    init?(_ value: SourceValue) {
        switch value {
        case .integer(let number): self = .integer(number)
        case .uuid(let number): self = .uuid(number)
        case .text(let text): self = .text(text)
        case .decimal(let exact):
            guard let number = ScaledNumber.exactly(exact, scale: 0) else { return nil }
            self = .integer(number)
        default: return nil
        }
    }

    /// The key made of one or several values; nil when one of them is null.
    init?(parts: [SourceValue]) throws(Misfit) {
        for part in parts where part == .null { return nil }
        if parts.count == 1 {
            guard let key = RowKey(parts[0]) else {
                throw Misfit(reason: "\(parts[0].kind) cannot be a key")
            }
            self = key
            return
        }
        var texts: [String] = []
        for part in parts {
            guard let text = part.text else { throw Misfit(reason: "a key's part did not arrive") }
            texts.append(text)
        }
        self = .text(texts.joined(separator: "\u{1F}"))
    }
}

extension Zone {
    /// The instant of a local time given as microseconds since its own epoch.
    func instant(ofClock clock: Int64) -> Int64 {
        if name == "UTC" { return clock }
        let seconds = clock.dividedDown(by: 1_000_000)
        let moment = instant(of: LocalTime(secondsSinceEpoch: seconds))
        return moment.microseconds + (clock - seconds * 1_000_000)
    }
}

extension Int64 {
    func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension String {
    /// At most 60 characters of it, for a sentence.
    var shortened: String { count > 60 ? prefix(60) + "…" : self }

    /// The text without blanks at its ends.
    var trimmingBlank: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}

extension ColumnType {
    /// The word that definitions use for it.
    var word: String {
        switch self {
        case .boolean: "boolean"
        case .integer: "integer"
        case .decimal: "decimal"
        case .money: "money"
        case .instant: "instant"
        case .day: "day"
        case .category: "category"
        case .text: "text"
        case .reference: "reference"
        }
    }
}
