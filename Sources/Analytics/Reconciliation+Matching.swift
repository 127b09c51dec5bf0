import Store
import Vocabulary

/// Holds the two lists of one company against each other.
///
/// Only what the period touches is told: documents that are of the period or have an entry of it, and
/// entries of it. Of those all entries up to its end count, so that a document paid in parts over
/// several periods is judged by all of them.
struct ReconciliationMatching {
    /// Everything that is told, the agreements too.
    private(set) var lines: [ReconciliationLine] = []

    private let definition: Reconciliation
    private let sides: ReconciliationSides
    private let company: Company
    private let start: LocalDay
    private let end: LocalDay
    private var places: [Cell: Int] = [:]
    private var entries: [Int: [ReconciliationEntry]] = [:]
    private var mismatched: [Int: [ReconciliationEntry]] = [:]

    init(
        _ definition: Reconciliation, sides: ReconciliationSides, company: Company, asked: AskedDays
    ) {
        self.definition = definition
        self.sides = sides
        self.company = company
        (start, end) = (asked.start, asked.end)
        placeDocuments()
        assignEntries()
        for (place, document) in sides.expected.enumerated()
        where places[document.key] == place {
            judge(document, place)
        }
    }

    // MARK: Entries

    private mutating func placeDocuments() {
        for (place, document) in sides.expected.enumerated() {
            if places[document.key] == nil {
                places[document.key] = place
            } else if isOfPeriod(document) {
                add(.duplicate, document: document, entry: [], expected: document.money, found: nil)
            }
        }
    }

    private struct Likeness: Hashable {
        let payer: Cell
        let key: Cell
        let amount: Int128?
        let currency: Currency?
    }

    private mutating func assignEntries() {
        var references: Set<String> = []
        var last: [Likeness: Int64] = [:]
        for entry in sides.found {
            let place = entry.key == .missing ? nil : places[entry.key]
            if let place, let currency = sides.expected[place].currency, entry.currency != nil,
                currency != entry.currency
            {
                mismatched[place, default: []].append(entry)
                continue
            }
            let likeness = Likeness(
                payer: entry.payer, key: entry.key, amount: entry.amount, currency: entry.currency)
            let isRepeated =
                !entry.reference.isEmpty && !references.insert(entry.reference).inserted
            var isAlike = false
            if entry.payer != .missing, let moment = entry.moment {
                isAlike = last[likeness].map { moment - $0 <= definition.duplicateWithin } ?? false
                last[likeness] = moment
            }
            if isRepeated || isAlike {
                tell(.duplicate, entry, place)
            } else if let place {
                entries[place, default: []].append(entry)
            } else {
                tell(entry.isGone ? .deletedSource : .orphan, entry, nil)
            }
        }
    }

    /// An entry that is an exception by itself.
    private mutating func tell(_ kind: MatchKind, _ entry: ReconciliationEntry, _ place: Int?) {
        guard isOfPeriod(entry) else { return }
        add(
            kind, document: place.map { sides.expected[$0] }, entry: [entry], expected: nil,
            found: entry.money)
    }

    // MARK: Documents

    private mutating func judge(_ document: ReconciliationEntry, _ place: Int) {
        let own = entries[place] ?? []
        let others = mismatched[place] ?? []
        let mustHave = sides.markedPaid?.contains(document.key) ?? true
        let isInFull = sides.inFull?.contains(document.key) ?? true
        guard ([document] + own + others).contains(where: isOfPeriod) else { return }
        for entry in others {
            add(
                .currencyMismatch, document: document, entry: [entry], expected: nil,
                found: entry.money)
        }
        guard !own.isEmpty else {
            if mustHave || isInFull && !others.isEmpty {
                add(
                    others.isEmpty ? .missing : .currencyMismatch, document: document,
                    entry: others, expected: document.money, found: nil)
            }
            return
        }
        guard let currency = own.lazy.compactMap(\.currency).first ?? document.currency else {
            return
        }
        let paid = own.reduce(Int128(0)) { $0 + ($1.amount ?? 0) }
        // What need not be paid in full is expected as far as it was paid.
        let asked = document.amount ?? 0
        let wanted = isInFull ? asked : min(asked, paid)
        let tolerance = definition.tolerance.minorUnits(of: wanted, currency)
        let kind: MatchKind =
            if paid - wanted < -tolerance {
                .short
            } else if paid - wanted > tolerance {
                .over
            } else {
                own.contains(where: isLate) ? .late : .matched
            }
        add(
            kind, document: document, entry: own,
            expected: document.amount.map { _ in Money(minorUnits: wanted, currency: currency) },
            found: Money(minorUnits: paid, currency: currency))
    }

    private func isLate(_ entry: ReconciliationEntry) -> Bool {
        if entry.day > end { return true }
        guard let made = entry.made, let moment = entry.moment else { return false }
        return moment - made > definition.lateAfter
    }

    /// Whether a row is of the period; what was booked after it, by the day of its making.
    private func isOfPeriod(_ entry: ReconciliationEntry) -> Bool {
        var day = entry.day
        if day > end, let made = entry.made {
            day = company.zone.day(of: Instant(microseconds: made))
        }
        return day >= start && day <= end
    }

    private mutating func add(
        _ kind: MatchKind, document: ReconciliationEntry?, entry entries: [ReconciliationEntry],
        expected: Money?, found: Money?
    ) {
        let first = entries.first
        let more = entries.count - 1
        let day = (first ?? document)?.day ?? end
        lines.append(
            ReconciliationLine(
                kind: kind, company: company.code,
                document: document.map { $0.reference.isEmpty ? "(no number)" : $0.reference },
                entry: first.map { first in
                    (first.reference.isEmpty ? "(no number)" : first.reference)
                        + (more > 0 ? " and \(more) more" : "")
                }, day: day, age: day.distance(to: end), expected: expected, found: found))
    }
}
