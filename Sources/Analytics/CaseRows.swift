import Store
import Vocabulary

/// Turns the tables of a case into rows of the store.
///
/// Headings are columns of the model, `key` (by default the row's number) and `company` (by default
/// the only one). Amounts are decimals of the row's currency, which is by default the company's.
/// Moments are RFC 3339, or a clock time of the company: `2026-06-30 23:59`.
struct CaseRows {
    let model: Model
    let schema: Schema
    /// Whether columns that are not named keep what the row has, rather than being missing.
    var isChange = false

    /// Whose rows they are.
    static let origin = "case"

    /// One row of a table.
    struct Row: Sendable {
        let model: String
        let company: String
        let key: RowKey
        let cells: [Cell?]
    }

    func add(_ table: CaseTable, to batch: inout ChangeBatch) throws {
        for row in try rows(table) {
            batch.upsert(
                model: row.model, origin: Self.origin, company: row.company, key: row.key,
                cells: row.cells)
        }
    }

    /// The rows of a table.
    func rows(_ table: CaseTable) throws -> [Row] {
        let legal = ["key", "company"] + model.columns.map(\.name)
        for heading in table.headings where !legal.contains(heading) {
            throw Advice(
                .definition, "model ‘\(model.name)’ has no column ‘\(heading)’",
                remedy: Spelling.remedy(for: heading, legal: legal),
                at: Place(file: table.place.file, line: table.place.line + 1, column: 1))
        }
        return try table.rows.enumerated().map { number, row in
            let fields = Dictionary(
                zip(table.headings, row.cells), uniquingKeysWith: { first, _ in first })
            do {
                let company = try company(fields["company"])
                let key = fields["key"].flatMap { $0.isEmpty ? nil : $0 } ?? String(number + 1)
                return Row(
                    model: model.name, company: company.code, key: .text(key),
                    cells: try model.columns.map {
                        isChange && fields[$0.name] == nil && !isCurrency($0)
                            ? nil : try cell($0, fields, company)
                    })
            } catch let error as Advice where error.place == nil {
                throw Advice(
                    .definition, error.happened, remedy: error.remedy, at: row.place)
            }
        }
    }

    private func company(_ code: String?) throws -> Company {
        if let code, !code.isEmpty { return try schema.companies.company(code) }
        guard let only = schema.companies.companies.first, schema.companies.companies.count == 1
        else {
            throw Advice(
                .definition, "the row names no company", remedy: "add a column ‘company’")
        }
        return only
    }

    private func isCurrency(_ column: Column) -> Bool {
        model.columns.contains { $0.type == .money(currency: column.name) }
    }

    private func cell(
        _ column: Column, _ fields: [String: String], _ company: Company
    ) throws -> Cell {
        guard let text = fields[column.name] else {
            return isCurrency(column) ? .text(company.currency.code) : .missing
        }
        if text.isEmpty { return .missing }
        func wrong(_ remedy: String) -> Advice {
            Advice(
                .definition, "‘\(text)’ does not fit column ‘\(column.name)’", remedy: remedy)
        }
        func digits(_ scale: Int) throws -> Cell {
            guard let number = ExactDecimal(text), number.rounded(toScale: scale) == number,
                let digits = Int64(exactly: number.rounded(toScale: scale).unscaled)
            else { throw wrong("write a number with at most \(scale) decimals") }
            return .number(digits)
        }
        switch column.type {
        case .category, .text: return .text(text)
        case .reference: return .key(.text(text))
        case .integer: return try digits(0)
        case .decimal(let scale): return try digits(scale)
        case .boolean:
            guard text == "true" || text == "false" else { throw wrong("write true or false") }
            return .number(text == "true" ? 1 : 0)
        case .money(let name):
            let code = fields[name] ?? company.currency.code
            // Also rows whose currency is wrong can be written down, to show what becomes of them.
            return try digits(Currency(code)?.decimals ?? 2)
        case .day:
            guard let day = LocalDay(text) else { throw wrong("write it as 2026-06-30") }
            return .number(Int64(day.number))
        case .instant:
            guard let instant = Instant(text) ?? Self.local(text, company.zone) else {
                throw wrong("write it as 2026-06-30 14:00 or 2026-06-30T12:00:00Z")
            }
            return .number(instant.microseconds)
        }
    }

    /// A moment in UTC, or by the clock of the only zone that the companies share.
    static func moment(_ text: String, _ schema: Schema) -> Instant? {
        if let instant = Instant(text) { return instant }
        let zones = schema.companies.companies.map(\.zone)
        guard let zone = zones.first, zones.allSatisfy({ $0 == zone }) else { return nil }
        return local(text, zone)
    }

    private static func local(_ text: String, _ zone: Zone) -> Instant? {
        let parts = text.split(separator: " ")
        guard parts.count == 2, let day = LocalDay(parts[0]) else { return nil }
        let clock = parts[1].split(separator: ":").map { Int($0) ?? -1 }
        guard clock.count == 2, (0...23).contains(clock[0]), (0...59).contains(clock[1]) else {
            return nil
        }
        return zone.instant(of: LocalTime(day: day, secondOfDay: clock[0] * 3600 + clock[1] * 60))
    }
}
