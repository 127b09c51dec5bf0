import Store
import Vocabulary

/// A table by whose values the rows of a metric are multiplied, or that has to have one: `times` and
/// `listed-in` of a definition.
struct TableFactor: Sendable, Hashable {
    /// What is made of a value.
    enum Form: Sendable, Hashable {
        /// It is multiplied by.
        case value
        /// It is a share on top of what the number would be without it, as tax that an amount
        /// includes: multiplied by value ÷ (1 + value) (DOMAIN §3).
        case included
        /// Rows without one do not count, and nothing is multiplied.
        case presence
    }

    /// Where the word of a row is found.
    enum Key: Sendable, Hashable {
        case column(ColumnPath)
        case company(CompanyWord)
    }

    /// A word that every row of a company has.
    enum CompanyWord: String, Sendable, CaseIterable {
        case code = "company"
        case country = "company.country"
        case currency = "company.currency"
    }

    let table: ReferenceTable
    let key: Key
    /// The column whose local day is looked up; nil for the end of each step.
    let day: String?
    /// The power of ten that turns products into whole numbers of their unit.
    let power: Int
    let form: Form

    /// What a number is multiplied by.
    func ratio(_ value: ValueTable.Ratio) -> ValueTable.Ratio? {
        switch form {
        case .value: value
        case .included:
            ValueTable.Ratio(value.numerator, over: value.denominator + value.numerator)
        case .presence: .one
        }
    }

    /// The table and how it is looked up, in words: `pack_price by pack, on entered_at`.
    var words: String {
        let word =
            switch key {
            case .column(let path): path.description
            case .company(let word): word.rawValue
            }
        return "\(table.name) by \(word), " + (day.map { "on \($0)" } ?? "at the period's end")
    }
}
