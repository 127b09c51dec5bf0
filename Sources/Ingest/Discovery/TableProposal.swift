import Vocabulary

/// Decides what becomes of the columns of one table.
struct TableProposal {
    /// What the decision needs of the other tables.
    struct Neighbours {
        /// The mapped tables by qualified name, with the names of their models.
        let models: [String: String]
        let survey: DatabaseSurvey
        /// The column by which tables name their tenant, if there is one.
        let tenant: String?
    }

    let relation: DatabaseSurvey.Relation
    private let neighbours: Neighbours
    let sampler: TableSampler
    var samples: [String: ColumnSample] = [:]
    private var table: ProposedTable
    private var taken: Set<String> = []
    /// The currencies seen, to guess the company's.
    private(set) var currencies: [String] = []

    init(
        _ relation: DatabaseSurvey.Relation, model: String, neighbours: Neighbours,
        sampler: TableSampler
    ) {
        self.relation = relation
        self.neighbours = neighbours
        self.sampler = sampler
        table = ProposedTable(relation: relation, model: model)
    }

    /// The table as it should be read.
    mutating func decide() throws -> ProposedTable {
        if let tenant = neighbours.tenant, let column = relation.column(tenant) {
            table.tenant = tenant
            table.tenantComment =
                column.isRequired ? "" : "rows without one are put aside, and shown there"
        }
        var open: [DatabaseSurvey.Column] = []
        for column in relation.columns {
            if column.isGenerated {
                omit(column, "generated: the server does not send it; map what it is made of")
            } else if !column.maySelect {
                omit(column, "this role may not read it")
            } else if NameSense.isDeletion(column), table.deleted == nil {
                let test = column.kind == .boolean ? "true" : "{is: present}"
                table.deleted = "{\(YAMLText.value(column.name)): \(test)}"
            } else if !isOwnKey(column) {
                open.append(column)
            }
        }
        try addNames(&open)
        try addReferences(&open)
        samples = try sampler.samples(of: open.filter(isWorthSampling), in: relation)
        let money = try addCurrencies(&open)
        for column in open { try add(column, money: money) }
        addProduct()
        if table.columns.isEmpty {
            for name in relation.key where relation.column(name) != nil {
                add(name, words: NameForm.words(name), "type: text", "it has no other column")
            }
        }
        chooseTime()
        return table
    }

    // MARK: What is not read

    mutating func omit(_ column: DatabaseSurvey.Column, _ reason: String) {
        table.omitted.append(
            OmittedColumn(name: column.name, typeName: column.typeName, reason: reason))
    }

    /// Whether the column is the whole key and tells nothing else.
    private func isOwnKey(_ column: DatabaseSurvey.Column) -> Bool {
        guard relation.key == [column.name] else { return false }
        let words = column.words
        let own = NameForm.singular(NameForm.words(relation.table))
        let isNamedSo =
            ["id", "uuid", "guid", "pk", "oid"].contains(words.last ?? "")
            && (words.count == 1 || Array(words.dropLast()) == own
                || words.dropLast().last == own.last)
        let isReference = relation.references.contains { $0.columns == [column.name] }
        return isNamedSo && !isReference
    }

    func privacy(of column: DatabaseSurvey.Column) -> String? {
        if let reason = NameSense.privacy(of: column) { return reason }
        let isKey = relation.key.contains(column.name)
        if NameSense.isCorrespondence(relation.table), column.kind == .text, !isKey,
            !NameSense.isStatus(column.words), !["id", "uuid"].contains(column.words.last ?? "")
        {
            return "the table holds what people wrote"
        }
        if NameSense.isOfStrangers(relation.table), column.kind == .text,
            column.words.contains("name") || column.words == ["lastname"]
                || column.words == ["firstname"] || column.words == ["surname"]
        {
            return "personal: no figure needs it"
        }
        return nil
    }

