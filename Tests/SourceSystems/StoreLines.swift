import Store
import Vocabulary

extension Store {
    /// Asks the store in SQL about all companies; one line per row, values with a bar between them.
    func lines(of query: String) throws -> [String] {
        let everyone = Scope(companies: schema.companies.companies.map(\.code))
        let reader = try SQLReader(snapshot(everyone))
        return try reader.result(of: query).rows.map { row in
            row.map { (value: SQLValue) -> String in
                switch value {
                case .missing: "-"
                case .integer(let number): String(number)
                case .real(let number): "\(number)"
                case .text(let text): text
                case .bytes: "(bytes)"
                }
            }.joined(separator: "|")
        }
    }
}
