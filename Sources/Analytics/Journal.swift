import Store
import Vocabulary

/// What each row of a model books: the part of a report that goes into the accounts.
///
/// A row makes one booking of several lines, whose debits equal its credits. Amounts are those stored,
/// tax too; nothing is computed anew, so that what does not balance is seen and not smoothed.
struct Journal: Sendable, Hashable {
    /// A line of a booking.
    struct Entry: Sendable, Hashable {
        /// What the account is called in ledgers.
        let use: String
        /// The column whose words decide which account it is; nil where it is always the same.
        let by: Int?
        let isDebit: Bool
        /// The amount.
        let amount: Int
        /// What is taken off the amount; nil for nothing.
        ///
        /// A missing value is nothing.
        let less: Int?
        /// Whether the line says the code of tax.
        let hasTax: Bool
    }

    /// What tells the code of tax and its amount.
    struct Tax: Sendable, Hashable {
        /// Why another tax is due than the rate says, or none.
        let category: Int?
        /// The rate in percent.
        let rate: Int?
        /// The tax that is stored.
        let amount: Int?
    }

    let name: String
    let title: String
    let kind: JournalBook.Journal.Kind
    let model: String
    /// The column of the day of booking.
    let date: String
    let basis: String
    let conditions: [Condition]
    /// What is read of each row; other places are counted in it.
    let columns: [Register.Column]
    /// The day of booking.
    let day: Int
    let document: Int?
    let party: Int?
    let partyName: Int?
    let due: Int?
    let tax: Tax
    let entries: [Entry]
    /// The models that are read.
    let models: Set<String>
}

extension Journal {
    /// Whether a block of a report is a journal.
    static func isDefined(by node: DefinitionNode) throws -> Bool {
        try node.entries().contains {
            try $0.key.string() == "type" && $0.value.string() == "journal"
        }
    }

    /// Reads a journal.
    ///
    /// - Throws: `Advice` at the line of the mistake.
    init(_ node: DefinitionNode, definitions: Definitions) throws {
        let fields = try node.mapping(allowing: [
            "name", "type", "title", "kind", "model", "date", "basis", "where", "document", "party",
            "party-name", "due", "tax", "entries",
        ])
        let schema = definitions.schema
        let nameNode = try fields.required("name")
        name = try nameNode.identifier()
        guard name.utf8.count <= 35 else {
            throw nameNode.advice(
                "the name of a journal is a code", remedy: "use 35 letters at most")
        }
        title = try fields.required("title").string()
        kind = try fields.required("kind").choice(
            JournalBook.Journal.Kind.self, naming: "kind of journal")
        let model = try fields.required("model").reading { try schema.model($0) }
        self.model = model.name
        let dateColumn = try fields.required("date").reading { try model.dateColumn($0) }
        date = dateColumn.name
        basis = try fields.optional("basis")?.string() ?? "by \(dateColumn.label.lowercased())"
        var reader = JournalColumns(model: model, schema: schema)
        let terms = ConditionTerms(dimensions: definitions.dimensions, date: dateColumn)
        var conditions: [Condition] = []
        for (condition, key) in try fields.optional("where").map(Condition.conditions) ?? [] {
            let filter = try key.located {
                try condition.filter(for: model, in: schema, terms: terms)
            }
            reader.models.formUnion(schema.models(read: filter, from: model))
            conditions.append(condition)
        }
        self.conditions = conditions
        day = try reader.place(fields.required("date"), .day)
        document = try fields.optional("document").map { try reader.place($0, .word) }
        party = try fields.optional("party").map { try reader.place($0, .party) }
        partyName = try fields.optional("party-name").map { try reader.place($0, .word) }
        due = try fields.optional("due").map { try reader.place($0, .day) }
        let tax = try fields.optional("tax")?.mapping(allowing: ["category", "rate", "amount"])
        self.tax = Tax(
            category: try tax?.optional("category").map { try reader.place($0, .word) },
            rate: try tax?.optional("rate").map { try reader.place($0, .percent) },
            amount: try tax?.optional("amount").map { try reader.place($0, .amount) })
        entries = try fields.required("entries").sequence().map { entry in
            try Entry(entry, isTaxed: tax != nil, reader: &reader)
        }
        guard entries.contains(where: \.isDebit), entries.contains(where: { !$0.isDebit }) else {
            throw try fields.required("entries").advice(
                "a booking has debits and credits", remedy: "add lines of the other side")
        }
        columns = reader.columns
        models = reader.models
    }
}

extension Journal.Entry {
    /// Reads `{account: costs, by: payee, debit: amount, less: tax, tax: yes}`.
    fileprivate init(
        _ node: DefinitionNode, isTaxed: Bool, reader: inout JournalColumns
    ) throws {
        let fields = try node.mapping(allowing: [
            "account", "by", "debit", "credit", "less", "tax",
        ])
        use = try fields.required("account").identifier()
        by = try fields.optional("by").map { try reader.place($0, .word) }
        let (debit, credit) = (fields.optional("debit"), fields.optional("credit"))
        guard let side = debit ?? credit, debit == nil || credit == nil else {
            throw node.advice(
                "a line is a debit or a credit", remedy: "write one of them with its column")
        }
        isDebit = debit != nil
        amount = try reader.place(side, .amount)
        less = try fields.optional("less").map { try reader.place($0, .amount) }
        hasTax = try fields.optional("tax")?.boolean() ?? false
        if hasTax, !isTaxed {
            throw node.advice(
                "the journal does not say what tells the tax",
                remedy: "add ‘tax: {rate: …, amount: …}’ to the journal")
        }
    }
}

/// Collects the columns that a journal reads, each once.
private struct JournalColumns {
    enum Role { case day, word, party, percent, amount }

    let model: Model
    let schema: Schema
    var columns: [Register.Column] = []
    var models: Set<String>

    init(model: Model, schema: Schema) {
        self.model = model
        self.schema = schema
        models = [model.name]
    }

    mutating func place(_ node: DefinitionNode, _ role: Role) throws -> Int {
        let text = try node.string()
        let found = try node.reading { try schema.resolve($0, in: model) }
        let fits =
            switch (role, found.column.type) {
            case (.day, .instant), (.day, .day), (.amount, .money): true
            case (.word, .text), (.word, .category), (.word, .integer): true
            case (.party, .text), (.party, .category), (.party, .integer), (.party, .reference):
                true
            case (.percent, .decimal), (.percent, .integer): true
            default: false
            }
        guard fits else {
            throw node.advice(
                "‘\(text)’ is \(found.column.type.word), which cannot stand here",
                remedy: "name a column of another type")
        }
        models.formUnion(schema.models(read: found.path, from: model))
        if let place = columns.firstIndex(where: { $0.path == found.path }) { return place }
        var currency: ColumnPath?
        if case .money(let name) = found.column.type {
            currency =
                found.path.attribute == nil
                ? ColumnPath(name) : ColumnPath(found.path.column, name)
        }
        columns.append(
            Register.Column(
                path: found.path, type: found.column.type,
                result: ResultColumn(name: text, label: found.label, kind: .text),
                currency: currency))
        return columns.count - 1
    }
}
