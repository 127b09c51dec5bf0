import Analytics
import Reports
import Vocabulary

/// Figures, charts and tables in a reader’s language: their labels, and all else that the data does not
/// name.
struct Retelling: Sendable {
    let locale: ReportLocale
    /// The members that definitions name and not the data, by dimension: those of bands.
    var bands: [String: Set<String>] = [:]

    /// The members that are not named by the data.
    private static let members: Set<String> = ["Other", "(none)", "(unknown)", "(empty)"]
    /// Columns whose cells are words of ours, and not of the data.
    private static let ownColumns: Set<String> = ["weekday", "month-of-year", "fact", "match"]

    /// Labels of columns that computed tables have, by the names of the columns.
    private static let ownLabels: [String: Set<String>] = [
        "company": ["Company"], "row_company": ["Company"], "weekday": ["Weekday"],
        "hour": ["Hour"], "day-of-month": ["Day of month"], "month-of-year": ["Month"],
        "reached": ["Reached"], "of_first": ["Of first"], "of_previous": ["Of previous"],
        "days": ["Median days from previous", "Of"], "members": ["Members"],
        "source": ["Source"], "table": ["Table"], "rows": ["Rows put aside", "Rows"],
        "recent": ["Of the last 30 days"], "since": ["Oldest"], "match": ["Match"],
        "count": ["Number"], "expected": ["Expected"], "found": ["Found"],
        "difference": ["Difference", "Correction"], "expected_reference": ["Document"],
        "found_reference": ["Entry"], "day": ["Day"], "age": ["Days"],
        "paying_company": ["Paid by"], "payment": ["Payment"], "pay_on": ["Pay on"],
        "period": ["Period"], "figure": ["Figure"], "before": ["Before", "As reported"],
        "after": ["After", "Now"], "late": ["of it late rows"], "correction": ["corrections"],
        "deletion": ["deletions"], "cause": ["Cause"], "row": ["Row"], "column": ["Column"],
        "fact": ["Fact"], "value": ["Value"], "word": ["Looked up"], "row_reason": ["Reason"],
        "row_product": ["Product"], "date": ["Date"], "voucher": ["Voucher"],
        "account": ["Account"], "account_name": ["Account name"], "debit": ["Debit"],
        "credit": ["Credit"], "vat_code": ["VAT code"], "vat_amount": ["VAT thereof"],
        "document": ["Document"], "party": ["Party"], "party_name": ["Party’s name"],
        "due": ["Due"],
    ]
    /// Columns that hold steps of time.
    private static let stepColumns: Set<String> = ["step", "cohort"]

    func said(_ figure: Figure) -> Figure {
        Figure(
            name: figure.name, label: PhraseBook.titles.said(figure.label, in: locale),
            kind: figure.kind, values: figure.values, previous: figure.previous,
            change: figure.change, riseIsGood: figure.riseIsGood)
    }

    func said(_ chart: Chart) -> Chart {
        func figures(_ names: [String]) -> [String] {
            names.map { PhraseBook.members.said($0, in: locale) }
        }
        let (names, steps) = (chart.series.map(\.label), chart.categories)
        let labels = chart.seriesAreMembers ? said(names) : figures(names)
        let categories = chart.kind == .funnel ? figures(steps) : said(steps)
        return Chart(
            title: PhraseBook.titles.said(chart.title, in: locale), kind: chart.kind,
            unit: chart.unit, categories: categories,
            series: zip(chart.series, labels).map { series, label in
                Chart.Series(
                    label: label, values: series.values, isComparison: series.isComparison)
            }, seriesAreMembers: chart.seriesAreMembers)
    }

    /// Names along an axis or of series.
    ///
    /// Months are such only where there are several and nothing else: alone they may be somebody’s name.
    private func said(_ names: [String]) -> [String] {
        if let calendar = CalendarNames.said(names, in: locale) { return calendar }
        // A word of the data stays as it is, be it that of a figure, too.
        let plain = locale.withoutWords
        return names.map { name in
            bands.values.contains { $0.contains(name) }
                ? locale.named(name) : PhraseBook.members.said(name, in: plain)
        }
    }

    /// The heading of a column or dimension.
    ///
    /// Only where it is the word that this program gives it is it a word of ours: a register’s column
    /// ‘Number’ is no count.
    static func heading(_ name: String, _ label: String, _ locale: ReportLocale) -> String {
        let isOwn =
            stepColumns.contains(name) || name.hasPrefix("reached.")
            || ownLabels[name]?.contains(label) == true
        // What definitions call something else by the same word is not meant here.
        return isOwn
            ? PhraseBook.figures.said(label, in: locale.withoutWords)
            : PhraseBook.labels.said(label, in: locale)
    }

