import Store
import Vocabulary

/// Turns the rows of one table into rows of a model.
///
/// Used by one thread; keeps small caches. A load passes a million rows a few times a minute through
/// `place`, so what every row has in common is decided once: each column has a step, and a column
/// that merely takes over a field has one that touches neither its rule nor any text.
final class RowPlacement {
    /// What becomes of a row.
    enum Outcome {
        case row(PlacedRow)
        /// Its source keeps it marked as deleted, or the mapping does not want it.
        case deleted(RowKey)
        case aside(key: String, reason: String)
    }

    /// A row of a model.
    struct PlacedRow {
        let company: String
        let key: RowKey
        /// One cell per column, for an upsert: nil where the present value stays, because the source
        /// did not send one that has not changed.
        let changedCells: [Cell?]

        /// The cells of a row that is new, missing where the source did not send a value.
        var cells: [Cell] { changedCells.map { $0 ?? .missing } }
    }

    /// What is done for one column.
    private enum Step {
        case missing
        case companyCurrency
        /// A field taken over as it is, if it is of the kind expected; else by the rule.
        case text(Int)
        case instant(Int)
        case number(Int)
        case key(Int)
        /// An amount: its field, or -1 if the rule picks it, and the column of its currency; in minor
        /// units, or in whole ones.
        case amount(Int, currency: Int, isMinor: Bool)
        case rule
    }

    /// What is known of a row before its cells are.
    enum Standing {
        case row(company: Int, RowKey)
        case deleted(RowKey)
    }

    let mapping: TableMapping
    /// All companies; their places here are the numbers that rows are told by.
    private let companies: [Company]
    private let numbers: [String: Int]
    private let tenants: Tenants
    private let parents: ParentCompanies?
    private let steps: [Step]
    private let amounts: [Int]
    private var knownTenants: [SourceValue: Int] = [:]
    /// The same for tenants that are small numbers; -1 where nothing is known.
    private var numberedTenants: [Int] = []
    private static let numberedTenants = 4096
    private var knownGeneration = -1
    /// Currencies that were met, by the texts they were met as.
    private var currencies: [(code: String, currency: Currency)] = []
    private static let keptCurrencies = 16
    /// How many amounts were rounded to their minor unit so far.
    private(set) var roundedAmounts = 0

    /// `parents` is needed where the company of a row is that of another one.
    init(
        _ mapping: TableMapping, companies: CompanyDirectory, tenants: Tenants,
        parents: ParentCompanies? = nil
    ) {
        self.mapping = mapping
        self.tenants = tenants
        self.parents = parents
        self.companies = companies.companies
        numbers = Dictionary(
            uniqueKeysWithValues: companies.companies.enumerated().map { ($1.code, $0) })
        steps = mapping.rules.map { Self.step($0, model: mapping.model) }
        let steps = steps
        amounts = steps.indices.filter { index in
            if case .amount = steps[index] { return true }
            return false
        }
    }

    private static func step(_ rule: ColumnRule, model: Model) -> Step {
        var field = -1
        switch rule.input {
        case .nothing: return .missing
        case .companyCurrency: return .companyCurrency
        case .field(let index, let path):
            if path.isEmpty, rule.isPlain, index >= 0 { field = index }
        default: break
        }
        if case .money(let currency) = rule.column.type {
            guard let currency = model.index(of: currency) else {
                preconditionFailure("models are checked to have the currency column")
            }
            let isKnown = rule.unit == nil || rule.unit == .minor
            return .amount(
                isKnown ? field : -1, currency: currency, isMinor: rule.unit == .minor)
        }
        guard field >= 0 else { return .rule }
        switch rule.column.type {
        case .text, .category: return .text(field)
        case .instant: return .instant(field)
        case .integer: return .number(field)
        case .reference: return .key(field)
        default: return .rule
        }
    }

    /// The key of a row as it is shown to people, as far as it is known.
    func shownKey(of values: [SourceValue]) -> String {
        mapping.key.map { values[$0].text ?? "(none)" }.joined(separator: " ")
    }

    /// The key of a row.
    func key(of values: [SourceValue]) throws(Misfit) -> RowKey {
        if mapping.key.count == 1, let key = RowKey(values[mapping.key[0]]) { return key }
        guard let key = try RowKey(parts: mapping.key.map { values[$0] }) else {
            let names = mapping.key.map { mapping.fields[$0] }.joined(separator: ", ")
            throw Misfit(reason: "the row has no key (\(names))")
        }
        return key
    }

    /// Places a row whose values stand in the order of the mapping's fields.
    func place(_ values: [SourceValue]) -> Outcome {
        do {
            switch try standing(of: values) {
            case .deleted(let key): return .deleted(key)
            case .row(let company, let key):
                var cells: [Cell?] = []
                cells.reserveCapacity(steps.count)
                try fill(&cells, from: values, company: company)
                return .row(
                    PlacedRow(company: companies[company].code, key: key, changedCells: cells))
            }
        } catch {
            return .aside(key: shownKey(of: values), reason: error.reason)
        }
    }

