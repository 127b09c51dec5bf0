import Store
import Vocabulary

/// Whose rows a page shows.
enum PageView: String, CaseIterable {
    /// The largest company, with 22 % of the rows.
    case large
    /// A company with 1.9 % of the rows.
    case small
    /// All companies.
    case all

    /// The company's number; nil for all.
    var company: Int? {
        switch self {
        case .large: 1
        case .small: 12
        case .all: nil
        }
    }

    /// The same as a scope of the store.
    func scope(_ schema: Schema) -> Scope {
        let codes = schema.companies.companies.map(\.code)
        return Scope(companies: company.map { [codes[$0 - 1]] } ?? codes)
    }
}
