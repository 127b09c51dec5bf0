import Store
import Vocabulary

extension MappingReader {
    /// Reads `[quantity, unit_price, {less: discount, default: 0}]`.
    func factors(
        _ node: DefinitionNode, of column: Column, fields: inout FieldList
    ) throws -> [Factor] {
        switch column.type {
        case .integer, .decimal, .money: break
        default:
            throw node.advice(
                "a column of type \(column.type.word) cannot be a product",
                remedy: "give it the type integer, decimal or money")
        }
        let nodes = try node.sequence()
        guard nodes.count > 1 else {
            throw node.advice(
                "a product has at least two factors", remedy: "write ‘product: [quantity, price]’")
        }
        return try nodes.map { node in
            guard node.isMapping else {
                let word = try node.string()
                if let number = ExactDecimal(word) {
                    return Factor(field: -1, form: .from, fallback: number)
                }
                return Factor(field: fields.index(of: word), form: .from, fallback: nil)
            }
            let forms = Factor.Form.allCases.map(\.rawValue)
            let entry = try node.mapping(allowing: forms + ["default"])
            let given = Factor.Form.allCases.filter { entry.optional($0.rawValue) != nil }
            guard given.count == 1 else {
                throw node.advice(
                    "a factor is made of one column",
                    remedy: "write one of \(forms.joined(separator: ", "))")
            }
            let fallback = try entry.optional("default").map { node in
                guard let number = ExactDecimal(try node.string()) else {
                    throw node.advice(
                        "‘\(try node.string())’ is not a number", remedy: "write one, as 0")
                }
                return number
            }
            return Factor(
                field: fields.index(of: try entry.required(given[0].rawValue).string()),
                form: given[0], fallback: fallback)
        }
    }
}