    private func isWorthSampling(_ column: DatabaseSurvey.Column) -> Bool {
        guard privacy(of: column) == nil else { return false }
        switch column.kind {
        case .text, .integer, .float, .numeric(scale: nil): return true
        case .numeric: return NameSense.mayBeShare(column)
        default: return false
        }
    }

    // MARK: References and names

    /// First and last name become one.
    private mutating func addNames(_ open: inout [DatabaseSurvey.Column]) throws {
        func index(_ names: [[String]]) -> Int? {
            open.firstIndex { $0.kind == .text && names.contains($0.words) }
        }
        guard let first = index([["first", "name"], ["firstname"], ["given", "name"]]),
            let last = index([
                ["last", "name"], ["lastname"], ["family", "name"], ["surname"],
            ]),
            !open.contains(where: { $0.words == ["name"] }), privacy(of: open[last]) == nil
        else { return }
        let fields = [open[first].name, open[last].name]
        let rule = "{from: \(YAMLText.list(fields))}"
        append("name", "type: text", rule, "a person's name: leave it out if no report needs it")
        open.removeAll { fields.contains($0.name) }
    }

    private mutating func addReferences(_ open: inout [DatabaseSurvey.Column]) throws {
        for reference in relation.references {
            guard let target = neighbours.survey.relation(reference.target) else { continue }
            let isWhole = reference.columns.count == 1
            if isWhole, !open.contains(where: { $0.name == reference.columns[0] }) { continue }
            // Of several columns, the order is that of the key which the mapping names.
            let fields = target.key.compactMap { key in
                reference.targetColumns.firstIndex(of: key).map { reference.columns[$0] }
            }
            let isMapped = neighbours.models[target.name] != nil
            if isMapped, fields.count == target.key.count,
                fields.count == reference.columns.count, !target.key.isEmpty
            {
                addReference(fields, to: target, "", isForeignKey: true)
                if isWhole { open.removeAll { $0.name == fields[0] } }
            } else if isWhole {
                let column = reference.columns[0]
                open.removeAll { $0.name == column }
                addPlain(
                    column,
                    isMapped
                        ? "of \(target.name), by a column that is not its key: no reference"
                        : "of \(target.name), which is left out")
            }
        }
        addPartsOfReferences(&open)
        for column in open {
            guard let (target, note) = try guess(column) else { continue }
            addReference([column.name], to: target, note, isForeignKey: false)
            open.removeAll { $0.name == column.name }
        }
    }

    /// A part of a longer key leads on to wherever the same part of the other table leads.
    private mutating func addPartsOfReferences(_ open: inout [DatabaseSurvey.Column]) {
        for reference in relation.references where reference.columns.count > 1 {
            guard let between = neighbours.survey.relation(reference.target) else { continue }
            for (column, part) in zip(reference.columns, reference.targetColumns)
            where open.contains(where: { $0.name == column }) {
                let onward = between.references.first { $0.columns == [part] }
                guard let onward, let target = neighbours.survey.relation(onward.target),
                    neighbours.models[target.name] != nil, target.key == onward.targetColumns
                else { continue }
                addReference(
                    [column], to: target, "by way of \(between.name)", isForeignKey: false)
                open.removeAll { $0.name == column }
            }
        }
    }

    private mutating func addReference(
        _ fields: [String], to target: DatabaseSurvey.Relation, _ note: String, isForeignKey: Bool
    ) {
        guard let model = neighbours.models[target.name] else { return }
        let own = fields.count == 1 ? relation.column(fields[0])?.words ?? [] : []
        var words = own
        if words.count > 1, ["id", "uuid", "fk", "key"].contains(words.last ?? "") {
            words.removeLast()
        }
        if words.isEmpty { words = NameForm.singular(NameForm.words(target.table)) }
        let others = Set(relation.columns.map(\.words)).subtracting([own])
        if others.contains(words), !own.isEmpty { words = own }
        let comment = isForeignKey ? "" : note
        add(
            words: words, "type: reference, to: \(model)",
            fields.count == 1
                ? YAMLText.value(fields[0]) : "{from: \(YAMLText.list(fields))}",
            comment)
    }

