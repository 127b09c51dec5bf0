import Store
import Vocabulary

/// A chart of accounts and what of it companies use for what: a definition of `queries/reference/`.
struct Ledger: Sendable, Hashable {
    /// The account that entries use by one name: always the same, or by the words of a column.
    enum Use: Sendable, Hashable {
        case always(String)
        case byWord([String: String])
    }

    let name: String
    /// Codes of the companies that keep their books so.
    let companies: [String]
    /// The accounts, in the order of the file.
    let accounts: [JournalBook.Account]
    /// The codes of tax, in the order of the file.
    let vatCodes: [JournalBook.VATCode]
    /// Which account entries mean by a name.
    let uses: [String: Use]
    /// Codes of tax by kind of tax, by rate in percent, or by `none`.
    let vat: [String: String]
    /// What its reader must know, such as that it is an example; may be empty.
    let remark: String
    let hash: String
    let place: Place

    /// The word that stands for rows that say nothing of tax, or nothing of what accounts go by.
    static let none = "none"

    /// The word for a rate in percent: `25 %`, however many decimals it is stored with.
    static func word(forPercent percent: ExactDecimal) -> String {
        var digits = percent.description
        if digits.contains(".") {
            while digits.hasSuffix("0") { digits.removeLast() }
            if digits.hasSuffix(".") { digits.removeLast() }
        }
        return digits + " %"
    }
}

extension Ledger {
    /// Reads `ledgers:` of a file.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    static func ledgers(_ node: DefinitionNode, schema: Schema) throws -> [Ledger] {
        var ledgers: [Ledger] = []
        for (key, value) in try node.entries() {
            let ledger = try Ledger(key, value, schema: schema)
            for company in ledger.companies {
                guard let other = ledgers.first(where: { $0.companies.contains(company) }) else {
                    continue
                }
                throw key.advice(
                    "the company ‘\(company)’ has the ledger ‘\(other.name)’ already",
                    remedy: "name it in one of them")
            }
            ledgers.append(ledger)
        }
        return ledgers
    }

    private init(_ key: DefinitionNode, _ value: DefinitionNode, schema: Schema) throws {
        name = try key.identifier()
        place = key.place
        let fields = try value.mapping(allowing: [
            "label", "remark", "companies", "accounts", "uses", "vat-codes", "vat",
        ])
        _ = try fields.required("label").string()
        remark = try fields.optional("remark")?.string() ?? ""
        hash = DefinitionHash.of([name, try value.canonicalText()])
        let known = schema.companies.companies.map(\.code)
        companies = try fields.required("companies").sequence().map { node in
            let code = try node.string()
            guard known.contains(code) else {
                throw node.advice(
                    "there is no company ‘\(code)’",
                    remedy: Spelling.remedy(for: code, legal: known))
            }
            return code
        }
        let accounts = try fields.required("accounts").entries().map(Self.account)
        self.accounts = accounts
        let numbers = accounts.map(\.number)
        func number(_ node: DefinitionNode) throws -> String {
            try Self.choice(node, numbers, "account of this ledger")
        }
        uses = Dictionary(
            uniqueKeysWithValues: try fields.required("uses").entries().map { key, value in
                guard value.isMapping else {
                    return (try key.identifier(), .always(try number(value)))
                }
                let words = try value.entries().map { (try $0.string(), try number($1)) }
                return (
                    try key.identifier(), .byWord(Dictionary(words) { first, _ in first })
                )
            })
        let codes = try fields.optional("vat-codes")?.entries().map { key, value in
            let parts = try value.mapping(allowing: ["label", "percent", "payable", "claimable"])
            return JournalBook.VATCode(
                code: try Self.code(key), label: try parts.required("label").string(),
                percent: try parts.required("percent").decimal(),
                payable: try parts.optional("payable").map(number),
                claimable: try parts.optional("claimable").map(number))
        }
        vatCodes = codes ?? []
        let legal = vatCodes.map(\.code)
        let vat = try fields.optional("vat")?.entries().map { key, value in
            (try key.string(), try Self.choice(value, legal, "code of tax of this ledger"))
        }
        self.vat = Dictionary(vat ?? []) { first, _ in first }
    }

    private static func account(
        _ key: DefinitionNode, _ value: DefinitionNode
    ) throws -> JournalBook.Account {
        enum Kind: String, CaseIterable { case balance, result }
        let fields = try value.mapping(allowing: ["label", "kind"])
        let kind = try fields.required("kind").choice(Kind.self, naming: "kind of account")
        return JournalBook.Account(
            number: try code(key), label: try fields.required("label").string(),
            isBalance: kind == .balance)
    }

    /// A number or code, as audit files and other programs take them.
    private static func code(_ node: DefinitionNode) throws -> String {
        let text = try node.string()
        guard (1...35).contains(text.unicodeScalars.count) else {
            throw node.advice("‘\(text)’ is no code", remedy: "write one to 35 characters")
        }
        return text
    }

    private static func choice(
        _ node: DefinitionNode, _ legal: [String], _ thing: String
    ) throws -> String {
        let text = try node.string()
        guard legal.contains(text) else {
            throw node.advice(
                "‘\(text)’ is no \(thing)", remedy: Spelling.remedy(for: text, legal: legal))
        }
        return text
    }
}
