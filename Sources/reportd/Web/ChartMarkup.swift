import Reports
import Vocabulary

/// Charts as values for their template: the same chart laid out for several widths, of which the
/// style sheet shows the one that fits, and its numbers as a table.
struct ChartMarkup {
    /// One layout of a chart.
    private struct Size {
        /// The class by which the style sheet shows it.
        let name: String
        let width: Double
        let height: Double
    }

    let locale: ReportLocale

    private static let sizes = [
        Size(name: "s", width: 340, height: 220), Size(name: "m", width: 560, height: 250),
        Size(name: "l", width: 860, height: 270), Size(name: "x", width: 1200, height: 280),
    ]

    func values(_ chart: Chart, card: String, width: PageCard.Width) throws -> PageValues {
        let hasValues = chart.series.contains { $0.values.contains { $0 != nil } }
        var pictures = ""
        for size in Self.sizes.prefix(hasValues ? width == .full ? 4 : 2 : 0) {
            let scene = try ChartLayout(
                width: size.width, height: size.height, showsTitle: false, locale: locale
            ).scene(of: chart)
            // The drawing's own class is `chart`; the size joins it.
            pictures += scene.svg(id: "chart-\(card)-\(size.name)").replacing(
                "class=\"chart\"", with: "class=\"chart \(size.name)\"", maxReplacements: 1)
        }
        let rows = chart.categories.indices.map { index -> PageValues in
            [
                "head": locale.stepName(chart.categories[index]),
                "cells": chart.series.map { series in
                    series.values[index].map { locale.full($0, unit: chart.unit) } ?? "–"
                },
            ]
        }
        return [
            "title": chart.title, "hasValues": hasValues, "pictures": pictures,
            "form": width == .full ? "full" : "half",
            "series": chart.series.map { ["label": $0.label] }, "rows": rows,
            // A step of time has a name in words, a member of a dimension is its own.
            "categoryHead": locale.word(
                chart.categories.allSatisfy { locale.stepName($0) != $0 } ? .period : .category),
        ]
    }
}
