import Reports
import Vocabulary

/// Charts as values for their template.
///
/// Each chart is laid out for several widths, of which the style sheet shows the one that fits, and
/// its numbers follow as a table.
struct ChartMarkup {
    /// One layout of a chart.
    struct Picture: Sendable {
        /// The class by which the style sheet shows it.
        let size: String
        let scene: ChartScene
    }

    private struct Size {
        let name: String
        let width: Double
        let height: Double
    }

    let locale: ReportLocale

    private static let sizes = [
        Size(name: "s", width: 340, height: 220), Size(name: "m", width: 560, height: 250),
        Size(name: "l", width: 860, height: 270), Size(name: "x", width: 1200, height: 280),
    ]
    /// How many of the sizes a card of half the width can need.
    private static let halfSizes = 2

    /// Lays out all charts of a page, by the index of their cards; one without values has none.
    ///
    /// All at once, since opening the fonts takes longer than laying out a chart.
    ///
    /// - Throws: `Advice` when the font that text is measured with is not installed.
    func pictures(of cards: [PageCard]) throws -> [Int: [Picture]] {
        var pictures: [Int: [Picture]] = [:]
        for (number, size) in Self.sizes.enumerated() {
            let charts = cards.enumerated().compactMap { index, card -> (Int, Chart)? in
                guard case .chart(let chart, _) = card.body, Self.hasValues(chart),
                    card.width == .full || number < Self.halfSizes
                else { return nil }
                return (index, chart)
            }
            let layout = ChartLayout(
                width: size.width, height: size.height, showsTitle: false, locale: locale)
            for (chart, scene) in zip(charts, try layout.scenes(of: charts.map(\.1))) {
                pictures[chart.0, default: []].append(Picture(size: size.name, scene: scene))
            }
        }
        return pictures
    }

    /// The values for the template; `numbers` is the table that unfolds below, in place of what is
    /// drawn.
    func values(
        _ chart: Chart, _ numbers: ResultTable?, pictures: [Picture], card: String,
        width: PageCard.Width
    ) throws -> PageValues {
        let svg = pictures.map {
            $0.scene.svg(id: "chart-\(card)-\($0.size)", style: $0.size)
        }
        let table = try numbers.map(self.values) ?? self.values(chart)
        let own: PageValues = [
            "title": chart.title, "hasValues": !pictures.isEmpty, "pictures": svg.joined(),
            "form": width == .full ? "full" : "half",
        ]
        return own.merging(table) { $1 }
    }

    /// The numbers of a chart, a row for each category.
    private func values(_ drawn: Chart) -> PageValues {
        let chart = drawn.kind == .heatmap ? drawn.transposed : drawn
        return [
            "series": chart.series.map { ["label": locale.stepName($0.label)] },
            "rows": chart.categories.indices.map { index in
                Self.row(
                    locale.stepName(chart.categories[index]),
                    chart.series.map { series in
                        series.values[index].map { locale.full($0, unit: chart.unit) } ?? "–"
                    })
            }.joined(),
            // A step of time has a name in words, a member of a dimension is its own.
            "categoryHead": locale.word(
                chart.categories.allSatisfy { locale.stepName($0) != $0 } ? .period : .category),
        ]
    }

    /// The numbers of a table.
    private func values(_ table: ResultTable) throws -> PageValues {
        [
            "series": table.columns.dropFirst().map { ["label": $0.label] },
            "rows": try table.rows().map { row in
                let texts = zip(row, table.columns).map { cell, column in
                    locale.format(cell, kind: column.kind, zone: .utc)
                }
                return Self.row(locale.stepName(texts[0]), texts.dropFirst())
            }.joined(),
            "categoryHead": table.columns[0].label,
        ]
    }

    /// One row of numbers, written as those of tables are.
    private static func row(_ head: String, _ cells: some Sequence<String>) -> String {
        var html = "<tr><th scope=\"row\">\(MarkupText.escaped(head))</th>"
        for cell in cells { html += "<td class=\"num\">\(MarkupText.escaped(cell))</td>" }
        return html + "</tr>\n"
    }

    private static func hasValues(_ chart: Chart) -> Bool {
        chart.series.contains { $0.values.contains { $0 != nil } }
    }
}
