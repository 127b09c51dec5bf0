import Reports
import Vocabulary

extension PageCard {
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

    /// The card with what is not named by a definition or the data in a reader’s language.
    func said(in locale: ReportLocale) -> PageCard {
        let body: Body =
            switch self.body {
            case .figures(let figures, let trends):
                .figures(figures.map { Self.said($0, locale) }, trends: trends)
            case .chart(let chart, let numbers):
                .chart(
                    Self.said(chart, locale), numbers: numbers.map { Self.said($0, locale) })
            case .table(let table):
                .table(Self.said(table, locale, atMost: PageCard.maximumRows))
            case .unavailable: self.body
            }
        var card = PageCard(name: name, width: width, body: body)
        (card.heading, card.explanations) = (heading, explanations)
        return card
    }

    private static func said(_ figure: Figure, _ locale: ReportLocale) -> Figure {
        Figure(
            name: figure.name, label: PhraseBook.titles.said(figure.label, in: locale),
            kind: figure.kind, values: figure.values, previous: figure.previous,
            change: figure.change, riseIsGood: figure.riseIsGood)
    }

    private static func said(_ chart: Chart, _ locale: ReportLocale) -> Chart {
        let categories = said(chart.categories, locale)
        let labels = said(chart.series.map(\.label), locale)
        return Chart(
            title: PhraseBook.titles.said(chart.title, in: locale), kind: chart.kind,
            unit: chart.unit, categories: categories,
            series: zip(chart.series, labels).map { series, label in
                Chart.Series(
                    label: label, values: series.values, isComparison: series.isComparison)
            })
    }

    /// Names along an axis or of series.
    ///
    /// Months are such only where there are several and nothing else: alone they may be somebody’s name.
    private static func said(_ names: [String], _ locale: ReportLocale) -> [String] {
        if let calendar = CalendarNames.said(names, in: locale) { return calendar }
        return names.map { PhraseBook.members.said($0, in: locale) }
    }

    /// The heading of a column or dimension.
    ///
    /// Only where it is the word that this program gives it is it a word of ours: a register’s column
    /// ‘Number’ is no count.
    static func heading(_ name: String, _ label: String, _ locale: ReportLocale) -> String {
        let isOwn =
            stepColumns.contains(name) || name.hasPrefix("reached.")
            || ownLabels[name]?.contains(label) == true
        return (isOwn ? PhraseBook.figures : .labels).said(label, in: locale)
    }

    /// A table as it is read on a page, which looks at the first rows of a large one only.
    private static func said(
        _ table: ResultTable, _ locale: ReportLocale, atMost: Int = .max
    ) -> ResultTable {
        let columns = table.columns.map { column in
            ResultColumn(
                name: column.name, label: heading(column.name, column.label, locale),
                kind: column.kind, isTotalled: column.isTotalled)
        }
        // What rows are called stands before the first number.
        let leading = table.columns.prefix { $0.kind == .text }.count
        let words = table.columns.indices.prefix(leading).map { index in
            let name = table.columns[index].name
            return { @Sendable (text: String) -> String in
                if members.contains(text) { return PhraseBook.figures.said(text, in: locale) }
                if stepColumns.contains(name) { return locale.stepName(text) }
                guard ownColumns.contains(name) else { return text }
                return CalendarNames.said(text, in: locale)
                    ?? PhraseBook.figures.said(text, in: locale)
            }
        }
        var said = ResultTable(
            name: table.name, title: PhraseBook.titles.said(table.title, in: locale),
            columns: columns, rowCount: table.rowCount, totals: table.totals
        ) { body in
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
        said.group = table.group
        return said
    }
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