    /// Whether a row is one of ours, with its key and the number of its company.
    func standing(of values: [SourceValue]) throws(Misfit) -> Standing {
        let key = try key(of: values)
        if !mapping.wanted.isEmpty, try !holds(mapping.wanted, values, "whether the row is ours") {
            return .deleted(key)
        }
        if !mapping.isDeleted.isEmpty,
            try holds(mapping.isDeleted, values, "whether the row is deleted")
        {
            return .deleted(key)
        }
        return .row(company: try companyNumber(of: values), key)
    }

    /// The code of a company, by its number.
    func code(ofCompany number: Int) -> String { companies[number].code }

    /// Appends the cells of a row of a company, nil where the present value stays.
    func fill(
        _ cells: inout [Cell?], from values: [SourceValue], company: Int
    ) throws(Misfit) {
        let start = cells.count
        for index in steps.indices { cells.append(try cell(index, of: values, company)) }
        for index in amounts { try fillAmount(index, of: values, into: &cells, from: start) }
    }

    private func holds(
        _ conditions: [FieldCondition], _ values: [SourceValue], _ what: String
    ) throws(Misfit) -> Bool {
        guard let holds = conditions.hold(for: values) else {
            throw Misfit(reason: "what tells \(what) did not arrive")
        }
        return holds
    }

    /// The key of the row that this one belongs to; nil when it names none.
    func parentKey(of values: [SourceValue]) throws(Misfit) -> RowKey? {
        guard let parent = mapping.parent else { return nil }
        return try RowKey(parts: parent.fields.map { values[$0] })
    }

    @inline(__always)
    private func cell(
        _ index: Int, of values: [SourceValue], _ company: Int
    ) throws(Misfit) -> Cell? {
        switch steps[index] {
        case .missing, .amount: return .missing
        case .companyCurrency: return .text(companies[company].currency.code)
        case .text(let field):
            if case .text(let text) = values[field] { return .text(text) }
            if case .null = values[field] { return .missing }
        case .instant(let field):
            if case .instant(let moment) = values[field], moment != .min { return .number(moment) }
            if case .null = values[field] { return .missing }
        case .number(let field):
            if case .integer(let number) = values[field], number != .min { return .number(number) }
            if case .null = values[field] { return .missing }
        case .key(let field):
            if case .uuid(let key) = values[field] { return .key(.uuid(key)) }
            if case .integer(let key) = values[field] { return .key(.integer(key)) }
            if case .null = values[field] { return .missing }
        case .rule: break
        }
        let rule = mapping.rules[index]
        let value = try rule.picked(from: values)
        if case .unchanged = value { return nil }
        let cell = try rule.cell(value)
        try refuseReserved(cell, rule)
        return cell
    }

    private func fillAmount(
        _ index: Int, of values: [SourceValue], into cells: inout [Cell?], from start: Int
    ) throws(Misfit) {
        guard case .amount(let field, let currencyIndex, let isMinor) = steps[index] else { return }
        let place = start + index
        if field >= 0 {
            if case .null = values[field] { return }
            if case .text(let code) = cells[start + currencyIndex],
                let known = knownCurrency(code), code == currencies[known].currency.code
            {
                switch values[field] {
                case .integer(let units) where isMinor && units != .min:
                    cells[place] = .number(units)
                    return
                case .decimal(let exact) where !isMinor:
                    var moved = false
                    if let units = ScaledNumber.scaled(
                        exact, scale: currencies[known].currency.decimals, moved: &moved),
                        units != .min
                    {
                        if moved { roundedAmounts += 1 }
                        cells[place] = .number(units)
                        return
                    }
                default: break
                }
            }
        }
        let rule = mapping.rules[index]
        let value = try rule.picked(from: values)
        switch value {
        case .null: return
        case .unchanged: cells[place] = nil
        default:
            let currency = try currency(in: cells[start + currencyIndex], of: rule)
            // A code in small letters is the same currency; it is stored as ISO writes it.
            cells[start + currencyIndex] = .text(currency.code)
            let amount = try rule.amount(value, currency: currency, rounded: &roundedAmounts)
            try refuseReserved(amount, rule)
            cells[place] = amount
        }
    }

    /// Where a currency stands among those that were met; nil if its text was not.
    private func knownCurrency(_ code: String) -> Int? {
        currencies.firstIndex { $0.code == code }
    }

    /// The store keeps the least 64-bit number for “missing”.
    private func refuseReserved(_ cell: Cell, _ rule: ColumnRule) throws(Misfit) {
        guard case .number(.min) = cell else { return }
        throw Misfit(reason: "\(rule.column.name): \(Int64.min) is below what can be stored")
    }

