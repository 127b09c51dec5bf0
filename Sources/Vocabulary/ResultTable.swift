/// One cell of a result.
public enum Value: Sendable, Hashable {
    /// Not known, or undefined, as a ratio whose denominator is zero. Never the same as zero.
    case missing
    /// A whole number.
    case integer(Int64)
    /// An exact number.
    case decimal(ExactDecimal)
    /// An amount with its currency.
    case money(Money)
    /// Text.
    case text(String)
    /// Yes or no.
    case boolean(Bool)
    /// A date.
    case day(LocalDay)
    /// A moment; shown on the clock of the result's zone.
    case instant(Instant)
}

/// One column of a result.
public struct ResultColumn: Sendable, Hashable {
    /// What the cells hold, and so how they are aligned, formatted and written to a file.
    public enum Kind: Sendable, Hashable {
        /// Words.
        case text
        /// Numbers that identify and are never added: invoice numbers, IBANs, phones.
        case identifier
        /// Whole numbers.
        case integer
        /// Numbers with that many decimals.
        case decimal(scale: Int)
        /// Amounts.
        case money
        /// Shares of one, shown in percent with one decimal: 0.125 is 12.5 %.
        case ratio
        /// Dates.
        case day
        /// Moments.
        case instant
        /// Yes or no.
        case boolean
    }

    /// Name in JSON and in CSV of profile `machine`.
    public let name: String
    /// Heading for people.
    public let label: String
    /// What the cells hold.
    public let kind: Kind
    /// Whether the column has a total, which is then the sum of its printed cells.
    public let isTotalled: Bool

    /// Describes a column.
    public init(name: String, label: String, kind: Kind, isTotalled: Bool = false) {
        self.name = name
        self.label = label
        self.kind = kind
        self.isTotalled = isTotalled
    }
}

/// What a result speaks of and where it comes from; it accompanies every figure and file.
public struct Provenance: Sendable, Hashable {
    /// Companies, by name.
    public var companies: [String]
    /// The days covered; nil for a result without a period.
    public var period: Period?
    /// The zone in which its days begin and end.
    public var zone: Zone
    /// What counts and when: `booked, by sale date`.
    public var basis: String
    /// Which currencies are shown and how they were combined: `DKK`, `per currency`.
    public var currency: String
    /// Filters beyond company and period, in words.
    public var filters: [String]
    /// Number of the store's commit that was read.
    public var commit: UInt64
    /// Time of that commit; before the first one there is none to show (`asOf`).
    public var committedAt: Instant
    /// When the result was made.
    public var generatedAt: Instant
    /// Hash of the definitions, so that a changed definition shows.
    public var definition: String
    /// Remarks its reader must see, such as “incomplete: no rate for KES on 2026-01-02”.
    public var remarks: [String]
    /// Quiet facts about how it was made, such as “days begin in each company's own zone”.
    public var notes: [String]

    /// Describes where a result comes from.
    public init(
        companies: [String], period: Period?, zone: Zone, basis: String, currency: String,
        filters: [String] = [], commit: UInt64, committedAt: Instant, generatedAt: Instant,
        definition: String, remarks: [String] = [], notes: [String] = []
    ) {
        self.companies = companies
        self.period = period
        self.zone = zone
        self.basis = basis
        self.currency = currency
        self.filters = filters
        self.commit = commit
        self.committedAt = committedAt
        self.generatedAt = generatedAt
        self.definition = definition
        self.remarks = remarks
        self.notes = notes
    }

    /// The moment whose figures these are; nil while nothing that they are made of was ever read.
    public var asOf: Instant? { commit == 0 ? nil : committedAt }
}

/// A line of totals below a table: one for all rows, or one per currency (`ResultFooting.totals`).
public struct ResultTotal: Sendable, Hashable {
    /// The currency of the amounts that are added up; nil for a line without amounts.
    public let currency: Currency?
    /// One cell per column; `missing` where the column is not totalled, or not in this line.
    public let cells: [Value]

    /// Makes a line of totals.
    public init(currency: Currency?, cells: [Value]) {
        self.currency = currency
        self.cells = cells
    }

    /// What the line is called in English: `Total DKK`, or `Total`.
    public var label: String { currency.map { "Total \($0.code)" } ?? "Total" }
}