    /// A table, of whose batches no more rows than so many are looked at; rows of the data as they are.
    func said(_ table: ResultTable, atMost: Int = .max) -> ResultTable {
        let columns = table.columns.map { column in
            ResultColumn(
                name: column.name, label: Self.heading(column.name, column.label, locale),
                kind: column.kind, isTotalled: column.isTotalled)
        }
        // What rows are called stands before the first number.
        let leading = table.columns.prefix { $0.kind == .text }.count
        let words = table.columns.indices.prefix(leading).map { index in
            let name = table.columns[index].name
            let (bands, plain) = (bands[name] ?? [], locale.withoutWords)
            return { @Sendable (text: String) -> String in
                if bands.contains(text) { return locale.named(text) }
                if Self.members.contains(text) {
                    return PhraseBook.figures.said(text, in: plain)
                }
                if Self.stepColumns.contains(name) { return locale.stepName(text) }
                guard Self.ownColumns.contains(name) else { return text }
                return CalendarNames.said(text, in: locale)
                    ?? PhraseBook.figures.said(text, in: plain)
            }
        }
        var said = ResultTable(
            name: table.name, title: PhraseBook.titles.said(table.title, in: locale),
            columns: columns, rowCount: table.rowCount, totals: table.totals
        ) { body in
            if table.listsRows { return try table.forEachBatch { try body($0) } }
            try table.forEachBatch { batch in
                var rows: [[Value]] = []
                for row in batch.prefix(atMost) {
                    var row = row
                    for (index, word) in words.enumerated() {
                        guard case .text(let text) = row[index] else { continue }
                        row[index] = .text(word(text))
                    }
                    rows.append(row)
                }
                try body(rows)
            }
        }
        (said.group, said.listsRows) = (table.group, table.listsRows)
        return said
    }
}

extension PageCard {
    /// The card in a reader’s language.
    func said(in locale: ReportLocale) -> PageCard {
        let retelling = Retelling(locale: locale, bands: bands)
        let body: Body =
            switch self.body {
            case .figures(let figures, let trends):
                .figures(figures.map(retelling.said), trends: trends)
            case .chart(let chart, let numbers):
                .chart(retelling.said(chart), numbers: numbers.map { retelling.said($0) })
            case .table(let table):
                .table(retelling.said(table, atMost: PageCard.maximumRows))
            case .unavailable(let title, let advice):
                .unavailable(title: PhraseBook.titles.said(title, in: locale), advice)
            }
        var card = PageCard(name: name, width: width, body: body)
        card.heading = heading.map { PhraseBook.titles.said($0, in: locale) }
        card.explanations = explanations
        return card
    }
}

extension ReportDocument {
    /// The report as it goes into a file: in the reader’s language where the file is read and not
    /// processed.
    func said(for output: ReportOutput, _ definitions: Definitions) -> ReportDocument {
        said(for: output, words: definitions.words, bands: definitions.bands)
    }

    /// The same with words and bands at hand.
    func said(
        for output: ReportOutput, words: [String: LabelWords], bands: [String: Set<String>]
    ) -> ReportDocument {
        switch output.format {
        case .pdf, .xlsx:
            said(in: ReportLocale(output.locale.tag, words: words), bands: bands)
        case .csv, .json, .sepa, .earlierSEPA, .auditFile: self
        }
    }

    /// The report as people read it in a language.
    func said(in locale: ReportLocale, bands: [String: Set<String>]) -> ReportDocument {
        if locale.languageTag == "en" { return self }
        let retelling = Retelling(locale: locale, bands: bands)
        var document = self
        document.title = PhraseBook.titles.said(title, in: locale)
        document.provenance.basis = PhraseBook.bases(provenance.basis, in: locale)
        document.provenance.currency = PhraseBook.notes.said(provenance.currency, in: locale)
        document.provenance.remarks = provenance.remarks.map {
            locale.withDays(PhraseBook.remarks.said($0, in: locale), provenance.zone)
        }
        document.provenance.notes = provenance.notes.map {
            PhraseBook.note($0, in: locale, provenance.zone)
        }
        document.blocks = blocks.map { block in
            switch block {
            case .figures(let figures): .figures(figures.map(retelling.said))
            case .chart(let chart): .chart(retelling.said(chart))
            case .table(let table): .table(retelling.said(table))
            }
        }
        return document
    }
}

extension Definitions {
    /// The members that definitions name and not the data, by dimension: those of bands.
    var bands: [String: Set<String>] { dimensions.mapValues { Set($0.labels) } }
}

/// The days of the week and the months of the year, as figures are split by them.
private enum CalendarNames {
    private static let weekdays = (1...7).map { TimingSentence(locale: .english).weekday($0) }
    private static let months = (1...12).map(ReportLocale.english.longMonth)

    /// Some of them in a language; nil for other names.
    static func said(_ names: [String], in locale: ReportLocale) -> [String]? {
        guard
            !names.isEmpty && names.allSatisfy(weekdays.contains)
                || names.count > 2 && names.allSatisfy(months.contains)
        else { return nil }
        return names.map { said($0, in: locale) ?? $0 }
    }

    /// One of them in a language; nil for another name.
    static func said(_ name: String, in locale: ReportLocale) -> String? {
        if let day = weekdays.firstIndex(of: name) {
            return TimingSentence(locale: locale).weekday(day + 1)
        }
        return months.firstIndex(of: name).map { locale.longMonth($0 + 1) }
    }
}