    private func currency(in cell: Cell?, of rule: ColumnRule) throws(Misfit) -> Currency {
        guard case .text(let code) = cell else {
            throw Misfit(reason: "\(rule.column.name): there is an amount and no currency")
        }
        if let known = knownCurrency(code) { return currencies[known].currency }
        guard let currency = Currency(code.trimmingBlank) else {
            throw Misfit(
                reason: "\(rule.column.name): ‘\(code.shortened)’ is not a currency of ISO 4217")
        }
        if currencies.count < Self.keptCurrencies { currencies.append((code, currency)) }
        return currency
    }

    /// The company that a row belongs to.
    func company(of values: [SourceValue]) throws(Misfit) -> Company {
        companies[try companyNumber(of: values)]
    }

    private func companyNumber(of values: [SourceValue]) throws(Misfit) -> Int {
        switch mapping.owner {
        case .company(let company): return number(of: company.code)
        case .parent(let table, let fields):
            guard let parents else {
                preconditionFailure("companies of other rows are needed to place this one")
            }
            let names = fields.map { mapping.fields[$0] }.joined(separator: ", ")
            guard let key = try parentKey(of: values) else {
                throw Misfit(reason: "the row belongs to no other (\(names))")
            }
            guard let code = parents.company(of: key, in: table), let number = numbers[code]
            else {
                let shown = key.description.shortened
                throw Misfit(
                    reason: "the row that it belongs to, \(names) ‘\(shown)’, is not here")
            }
            return number
        case .tenant(let index):
            // The column of the tenant is never optional.
            if knownGeneration != tenants.generation {
                knownTenants = [:]
                numberedTenants = []
                knownGeneration = tenants.generation
            }
            if case .integer(let tenant) = values[index], tenant >= 0,
                tenant < Self.numberedTenants
            {
                if tenant < numberedTenants.count, numberedTenants[Int(tenant)] >= 0 {
                    return numberedTenants[Int(tenant)]
                }
                let number = number(of: try tenants.company(of: values[index]))
                while numberedTenants.count <= tenant { numberedTenants.append(-1) }
                numberedTenants[Int(tenant)] = number
                return number
            }
            if let known = knownTenants[values[index]] { return known }
            let number = number(of: try tenants.company(of: values[index]))
            knownTenants[values[index]] = number
            return number
        }
    }

    private func number(of code: String) -> Int {
        guard let number = numbers[code] else {
            preconditionFailure("the mapping was checked to name known companies only")
        }
        return number
    }
}

/// The tenants of a source and the companies they are.
///
/// Used by one thread.
final class Tenants {
    private let lookup: TenantLookup?
    private var words: [SourceValue: String] = [:]
    /// Changes whenever an answer may have changed.
    private(set) var generation = 0
    private var knownFingerprint: (generation: Int, text: String)?

    init(_ lookup: TenantLookup?) { self.lookup = lookup }

    /// Takes a row of the tenants' table, or forgets it when `word` is nil.
    ///
    /// - Returns: Whether a tenant that was placed with one company now has another, so that rows
    ///   placed earlier would stand in the wrong one.
    func set(_ tenant: SourceValue, word: String?) -> Bool {
        let before = words[tenant].flatMap { lookup?.companies[$0] }
        words[tenant] = word
        generation += 1
        let after = word.flatMap { lookup?.companies[$0] }
        return before != nil && word != nil && before != after
    }

    /// A hash of which company each tenant is.
    ///
    /// If it is another one at the next start, tenants came or moved while nobody watched: rows that
    /// were placed or put aside because of them cannot be told from the others, so all are read
    /// again.
    var fingerprint: String {
        if let known = knownFingerprint, known.generation == generation { return known.text }
        var hash = ContentHash()
        let lines = words.compactMap { tenant, word in
            lookup?.companies[word].map { "\(tenant.text ?? "")=\($0)" }
        }
        hash.add(bytes: lines.sorted().joined(separator: "\n").utf8)
        let text = hash.short
        knownFingerprint = (generation, text)
        return text
    }

    /// Forgets all tenants.
    func removeAll() {
        words = [:]
        generation += 1
    }

    func company(of tenant: SourceValue) throws(Misfit) -> String {
        guard let text = tenant.text else { throw Misfit(reason: "the row names no tenant") }
        guard let lookup else { preconditionFailure("a tenant field without ‘tenants’") }
        guard lookup.table != nil else {
            if let code = lookup.companies[text] { return code }
            throw Misfit(
                reason: "tenant ‘\(text.shortened)’ is not among the tenants of the mapping")
        }
        guard let word = words[tenant] else {
            throw Misfit(reason: "tenant ‘\(text.shortened)’ is not known to the source")
        }
        if let code = lookup.companies[word] { return code }
        throw Misfit(
            reason: "tenant ‘\(text.shortened)’ is ‘\(word.shortened)’, which the mapping gives "
                + "no company")
    }
}
