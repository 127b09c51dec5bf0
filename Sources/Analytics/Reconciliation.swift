import Store
public import Vocabulary

/// Two lists of amounts that ought to agree: a definition of `queries/reconciliations/`.
///
/// What is *expected*, as documents to be paid, is held against what was *found*, as payments. An
/// entry belongs to the document with the same key; a document may have several. Each document and
/// each entry is of the first kind of `MatchKind` that applies (DOMAIN §5).
public struct Reconciliation: Sendable, Hashable {
    /// Name in reports and dashboards: `payments-of-bookings`.
    public let name: String
    /// Heading for people.
    public let title: String
    /// What is held against what, and why; may be empty.
    public let description: String
    /// What is counted and up to when, printed with the figures.
    public let basis: String
    /// Hash of the definition and of the columns that it reads.
    public let hash: String
    /// Where it is defined.
    public let place: Place
    /// Names of the models that it reads, for `Snapshot.lastCommit(of:)`.
    public let modelsTouched: Set<String>
    let expected: Side
    let found: Side
    /// Which documents must have an entry; empty for all.
    let markedPaid: [Condition]
    /// Which documents must be met in full; empty for all.
    let inFull: [Condition]
    let tolerance: Tolerance
    /// Two entries alike so close together, in microseconds, are one entered twice.
    let duplicateWithin: Int64
    /// An entry so long after its making, in microseconds, is late.
    let lateAfter: Int64

    /// One of the two lists.
    struct Side: Sendable, Hashable {
        let model: String
        /// What brings the two together.
        let key: ColumnPath
        /// What people call a row.
        let reference: ColumnPath
        let amount: ColumnPath
        let currency: ColumnPath
        /// The day or instant on which a row counts.
        let date: ColumnPath
        let isInstant: Bool
        let conditions: [Condition]
        /// Who paid.
        let payer: ColumnPath?
        /// When an entry was made elsewhere.
        let made: ColumnPath?
        /// The reference that leads to the document.
        let document: ColumnPath?
        /// A column that every document has, to see whether the document is there.
        let proof: ColumnPath?

        /// What is read of a row, in the order of `ReconciliationEntry.init`.
        var columns: [ColumnPath?] {
            [key, reference, amount, currency, date, payer, made, document, proof]
        }
    }

    /// How far a document and its entries may differ and still agree: the greater of both.
    struct Tolerance: Sendable, Hashable {
        /// In main units of any currency.
        let amount: ExactDecimal
        /// Of the document's amount.
        let percent: ExactDecimal

        /// The difference that is still agreement, in minor units.
        func minorUnits(of expected: Int128, _ currency: Currency) -> Int128 {
            let fixed = Money(amount, currency).minorUnits
            let share =
                abs(expected) * percent.unscaled / (100 * ExactDecimal.powerOfTen(percent.scale))
            return max(fixed, share)
        }
    }
}

/// How a document and its entries stand to each other, in the order in which the kinds are tried.
public enum MatchKind: String, Sendable, Hashable, CaseIterable {
    /// The entry is in another currency than its document.
    case currencyMismatch = "currency_mismatch"
    /// The same reference again, or the same payer, amount and document within the set time.
    case duplicate
    /// The entry names a document that is not there: removed at the source, or put aside.
    case deletedSource = "deleted_source"
    /// The entry belongs to no document.
    case orphan
    /// The document is marked as paid and has no entry.
    case missing
    /// The entries are less than the document, by more than the tolerance.
    case short
    /// The entries are more than the document, by more than the tolerance.
    case over
    /// The amounts agree, and an entry was booked after the period or too long after it was made.
    case late
    /// All agrees.
    case matched

    /// The kind in words.
    public var label: String {
        switch self {
        case .currencyMismatch: "Other currency"
        case .duplicate: "Entered twice"
        case .deletedSource: "Document removed"
        case .orphan: "No document"
        case .missing: "No payment"
        case .short: "Too little"
        case .over: "Too much"
        case .late: "Late"
        case .matched: "Matched"
        }
    }
}

/// A document, an entry or both, and how they stand to each other.
public struct ReconciliationLine: Sendable, Hashable {
    /// The kind.
    public let kind: MatchKind
    /// Code of the company.
    public let company: String
    /// What the document is called; nil without one.
    public let document: String?
    /// What the entry is called; of several, the first one and how many more.
    public let entry: String?
    /// The day of the entry, or of the document where there is none.
    public let day: LocalDay
    /// Days from then to the end of the period; below 0 for what was booked after it.
    public let age: Int
    /// What is expected.
    public let expected: Money?
    /// What was found.
    public let found: Money?

    /// What was found less what is expected; nil where there is neither amount.
    public var difference: Money? {
        guard let currency = (found ?? expected)?.currency else { return nil }
        return Money(
            minorUnits: (found?.minorUnits ?? 0) - (expected?.minorUnits ?? 0), currency: currency)
    }
}
