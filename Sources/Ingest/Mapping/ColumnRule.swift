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
        /// The texts of several fields with a blank between them; those without a value left out.
        case joined([Int])
        /// The product of several numbers of the row.
        case product([Factor])
        /// The same word in every row.
        case constant(String)
        /// The currency of the row's company.
        case companyCurrency
        /// The word of the first case whose conditions all hold.
        case cases([Case])
        /// Nothing: this source does not know the column.
        case nothing
    }

    /// A word, and when it is the value.
    struct Case: Sendable, Hashable {
        let conditions: [FieldCondition]
        let word: String
    }

    /// How text is written before anything else is made of it.
    enum Form: String, Sendable, CaseIterable {
        /// Small letters.
        case lower
        /// Capitals.
        case upper
        /// Without blanks at its ends; what is blank altogether is no value.
        case trim
        /// Without any blank; what is blank altogether is no value.
        case compact
    }

    /// What text is read as.
    enum Cast: String, Sendable, CaseIterable {
        case number, boolean, instant, day, text
    }

    /// What a number counts.
    enum Unit: String, Sendable, CaseIterable {
        /// Amounts: whole units of the currency, or its minor units.
        case major, minor
        /// Minor units as Stripe counts them.
        case stripe
        /// Moments: since 1970-01-01T00:00:00Z.
        case seconds, milliseconds, microseconds
    }

    let column: Column
    var input: Input = .nothing
    /// Further paths inside the field, tried in turn where the first leads to no value.
    var otherPaths: [[String]] = []
    /// Conditions without which the field's value does not count.
    var conditions: [FieldCondition] = []
    /// The field that is read when the first one has no value.
    var alternative: Int?
    /// How text is written before it is read.
    var forms: [Form] = []
    /// The patterns of which the first that fits tells what is taken of a text.
    var patterns: [TextPattern] = []
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
            && conditions.isEmpty && forms.isEmpty && patterns.isEmpty
    }

    /// All that decides what a source row becomes, for the mapping's fingerprint.
    var fingerprint: String {
        let words = (words ?? [:]).sorted { $0.key < $1.key }.map { "\($0)>\($1)" }
        var origin = "\(input)"
        if case .cases(let cases) = input {
            origin = cases.map { "\($0.conditions.map(\.fingerprint))>\($0.word)" }
                .joined(separator: ",")
        }
        return [
            column.name, "\(column.type)", origin, "\(otherPaths)",
            "\(conditions.map(\.fingerprint))", "\(alternative ?? -1)",
            forms.map(\.rawValue).joined(separator: ","), "\(patterns.map(\.text))",
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
        case .cases(let cases): return try word(of: cases, for: values)
        case .fields(let indices):
            for index in indices where values.field(index) == .unchanged { return .unchanged }
            guard let key = try RowKey(parts: indices.map { values.field($0) }) else {
                return .null
            }
            return .text(key.description)
        case .joined(let indices):
            for index in indices where values.field(index) == .unchanged { return .unchanged }
            let texts = indices.compactMap { values.field($0).text?.trimmingBlank }
                .filter { !$0.isEmpty }
            value = texts.isEmpty ? .null : .text(texts.joined(separator: " "))
        case .product(let factors):
            do throws(Misfit) {
                return try factors.product(of: values)
            } catch {
                throw Misfit(reason: "\(column.name): \(error.reason)")
            }
        case .field(let index, let path):
            value = try field(index, path, of: values)
            if case .null = value, let alternative { value = values.field(alternative) }
        }
        if case .unchanged = value { return .unchanged }
        value = taken(from: formed(value))
        if case .null = value {
            guard let fallback else { return .null }
            return try literal(fallback)
        }
        if let words {
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

    /// The word of the first case that holds.
    private func word(
        of cases: [Case], for values: [SourceValue]
    ) throws(Misfit) -> SourceValue {
        for entry in cases {
            switch entry.conditions.hold(for: values) {
            case true?: return try literal(entry.word)
            // What decides has not changed, so neither has the word.
            case nil: return .unchanged
            case false?: break
            }
        }
        guard let otherwise else {
            throw Misfit(reason: "\(column.name): none of the mapping's cases holds")
        }
        return try literal(otherwise)
    }

    /// The value of a field at the first path that leads to one, if the conditions hold.
    private func field(
        _ index: Int, _ path: [String], of values: [SourceValue]
    ) throws(Misfit) -> SourceValue {
        if !conditions.isEmpty {
            guard let holds = conditions.hold(for: values) else { return .unchanged }
            if !holds { return .null }
        }
        let whole = values.field(index)
        if path.isEmpty { return whole }
        var value = try part(of: whole, at: path)
        for other in otherPaths {
            guard case .null = value else { break }
            value = try part(of: whole, at: other)
        }
        return value
    }

    /// Text in the forms asked for; other values as they are.
    private func formed(_ value: SourceValue) -> SourceValue {
        guard !forms.isEmpty, case .text(var text) = value else { return value }
        for form in forms {
            switch form {
            case .lower: text = text.lowercased()
            case .upper: text = text.uppercased()
            case .trim: text = text.trimmingBlank
            case .compact: text.removeAll(where: \.isWhitespace)
            }
        }
        let isBlank = text.isEmpty && (forms.contains(.trim) || forms.contains(.compact))
        return isBlank ? .null : .text(text)
    }

    /// What the first pattern that fits takes of a text; nothing when none fits.
    private func taken(from value: SourceValue) -> SourceValue {
        guard !patterns.isEmpty else { return value }
        guard let text = value.text else { return .null }
        for pattern in patterns {
            if let taken = pattern.taken(from: text) { return .text(taken) }
        }
        return .null
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
            // A moment as browsers write it is on a day only in a zone, which the column has.
            if let moment = Instant(trimmed) { return .instant(moment.microseconds) }
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
        switch unit {
        case .minor:
            if case .integer(let units) = value { return .number(units) }
            // A share of minor units may lie between two of them.
            guard case .product = input else { throw misfit(value) }
            var moved = false
            guard let units = ScaledNumber.scaled(value, scale: 0, moved: &moved)
            else { throw misfit(value) }
            if moved { rounded += 1 }
            return .number(units)
        case .stripe:
            guard case .integer(let units) = value,
                let amount = StripeAmount.minorUnits(units, currency: currency)
            else { throw misfit(value) }
            return .number(amount)
        default: break
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
