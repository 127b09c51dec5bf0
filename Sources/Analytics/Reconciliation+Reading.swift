import Store
import Vocabulary

/// A row of one of the two lists of a reconciliation.
struct ReconciliationEntry: Sendable {
    /// What brings the lists together; missing for a row that belongs to nothing.
    let key: Cell
    let reference: String
    let amount: Int128?
    /// The currency of the amount; nil without an amount.
    let currency: Currency?
    let day: LocalDay
    /// The instant in microseconds, where there is one.
    let moment: Int64?
    let payer: Cell
    /// When it was made elsewhere, in microseconds.
    let made: Int64?
    /// Whether the document that it names is not there.
    let isGone: Bool

    var money: Money? {
        guard let amount, let currency else { return nil }
        return Money(minorUnits: amount, currency: currency)
    }

    /// Reads a row; nil when its day or the currency of its amount is unknown.
    init?(_ cells: [Cell], side: Reconciliation.Side, zone: Zone) {
        var rest = cells[...]
        let values = side.columns.map { $0 == nil ? Cell.missing : rest.removeFirst() }
        guard case .number(let date) = values[4] else { return nil }
        moment = side.isInstant ? date : nil
        day =
            side.isInstant
            ? zone.day(of: Instant(microseconds: date)) : LocalDay(number: Int32(clamping: date))
        if case .number(let number) = values[2] {
            guard case .text(let code) = values[3], let currency = Currency(code) else {
                return nil
            }
            (amount, self.currency) = (Int128(number), currency)
        } else {
            (amount, currency) = (nil, nil)
        }
        key = values[0] == .text("") ? .missing : values[0]
        reference =
            switch values[1] {
            case .text(let text): text
            case .number(let number): String(number)
            case .missing, .key, .reference: ""
            }
        payer = values[5]
        if case .number(let number) = values[6] { made = number } else { made = nil }
        isGone = values[7] != .missing && values[8] == .missing
    }
}

/// The two lists of one company.
struct ReconciliationSides: Sendable {
    var expected: [ReconciliationEntry] = []
    var found: [ReconciliationEntry] = []
    /// Keys of the documents that must have an entry; nil for all.
    var markedPaid: Set<Cell>?
    /// Keys of the documents that must be met in full; nil for all.
    var inFull: Set<Cell>?
    /// Rows that could not be used, in words.
    var remarks: [String] = []

    /// How many rows of a list are held in memory, about 200 bytes each.
    static let limit = 1_000_000

    init(
        _ definition: Reconciliation, company: Company, schema: Schema, asked: AskedDays,
        snapshot: Snapshot
    ) throws {
        func conditions(_ list: [Condition], _ side: Reconciliation.Side) throws -> [Filter] {
            let model = try schema.model(side.model)
            return try list.map { try $0.filter(for: model, in: schema, asked: asked) }
        }
        func rows(_ side: Reconciliation.Side, _ filters: [Filter]) throws -> [ReconciliationEntry]
        {
            let found = try snapshot.rows(
                RowRequest(
                    model: side.model, filters: filters, columns: side.columns.compactMap { $0 },
                    order: [.init(side.date), .init(side.reference)]))
            guard found.count <= Self.limit else {
                throw Advice(
                    .request, "\(found.count) rows of \(side.model) would have to be held together",
                    remedy: "narrow the reconciliation by ‘where’")
            }
            var entries: [ReconciliationEntry] = []
            try found.forEachBatch { batch in
                entries += batch.compactMap {
                    ReconciliationEntry($0, side: side, zone: company.zone)
                }
            }
            let lost = found.count - entries.count
            if lost > 0 {
                remarks.append(
                    "incomplete: \(lost) rows of \(side.model) have no day or an amount without a "
                        + "valid currency")
            }
            return entries
        }
        func keys(_ list: [Condition], _ filters: [Filter]) throws -> Set<Cell>? {
            if list.isEmpty { return nil }
            let found = try snapshot.rows(
                RowRequest(
                    model: definition.expected.model,
                    filters: filters + (try conditions(list, definition.expected)),
                    columns: [definition.expected.key]))
            var keys: Set<Cell> = []
            try found.forEachBatch { batch in for row in batch { keys.insert(row[0]) } }
            return keys
        }
        let entries = try conditions(definition.found.conditions, definition.found)
        found = try rows(definition.found, entries).filter { entry in
            // What was made in time and booked later is late; what was made later is of no concern.
            entry.day <= asked.end
                || entry.made.map {
                    company.zone.day(of: Instant(microseconds: $0)) <= asked.end
                } ?? false
        }
        let documents = try conditions(definition.expected.conditions, definition.expected)
        let all = try rows(definition.expected, documents)
        let named = all.filter { $0.key != .missing }
        if named.count < all.count {
            remarks.append(
                "incomplete: \(all.count - named.count) rows of \(definition.expected.model) have "
                    + "no \(definition.expected.key) and cannot be matched")
        }
        // A document of later days counts where something of these days was paid for it already.
        let paid = Set(found.map(\.key))
        expected = named.filter { $0.day <= asked.end || paid.contains($0.key) }
        markedPaid = try keys(definition.markedPaid, documents)
        inFull = try keys(definition.inFull, documents)
    }
}