    /// A key of a table that is left out, or of one by another column than its key.
    mutating func addPlain(_ name: String, _ comment: String) {
        guard let column = relation.column(name) else { return }
        if let reason = privacy(of: column) { return omit(column, reason) }
        if column.kind.keyClass == nil { return omit(column, comment) }
        add(name, words: column.words, "type: text", comment)
    }

    /// The table that a column means by its name alone, if its values agree.
    private func guess(
        _ column: DatabaseSurvey.Column
    ) throws -> (DatabaseSurvey.Relation, String)? {
        var words = column.words
        guard words.count > 1, ["id", "uuid"].contains(words.last ?? ""),
            relation.key != [column.name], privacy(of: column) == nil,
            let kind = column.kind.keyClass
        else { return nil }
        words.removeLast()
        let candidates = neighbours.survey.relations.filter { target in
            neighbours.models[target.name] != nil && target.key.count == 1
                && target.column(target.key[0])?.kind.keyClass == kind
        }
        func named(_ words: [String]) -> DatabaseSurvey.Relation? {
            let found = candidates.filter {
                NameForm.singular(NameForm.words($0.table)) == words
            }
            return found.first { $0.schema == relation.schema }
                ?? (found.count == 1 ? found[0] : nil)
        }
        let whole = named(words)
        guard let target = whole ?? named(Array(words.suffix(1))) else { return nil }
        let (asked, found) = try sampler.leads(
            of: column, in: relation, to: target, key: target.key[0])
        if asked == 0 {
            return whole == nil
                ? nil : (target, "guessed from the name: no foreign key, and no rows to try")
        }
        guard found * 10 >= asked * (whole == nil ? 9 : 5) else { return nil }
        return (
            target,
            "guessed from the name: \(found) of \(asked) sampled values lead to \(target.name)"
        )
    }

    // MARK: Money

    /// A column that holds the currencies of amounts.
    struct CurrencyColumn {
        /// What its name says besides: whose amounts; empty where they are the row's.
        let words: Set<String>
        let field: String
        let column: String
    }

    /// Adds the currency columns, and says which one an amount goes by.
    private mutating func addCurrencies(
        _ open: inout [DatabaseSurvey.Column]
    ) throws -> [CurrencyColumn] {
        var usable: [CurrencyColumn] = []
        let found = open.filter(NameSense.isCurrency)
            .sorted { $0.words.count < $1.words.count }
        for column in found {
            var values: [String] = []
            if case .enumeration(let labels) = column.kind {
                values = labels
            } else {
                values = try sampler.values(of: column, in: relation)
            }
            let codes = values.map { $0.trimmingBlank.uppercased() }
            let known = codes.filter { Currency($0) != nil }
            if !codes.isEmpty, known.isEmpty { continue }
            currencies += known
            var rule = "from: \(YAMLText.value(column.name)), form: [trim, upper]"
            var comment = ""
            let standard = String(column.standard.drop { $0 == "'" }.prefix(3))
            if let currency = Currency(standard), column.standard.hasPrefix("'") {
                currencies.append(currency.code)
                if !column.isRequired { rule += ", default: \(currency.code)" }
            } else if !column.isRequired, let general = usable.first {
                rule += ", or: \(YAMLText.value(general.field))"
            } else if !column.isRequired {
                comment = "decide: amounts without one are put aside; ‘default: …’ gives them one"
            }
            if known.count < codes.count {
                let odd = values.filter { Currency($0.trimmingBlank.uppercased()) == nil }
                comment = "decide: not in ISO 4217, so put aside: " + odd.joined(separator: ", ")
            }
            add(words: column.words, "type: category", "{\(rule)}", comment)
            usable.append(
                CurrencyColumn(
                    words: Set(column.words).subtracting(["currency", "code", "iso"]),
                    field: column.name, column: table.columns.last?.name ?? ""))
            open.removeAll { $0.name == column.name }
        }
        return usable
    }

