import Store
import Vocabulary

/// Puts together what the parts of a dashboard or report say of their origin.
struct CollectedProvenance {
    private var bases: [String] = []
    private var currencies: Set<String> = []
    private var remarks: [String] = []
    private var notes: [String] = []
    private var conversions: [AppliedConversion] = []

    mutating func add(
        basis: String, currencies codes: some Sequence<String>, remarks more: [String],
        notes quiet: [String] = []
    ) {
        // A basis may be several in itself, of a formula of figures that count different rows.
        for part in basis.split(separator: "; ").map(String.init) where !bases.contains(part) {
            bases.append(part)
        }
        currencies.formUnion(codes)
        for remark in more where !remarks.contains(remark) { remarks.append(remark) }
        for note in quiet where !notes.contains(note) { notes.append(note) }
    }

    /// Adds what an answer says, in the currencies in which it is shown.
    mutating func add(_ answer: MetricAnswer, currencies codes: some Sequence<String>) {
        let converted = answer.conversion?.lines ?? []
        for metric in answer.metrics {
            add(
                basis: metric.basis, currencies: codes, remarks: answer.provenance.remarks,
                notes: answer.provenance.notes.filter { !converted.contains($0) })
        }
        if let conversion = answer.conversion { conversions.append(conversion) }
    }

    func provenance(
        period: PeriodName, filters: [Condition], definition: String, snapshot: Snapshot,
        now: Instant
    ) throws -> Provenance {
        let zone = try Definitions.zone(of: snapshot.companies)
        return Provenance(
            companies: snapshot.companies.map(\.name),
            period: try FiscalCalendar.days(
                of: period, today: zone.day(of: now), snapshot.companies), zone: zone,
            basis: bases.joined(separator: "; "),
            currency: Definitions.words(forCurrencies: currencies.sorted()),
            filters: filters.map(\.description), commit: snapshot.commit.number,
            committedAt: snapshot.commit.time, generatedAt: now, definition: definition,
            remarks: remarks, notes: notes + AppliedConversion.lines(of: conversions))
    }
}
