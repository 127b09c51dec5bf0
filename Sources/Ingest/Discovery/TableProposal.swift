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

    private let relation: DatabaseSurvey.Relation
    private let neighbours: Neighbours
    private let sampler: TableSampler
    private var samples: [String: ColumnSample] = [:]
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
        if table.columns.isEmpty {
            for name in relation.key where relation.column(name) != nil {
                add(name, words: NameForm.words(name), "type: text", "it has no other column")
            }
        }
        chooseTime()
        return table
    }

    // MARK: What is not read

    private mutating func omit(_ column: DatabaseSurvey.Column, _ reason: String) {
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

    private func privacy(of column: DatabaseSurvey.Column) -> String? {
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
        for column in open {
            guard let (target, note) = try guess(column) else { continue }
            addReference([column.name], to: target, note, isForeignKey: false)
            open.removeAll { $0.name == column.name }
        }
    }

    private mutating func addReference(
        _ fields: [String], to target: DatabaseSurvey.Relation, _ note: String, isForeignKey: Bool
    ) {
        guard let model = neighbours.models[target.name] else { return }
        let own = NameForm.words(fields.count == 1 ? fields[0] : "")
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
    private mutating func addPlain(_ name: String, _ comment: String) {
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
    private struct CurrencyColumn {
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

    private mutating func addMoney(
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

    // MARK: Everything else

    private mutating func add(
        _ column: DatabaseSurvey.Column, money: [CurrencyColumn]
    ) throws {
        if let reason = privacy(of: column) { return omit(column, reason) }
        let sample = samples[column.name]
        let field = column.name
        let words = column.words
        switch column.kind {
        case .boolean: add(field, words: words, "type: boolean", "")
        case .timestamptz, .timestamp: add(field, words: words, "type: instant", "")
        case .date: add(field, words: words, "type: day", "")
        case .uuid: add(field, words: words, "type: text", "")
        case .enumeration(let labels):
            let history = NameSense.isStage(words) ? ", history: true" : ""
            add(field, words: words, "type: category\(history)", labels.joined(separator: " | "))
        case .text: try addText(column, sample)
        case .integer: addInteger(column, sample, money)
        case .numeric(let scale):
            if NameSense.isMoney(column, in: relation.table) {
                let isFine = (scale ?? sample?.decimals ?? 2) > 2
                let isMinor = NameSense.countsMinorUnits(words)
                addMoney(
                    column, money, unit: isMinor ? "minor" : "",
                    isFine
                        ? "decide: rounded to the currency's decimals; for more, make it ‘type: "
                            + "decimal, scale: \(min(scale ?? 6, 9))’" : "")
            } else if scale == 0 {
                add(field, words: words, "type: integer", "")
            } else {
                let decimals = min(max(scale ?? sample?.decimals ?? 2, scale == nil ? 2 : 0), 9)
                add(
                    field, words: words, "type: decimal, scale: \(decimals)",
                    scale == nil
                        ? "decide: the type has no limit, more decimals are rounded" : "")
            }
        case .float:
            if NameSense.isMoney(column, in: relation.table) {
                addMoney(
                    column, money, unit: NameSense.countsMinorUnits(words) ? "minor" : "",
                    "a binary number: read by its shortest decimal text, so 114.999… is 115.00")
            } else {
                let decimals = min(max(sample?.decimals ?? 2, 2), 6)
                add(field, words: words, "type: decimal, scale: \(decimals)", "")
            }
        case .json:
            omit(
                column,
                "a document: map the parts you need as {from: \(YAMLText.value(field)), path: …}")
        case .other where column.typeName == "money":
            omit(
                column,
                "its text depends on the server's language: ALTER TABLE "
                    + "\(SQL.table(relation.name)) ALTER \(SQL.name(field)) TYPE numeric(14,2);")
        case .other:
            omit(column, "a type without a single value of ours (list, interval, bytes, address …)")
        }
    }

    private mutating func addInteger(
        _ column: DatabaseSurvey.Column, _ sample: ColumnSample?,
        _ money: [CurrencyColumn]
    ) {
        let words = column.words
        if NameSense.isMoney(column, in: relation.table) {
            let isMinor = NameSense.countsMinorUnits(words)
            return addMoney(
                column, money, unit: isMinor ? "minor" : "",
                isMinor
                    ? ""
                    : "decide: whole units as it stands; ‘{from: …, unit: minor}’ if it "
                        + "counts cents")
        }
        let isTimed = ["at", "ts", "time", "timestamp", "date", "on", "created", "updated"]
            .contains(words.last ?? "")
        if isTimed, let least = sample?.least, let greatest = sample?.greatest,
            let unit = Self.epochUnit(least...max(least, greatest))
        {
            return add(
                words: words, "type: instant",
                "{from: \(YAMLText.value(column.name)), unit: \(unit)}",
                "a number that counts \(unit) since 1970, by the rows looked at")
        }
        if ["id", "uuid"].contains(words.last ?? "") {
            return add(column.name, words: words, "type: text", "")
        }
        add(
            column.name, words: words, "type: integer",
            NameSense.mayBeMoney(column)
                ? "decide: if it is an amount, make it ‘type: money, currency: …’" : "")
    }

    /// What a number counts, if all values are moments between 2001 and 2096.
    private static func epochUnit(_ range: ClosedRange<Int64>) -> String? {
        let seconds: ClosedRange<Int64> = 1_000_000_000...4_000_000_000
        for (unit, factor) in [("seconds", 1), ("milliseconds", 1000), ("microseconds", 1_000_000)]
            as [(String, Int64)]
        {
            let span = seconds.lowerBound * factor...seconds.upperBound * factor
            if span.contains(range.lowerBound), span.contains(range.upperBound) { return unit }
        }
        return nil
    }

    private mutating func addText(
        _ column: DatabaseSurvey.Column, _ sample: ColumnSample?
    ) throws {
        let field = column.name
        let words = column.words
        let sample = sample ?? ColumnSample()
        if sample.present > 0, sample.isDay || sample.isMoment {
            let type = sample.isDay ? "day" : "instant"
            return add(
                words: words, "type: \(type)",
                "{from: \(YAMLText.value(field)), cast: \(type)}",
                "text that is a \(sample.isDay ? "date" : "moment") in all rows looked at")
        }
        if NameSense.isStatus(words), sample.distinct <= TableSampler.listed {
            let values =
                sample.present > 0 ? try sampler.values(of: column, in: relation) : []
            let history = NameSense.isStage(words) ? ", history: true" : ""
            return add(
                field, words: words, "type: category\(history)",
                values.isEmpty ? "" : "seen: " + values.joined(separator: " | "))
        }
        if sample.longest > 200 {
            return omit(
                column, "texts of up to \(sample.longest) letters: may hold what people wrote")
        }
        let isFew =
            sample.present >= 20 && sample.distinct <= 50 && sample.distinct * 5 <= sample.present
            && sample.longest <= 60
        if isFew {
            return add(
                field, words: words, "type: category",
                "\(sample.distinct) different in \(sample.present) rows: so a category")
        }
        let isName = words.count > 1 && words.last == "name"
        add(
            field, words: words, "type: text",
            isName ? "a name: leave it out if no report needs it" : "")
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

    private mutating func add(
        _ field: String, words: [String], _ type: String, _ comment: String
    ) {
        add(words: words, type, YAMLText.value(field), comment)
    }

    private mutating func add(
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