    mutating func addMoney(
        _ column: DatabaseSurvey.Column, _ money: [CurrencyColumn],
        unit: String = "", _ comment: String
    ) {
        let words = Set(column.words)
        let fitting =
            money.first { !$0.words.isEmpty && $0.words.isSubset(of: words) }
            ?? money.first { $0.words.isEmpty }
        let currency = fitting?.column ?? companyCurrency()
        let rule =
            unit.isEmpty
            ? YAMLText.value(column.name)
            : "{from: \(YAMLText.value(column.name)), unit: \(unit)}"
        var name = column.words
        if unit == "minor", name.count > 1, NameSense.countsMinorUnits([name.last ?? ""]) {
            name.removeLast()
        }
        add(words: name, "type: money, currency: \(currency)", rule, comment)
    }

    /// The column that holds the company's currency, added at the first amount without another.
    private mutating func companyCurrency() -> String {
        if let present = table.columns.first(where: { $0.rule == "{company: currency}" }) {
            return present.name
        }
        let names = Set(relation.columns.map { $0.words.joined(separator: "_") })
        let name = names.contains("currency") ? "money_currency" : "currency"
        return append(
            name, "type: category", "{company: currency}",
            "no column names one, so amounts are taken to be in the company's")
    }

    /// What a line comes to, where the table has quantity and price and nothing that tells it.
    private mutating func addProduct() {
        func read(_ column: DatabaseSurvey.Column) -> ProposedColumn? {
            table.columns.first { $0.rule == YAMLText.value(column.name) }
        }
        let amounts = relation.columns.filter { read($0)?.isMoney == true }
        guard let price = amounts.first(where: { NameSense.isPerPiece($0.words) }),
            amounts.allSatisfy({ $0.name == price.name || NameSense.mayBeShare($0) }),
            let quantity = relation.columns.first(where: {
                NameSense.isQuantity($0) && read($0) != nil
            }), let type = read(price)?.type
        else { return }
        var factors = [quantity, price].map { YAMLText.value($0.name) }
        let discount = relation.columns.first {
            $0.words == ["discount"] && samples[$0.name]?.isShare == true
        }
        if let discount {
            let otherwise = discount.isRequired ? "" : ", default: 0"
            factors.append("{less: \(YAMLText.value(discount.name))\(otherwise)}")
        }
        append(
            "amount", type, "{product: [\(factors.joined(separator: ", "))]}",
            "decide: no column holds it, so it is taken to be quantity times price"
                + (discount == nil ? "" : " less discount"))
    }

    private mutating func chooseTime() {
        let times = table.columns.filter(\.isTime)
        func score(_ proposed: ProposedColumn) -> Int {
            guard
                let column = relation.columns.first(where: {
                    NameForm.identifier($0.words, otherwise: "column") == proposed.name
                })
            else { return 1 }
            let isLate = !Set(column.words).isDisjoint(with: [
                "updated", "modified", "changed", "expires", "expiry", "until", "end", "due",
            ])
            if isLate { return 0 }
            return NameSense.timeRank(column, in: relation.table) * 2 + (column.isRequired ? 1 : 0)
        }
        let best = times.enumerated().max {
            (score($0.element), -$0.offset) < (score($1.element), -$1.offset)
        }
        table.time = best?.element.name
        table.otherTimes = times.map(\.name).filter { $0 != table.time }
    }

    // MARK: Names

    mutating func add(
        _ field: String, words: [String], _ type: String, _ comment: String
    ) {
        add(words: words, type, YAMLText.value(field), comment)
    }

    mutating func add(
        words: [String], _ type: String, _ rule: String, _ comment: String
    ) {
        append(NameForm.identifier(words, otherwise: "column"), type, rule, comment)
    }

    @discardableResult
    private mutating func append(
        _ name: String, _ type: String, _ rule: String, _ comment: String
    ) -> String {
        let name = NameForm.free(name, among: taken)
        taken.insert(name)
        table.columns.append(
            ProposedColumn(name: name, type: type, rule: rule, comment: comment))
        return name
    }
}
