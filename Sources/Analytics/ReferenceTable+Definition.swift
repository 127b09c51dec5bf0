import Vocabulary

extension ReferenceTable {
    private static let fields = [
        "label", "source", "remark", "currency", "values", "base", "days", "fixed",
    ]

    /// How many digits and decimals a value may have, so that products of it fit 128 bits.
    private static let (digits, decimals) = (15, 12)

    /// Reads `tables:` of a file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    static func tables(_ node: DefinitionNode) throws -> [ReferenceTable] {
        try node.entries().map { try ReferenceTable($0, $1) }
    }

    /// Reads one table.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ key: DefinitionNode, _ value: DefinitionNode) throws {
        name = try key.identifier()
        place = key.place
        let fields = try value.mapping(allowing: Self.fields)
        label = try fields.required("label").string()
        source = try fields.required("source").string()
        remark = try fields.optional("remark")?.string() ?? ""
        definition = try value.yamlText()
        hash = DefinitionHash.of([name, try value.canonicalText()])
        if let base = fields.optional("base") {
            for field in ["values", "currency"] {
                if let wrong = fields.optional(field) {
                    throw wrong.advice(
                        "‘\(field)’ does not go with ‘base’, which makes this a table of rates",
                        remedy: "write rates under ‘days’ or ‘fixed’, or remove ‘base’")
                }
            }
            let currency = try base.currency()
            content = .rates(base: currency)
            isFixed = fields.optional("fixed") != nil
            values = try Self.rates(fields, base: currency)
            return
        }
        for field in ["days", "fixed"] {
            if let wrong = fields.optional(field) {
                throw wrong.advice(
                    "‘\(field)’ belongs to a table of exchange rates", remedy: "add ‘base: EUR’")
            }
        }
        isFixed = false
        let currency = try fields.optional("currency")?.currency()
        var values: [String: [Entry]] = [:]
        for (word, node) in try fields.required("values").entries() {
            values[try word.string()] = try Self.entries(node)
        }
        self.values = values
        let scale = values.values.joined().map(\.value.scale).max() ?? 0
        content = currency.map { .amounts($0) } ?? .numbers(scale: scale)
    }

    // MARK: Values by word

    /// Reads `4.99`, or a list of `{from: day, until: day, value: 4.99}`.
    private static func entries(_ node: DefinitionNode) throws -> [Entry] {
        guard node.isSequence else {
            return [Entry(from: .earliest, until: nil, value: try number(node))]
        }
        var found: [(entry: Entry, node: DefinitionNode)] = []
        for item in try node.sequence() {
            let fields = try item.mapping(allowing: ["from", "until", "value"])
            let from = try fields.optional("from").map(day) ?? .earliest
            let until = try fields.optional("until").map(day)
            if let until, until < from {
                throw item.advice(
                    "the value ends on \(until), before it begins on \(from)",
                    remedy: "put the days in order")
            }
            found.append(
                (Entry(from: from, until: until, value: try number(fields.required("value"))), item)
            )
        }
        guard !found.isEmpty else {
            throw node.advice("the list is empty", remedy: "add a value, or remove the word")
        }
        found.sort { $0.entry.from < $1.entry.from }
        for (earlier, later) in zip(found, found.dropFirst()) {
            let line = earlier.node.place.line
            if earlier.entry.from == later.entry.from {
                throw later.node.advice(
                    later.entry.from == .earliest
                        ? "two values hold from the beginning, the other stands in line \(line)"
                        : "two values hold from \(later.entry.from) on, the other stands in line "
                            + "\(line)",
                    remedy: "give one of them another ‘from’, or remove it")
            }
            if let until = earlier.entry.until, until >= later.entry.from {
                throw later.node.advice(
                    "the value begins on \(later.entry.from), and the one in line \(line) holds "
                        + "until \(until)",
                    remedy: "let one end before the other begins, or leave ‘until’ out")
            }
        }
        return found.map(\.entry)
    }

    private static func day(_ node: DefinitionNode) throws -> LocalDay {
        let text = try node.string()
        if let day = LocalDay(text) { return day }
        throw node.advice("‘\(text)’ is not a day", remedy: "write it as 2026-06-30")
    }

    /// Reads `5.00` or `25 %`.
    private static func number(_ node: DefinitionNode) throws -> ExactDecimal {
        let text = try node.string()
        let isShare = text.hasSuffix("%")
        let digits = isShare ? String(text.dropLast()).replacing(" ", with: "") : text
        guard var value = ExactDecimal(digits) else {
            throw node.advice(
                "‘\(text)’ is not a number", remedy: "write digits with a point, as 12.50 or 25 %")
        }
        if isShare { value = value * ExactDecimal(unscaled: 1, scale: 2) }
        guard value.scale <= decimals, String(value.unscaled.magnitude).count <= Self.digits else {
            throw node.advice(
                "‘\(text)’ has more than \(Self.digits) digits or \(decimals) decimals",
                remedy: "round it")
        }
        return value
    }

    // MARK: Rates

    private static func rates(
        _ fields: DefinitionMapping, base: Currency
    ) throws -> [String: [Entry]] {
        if let fixed = fields.optional("fixed") {
            if let days = fields.optional("days") {
                throw days.advice("rates are fixed or of days, not both", remedy: "remove one")
            }
            return try quotes(fixed, base: base).mapValues {
                [Entry(from: .earliest, until: nil, value: $0)]
            }
        }
        var values: [String: [Entry]] = [:]
        for (key, node) in try fields.required("days").entries() {
            let day = try day(key)
            for (code, value) in try quotes(node, base: base) {
                values[code, default: []].append(Entry(from: day, until: day, value: value))
            }
        }
        return values.mapValues { $0.sorted { $0.from < $1.from } }
    }

    private static func quotes(
        _ node: DefinitionNode, base: Currency
    ) throws -> [String: ExactDecimal] {
        var quotes: [String: ExactDecimal] = [:]
        for (key, value) in try node.entries() {
            let currency = try key.currency()
            if currency == base {
                throw key.advice(
                    "one \(base) is always one \(base)", remedy: "remove the base from the rates")
            }
            let rate = try number(value)
            guard rate > .zero else {
                throw value.advice(
                    "a rate is greater than 0, and ‘\(try value.string())’ is not",
                    remedy: "write how much \(currency) one \(base) is worth")
            }
            guard quotes.updateValue(rate, forKey: currency.code) == nil else {
                throw key.advice("\(currency) has two rates here", remedy: "remove one")
            }
        }
        return quotes
    }
}
