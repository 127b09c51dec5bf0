public import Vocabulary

extension ReportLocale {
    /// What a result speaks of and where it comes from, as lines of a heading and its words.
    public func lines(of provenance: Provenance) -> [(heading: String, text: String)] {
        var lines: [(ReportWord, String)] = [
            (
                provenance.companies.count > 1 ? .companies : .company,
                provenance.companies.joined(separator: ", ")
            )
        ]
        if let period = provenance.period { lines.append((.period, self.period(period))) }
        let zone = provenance.zone
        lines += [
            (.zone, zone.name), (.basis, provenance.basis), (.currency, provenance.currency),
        ]
        if !provenance.filters.isEmpty {
            lines.append((.filters, provenance.filters.joined(separator: "; ")))
        }
        if !provenance.notes.isEmpty {
            lines.append((.notes, provenance.notes.joined(separator: "; ")))
        }
        lines += [
            (.asOf, provenance.asOf.map { instant($0, zone: zone) } ?? word(.noData)),
            (.commit, String(provenance.commit)), (.definition, provenance.definition),
            (.generated, instant(provenance.generatedAt, zone: zone)),
        ]
        return lines.filter { !$0.1.isEmpty }.map { (word($0.0), $0.1) }
    }

    /// Companies and period on one line, below a title.
    public func subject(of provenance: Provenance) -> String {
        var parts = [provenance.companies.joined(separator: ", ")]
        if let period = provenance.period { parts.append(self.period(period)) }
        return parts.filter { !$0.isEmpty }.joined(separator: " · ")
    }
}
