import Store
import Vocabulary

/// Which columns of a list of rows say what of a payment, by their places in the list.
struct PaymentRoles: Sendable, Hashable {
    let creditor: Int
    let account: Int
    let bic: Int?
    let amount: Int
    let references: [Int]
    /// The day on which the payment is wanted; nil for as soon as can be.
    let due: Int?

    /// Reads `{creditor: payee, account: account, amount: amount, reference: [number, customer_number],
    /// due: due_on}`.
    ///
    /// - Throws: `Advice` at a word that is no column of the list, or no column of that kind.
    init(_ node: DefinitionNode, of columns: [Register.Column]) throws {
        let fields = try node.mapping(allowing: [
            "creditor", "account", "bic", "amount", "reference", "due",
        ])
        func place(_ node: DefinitionNode, _ kinds: Set<ResultColumn.Kind>) throws -> Int {
            let text = try node.string()
            guard let place = columns.firstIndex(where: { $0.path.description == text }) else {
                throw node.advice(
                    "‘\(text)’ is not a column of this list",
                    remedy: Spelling.remedy(for: text, legal: columns.map(\.path.description)))
            }
            guard kinds.contains(columns[place].result.kind) else {
                throw node.advice(
                    "‘\(text)’ is a column of another kind",
                    remedy: "name a column of texts, an amount, or a day, as the word asks for")
            }
            return place
        }
        let texts: Set<ResultColumn.Kind> = [.text, .identifier]
        creditor = try place(fields.required("creditor"), texts)
        account = try place(fields.required("account"), texts)
        bic = try fields.optional("bic").map { try place($0, texts) }
        amount = try place(fields.required("amount"), [.money])
        let reference = try fields.required("reference")
        references = try (reference.isSequence ? reference.sequence() : [reference]).map {
            try place($0, texts)
        }
        due = try fields.optional("due").map { try place($0, [.day]) }
    }
}
