import Store
import Vocabulary

/// A list of rows of one model: the part of a report that accountants tick off.
struct Register: Sendable, Hashable {
    /// One column of the list.
    struct Column: Sendable, Hashable {
        let path: ColumnPath
        let type: ColumnType
        let result: ResultColumn
        /// Where the currency of an amount is found.
        let currency: ColumnPath?
    }

    let name: String
    let title: String
    let model: String
    /// The column that says on which day a row counts; nil for all rows.
    let date: String?
    let basis: String
    let conditions: [Condition]
    let columns: [Column]
    let order: [RowRequest.Order]
    /// What makes it a list of payments; nil when it is none.
    var payment: PaymentRoles?
    /// Name of the column whose equal cells make a group; the order begins with it.
    var group: String?
    /// The models that are read.
    let models: Set<String>
}

/// A register with its rows.
struct FilledRegister {
    let table: ResultTable
    let currencies: [String]
    let remarks: [String]
}

extension Register {
    /// Reads the register from a snapshot: count and totals by scan, rows when they are asked for.
    func table(
        period: Period, today: LocalDay, filters more: [Condition], definitions: Definitions,
        with reader: ScanReader
    ) throws -> FilledRegister {
        let rows = try rows(
            period: period, today: today, filters: more, definitions: definitions, with: reader)
        var table = ResultTable(
            name: name, title: title, columns: columns.map(\.result), rowCount: rows.set.count,
            totals: rows.totals.lines
        ) { body in
            var currencies = CurrencyReading()
            try rows.set.forEachColumns { try body(rows.reading.batch($0, &currencies)) }
        }
        table.group = group
        table.listsRows = true
        return FilledRegister(
            table: table, currencies: rows.totals.currencies, remarks: rows.totals.remarks)
    }

    /// The rows of the register, what they add up to, and how they are read.
    func rows(
        period: Period, today: LocalDay, filters more: [Condition], definitions: Definitions,
        with reader: ScanReader
    ) throws -> (set: RowSet, totals: RegisterTotals, reading: RegisterReading) {
        let filters = try RowQuestion(model: model, date: date, conditions: conditions + more)
            .filters(period: period, today: today, definitions: definitions)
        let companies = reader.snapshot.companies
        let zone = try Definitions.zone(of: companies)
        let needsZone = columns.contains { $0.type == .instant && $0.result.kind == .day }
        guard !needsZone || Set(companies.map(\.zone.name)).count == 1 else {
            throw Advice(
                .request,
                "‘\(title)’ shows dates, and the companies asked for have different time zones",
                remedy: "ask for one company, or for companies of one zone")
        }
        let totals = try RegisterTotals(self, filters: filters, with: reader)
        let reading = RegisterReading(showing: columns, companies: companies, zone: zone)
        let rows = try reader.snapshot.rows(
            RowRequest(model: model, filters: filters, columns: reading.paths, order: order))
        return (rows, totals, reading)
    }
}

/// Which rows of a model are asked for.
struct RowQuestion {
    let model: String
    /// The column that says on which day a row counts; nil for all rows.
    let date: String?
    let conditions: [Condition]

    /// The conditions as the store takes them.
    func filters(
        period: Period, today: LocalDay, definitions: Definitions
    ) throws -> [Filter] {
        let model = try definitions.schema.model(model)
        let asked = AskedDays(period, today: today)
        let terms = ConditionTerms(
            dimensions: definitions.dimensions, date: date.flatMap(model.column))
        return (date.map { [Filter.days(ColumnPath($0), period)] } ?? [])
            + (try conditions.map {
                try $0.filter(for: model, in: definitions.schema, asked: asked, terms: terms)
            })
    }
}

/// Turns cells of the store into values that people read.
struct RegisterReading: Sendable {
    let columns: [Register.Column]
    /// Per column, where in the row its currency is found.
    let currencyIndices: [Int?]
    let zone: Zone
    /// The currencies of amounts, which are read after the columns.
    var currencyPaths: [ColumnPath] = []
    /// The column that is added up; none or one.
    var totalled: Int?
    /// What stands before the columns where rows are multiplied by tables or converted.
    var valued: ValuedColumns?
    /// Names of companies by code, where rows tell theirs.
    var names: [String: String] = [:]

    func values(_ cells: [Cell]) -> [Value] {
        columns.indices.map { index in
            switch (cells[index], columns[index].type) {
            case (.number(let number), .money):
                guard let place = currencyIndices[index], case .text(let code) = cells[place],
                    let currency = Currency(code)
                else { return .missing }
                return .money(Money(minorUnits: Int128(number), currency: currency))
            case (.number(let number), .instant):
                let instant = Instant(microseconds: number)
                return columns[index].result.kind == .day
                    ? .day(zone.day(of: instant)) : .instant(instant)
            case (.number(let number), .day):
                return .day(LocalDay(number: Int32(clamping: number)))
            case (.number(let number), .boolean): return .boolean(number != 0)
            case (.number(let number), .decimal(let scale)):
                return .decimal(ExactDecimal(unscaled: Int128(number), scale: scale))
            case (.number(let number), _): return .integer(number)
            case (.text(let text), _): return .text(text)
            case (.missing, _), (.key, _), (.reference, _): return .missing
            }
        }
    }
}