/// A table whose rows come in batches, so that its size is not bounded by memory.
///
/// Invariants, checked by `ResultTable.checked(_:)` and by every writer: each row has one cell per
/// column, and each total is the sum of the cells above it (DOMAIN §1, footing rule).
public struct ResultTable: Sendable {
    /// Name for files and URLs: `top-customers`.
    public let name: String
    /// Heading for people.
    public let title: String
    /// The columns, in order.
    public let columns: [ResultColumn]
    /// How many rows there are in all.
    public let rowCount: Int
    /// Totals, as `ResultFooting` finds them; empty when nothing is totalled.
    public let totals: [ResultTotal]
    /// Name of the column by whose equal cells rows stand together; nil for none.
    ///
    /// On paper each group has a heading and totals of its own.
    public var group: String?
    /// Whether its rows are those of the data, whose words are shown as they are, and not made of figures.
    public var listsRows = false
    private let batches: @Sendable (_ body: ResultReceiver) throws -> Void

    /// Describes a table whose rows are produced on demand.
    ///
    /// `batches` calls its argument with one batch of rows after another. It may be called several
    /// times and must produce the same rows each time.
    public init(
        name: String, title: String, columns: [ResultColumn], rowCount: Int,
        totals: [ResultTotal], batches: @escaping @Sendable (_ body: ResultReceiver) throws -> Void
    ) {
        self.name = name
        self.title = title
        self.columns = columns
        self.rowCount = rowCount
        self.totals = totals
        self.batches = batches
    }

    /// Makes a table of rows at hand.
    public init(
        name: String, title: String, columns: [ResultColumn], rows: [[Value]],
        totals: [ResultTotal] = []
    ) {
        self.init(
            name: name, title: title, columns: columns, rowCount: rows.count, totals: totals
        ) { body in try body(rows) }
    }

    /// Hands out all rows in order, batch by batch.
    public func forEachBatch(_ body: (ResultBatch) throws -> Void) throws {
        try withoutActuallyEscaping(body) { try batches(ResultReceiver($0)) }
    }

    /// All rows at once, for tables known to be small.
    public func rows() throws -> [[Value]] {
        var all: [[Value]] = []
        try forEachBatch { all += $0 }
        return all
    }
}

/// Takes the batches of a table, whether they are columns or rows.
public struct ResultReceiver {
    private let receive: (ResultBatch) throws -> Void

    /// Takes batches with a function.
    public init(_ receive: @escaping (ResultBatch) throws -> Void) { self.receive = receive }

    /// Takes a batch.
    public func callAsFunction(_ batch: ResultBatch) throws {
        if batch.count > 0 { try receive(batch) }
    }

    /// Takes rows at hand.
    public func callAsFunction(_ rows: [[Value]]) throws { try self(ResultBatch(rows)) }
}

/// A headline figure and what it is held against.
public struct Figure: Sendable, Hashable {
    /// Name of the metric.
    public let name: String
    /// Label for people.
    public let label: String
    /// What the value is, for formatting.
    public let kind: ResultColumn.Kind
    /// The figure; several when amounts of several currencies cannot be added.
    public let values: [Value]
    /// The figure it is compared with, in the same order; empty without a comparison.
    public let previous: [Value]
    /// `(now − before) ÷ |before|` per value; `missing` when undefined.
    public let change: [Value]
    /// Whether a rise is good news; nil when it is neither.
    public let riseIsGood: Bool?

    /// Makes a figure.
    public init(
        name: String, label: String, kind: ResultColumn.Kind, values: [Value],
        previous: [Value] = [], change: [Value] = [], riseIsGood: Bool? = true
    ) {
        self.name = name
        self.label = label
        self.kind = kind
        self.values = values
        self.previous = previous
        self.change = change
        self.riseIsGood = riseIsGood
    }
}

/// A report: what every format of it is made from.
public struct ReportDocument: Sendable {
    /// One part of a report.
    public enum Block: Sendable {
        /// A row of headline figures.
        case figures([Figure])
        /// A chart.
        case chart(Chart)
        /// A table.
        case table(ResultTable)
    }

    /// Name for files and URLs: `sales-register`.
    public let name: String
    /// Heading for people.
    public var title: String
    /// The table to order payments from; nil when there is none.
    public var payments: PaymentOrders?
    /// What the tables of bookkeeping entries mean; nil when there are none.
    public var book: JournalBook?
    /// Where its figures come from.
    public var provenance: Provenance
    /// The parts, in order.
    public var blocks: [Block]
    /// Whether paper begins with a page of its own for title, companies and contents.
    public var hasCover = false
    /// How its paper looks; nil for the house's own style.
    public var brand: CompanyBrand?

    /// Makes a report.
    public init(name: String, title: String, provenance: Provenance, blocks: [Block]) {
        self.name = name
        self.title = title
        self.provenance = provenance
        self.blocks = blocks
    }

    /// The tables among the blocks.
    public var tables: [ResultTable] {
        blocks.compactMap { block in
            guard case .table(let table) = block else { return nil }
            return table
        }
    }
}
