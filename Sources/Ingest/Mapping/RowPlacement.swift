import Store
import Vocabulary

/// Turns the rows of one table into rows of a model. Used by one thread; keeps small caches.
final class RowPlacement {
    /// What becomes of a row.
    enum Outcome {
        case row(company: String, key: RowKey, cells: [Cell?])
        case aside(key: String, reason: String)
    }

    let mapping: TableMapping
    private let companies: [String: Company]
    private let tenants: Tenants
    /// For each column: the index of the column that holds its currency, for money columns.
    private let currencyColumns: [Int?]
    private var lastTenant: (value: SourceValue, company: Company, generation: Int)?
    private var currencies: [String: Currency] = [:]
    /// How many amounts were rounded to their minor unit so far.
    private(set) var roundedAmounts = 0

    init(_ mapping: TableMapping, companies: CompanyDirectory, tenants: Tenants) {
        self.mapping = mapping
        self.tenants = tenants
        self.companies = Dictionary(
            uniqueKeysWithValues: companies.companies.map { ($0.code, $0) })
        self.currencyColumns = mapping.rules.map { rule in
            guard case .money(let currency) = rule.column.type else { return nil }
            return mapping.model.index(of: currency)
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
            let key = try key(of: values)
            let company = try company(of: values)
            var cells: [Cell?] = []
            cells.reserveCapacity(mapping.rules.count)
            for (index, rule) in mapping.rules.enumerated() {
                // Currency and amounts are filled below, once the currency is known.
                if rule.input == .companyCurrency {
                    cells.append(.text(company.currency.code))
                    continue
                }
                if currencyColumns[index] != nil {
                    cells.append(.missing)
                    continue
                }
                let value = try rule.picked(from: values)
                if case .unchanged = value {
                    cells.append(nil)
                } else {
                    cells.append(try rule.cell(value))
                }
            }
            try fillAmounts(of: values, into: &cells)
            return .row(company: company.code, key: key, cells: cells)
        } catch {
            return .aside(key: shownKey(of: values), reason: error.reason)
        }
    }

    private func fillAmounts(
        of values: [SourceValue], into cells: inout [Cell?]
    ) throws(Misfit) {
        for (index, rule) in mapping.rules.enumerated() {
            guard let currencyIndex = currencyColumns[index] else { continue }
            let value = try rule.picked(from: values)
            switch value {
            case .null: cells[index] = .missing
            case .unchanged: cells[index] = nil
            default:
                let currency = try currency(in: cells[currencyIndex], of: rule)
                // A code in small letters is the same currency; it is stored as ISO writes it.
                cells[currencyIndex] = .text(currency.code)
                cells[index] = try rule.amount(
                    value, currency: currency, rounded: &roundedAmounts)
            }
        }
    }

    private func currency(in cell: Cell?, of rule: ColumnRule) throws(Misfit) -> Currency {
        guard case .text(let code)? = cell else {
            throw Misfit(reason: "\(rule.column.name): there is an amount and no currency")
        }
        if let known = currencies[code] { return known }
        guard let currency = Currency(code.trimmingBlank) else {
            throw Misfit(
                reason: "\(rule.column.name): ‘\(code.shortened)’ is not a currency of ISO 4217")
        }
        currencies[code] = currency
        return currency
    }

    private func company(of values: [SourceValue]) throws(Misfit) -> Company {
        switch mapping.owner {
        case .company(let company): return company
        case .tenant(let index):
            let value = values[index]
            if let lastTenant, lastTenant.generation == tenants.generation,
                lastTenant.value == value
            {
                return lastTenant.company
            }
            guard let company = companies[try tenants.company(of: value)] else {
                preconditionFailure("the mapping was checked to name known companies only")
            }
            lastTenant = (value, company, tenants.generation)
            return company
        }
    }
}

/// The tenants of a source and the companies they are. Used by one thread.
final class Tenants {
    private let lookup: TenantLookup?
    private var words: [SourceValue: String] = [:]
    /// Changes whenever an answer may have changed.
    private(set) var generation = 0

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
