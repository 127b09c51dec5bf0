import Reports
import Vocabulary

/// Headline figures as values for their template.
struct FigureMarkup {
    /// Most characters of a figure in large type: `DKK 1,187,430.50`.
    private static let longest = 16

    let locale: ReportLocale
    let zone: Zone

    func values(
        _ figures: [Figure], trends: [String: FigureTrend], links: [String: String] = [:],
        card: String
    ) -> PageValues {
        [
            "figures": figures.map { figure -> PageValues in
                var values = self.values(figure, trend: trends[figure.name], card: card)
                values["explain"] = links[figure.name].map { $0 as Any } ?? false
                return values
            },
            "count": figures.count < 10 ? "\(figures.count)" : "many",
        ]
    }

    private func values(_ figure: Figure, trend: FigureTrend?, card: String) -> PageValues {
        let lines = figure.values.indices.map { line(figure, $0) }
        var picture = ""
        if let trend {
            let scene = Sparkline.scene(
                trend.values, title: trend.title, width: 192, height: 28)
            picture = scene.svg(id: "trend-\(card)-\(figure.name)")
        }
        return [
            "label": figure.label, "lines": lines, "hasTrend": trend != nil, "trend": picture,
        ]
    }

    private func line(_ figure: Figure, _ index: Int) -> PageValues {
        let text = locale.format(figure.values[index], kind: figure.kind, zone: zone)
        let parts = FormattedNumber(text, in: locale)
        // The cents of an amount are read second, the tenths of a percentage are not.
        let isMoney = figure.kind == .money
        var values: PageValues = [
            "key": "\(figure.name) \(index)", "before": parts.before,
            "whole": isMoney ? parts.whole : parts.whole + parts.fraction,
            "rest": (isMoney ? parts.fraction : "") + parts.after,
            "isLong": text.count > Self.longest, "change": "", "tone": "", "arrow": "", "note": "",
        ]
        // Empty text counts as present to Mustache; only absence hides a section.
        for name in ["before", "rest", "change", "note"] where values[name] as? String == "" {
            values[name] = false
        }
        guard figure.previous.indices.contains(index) else { return values }
        let before = figure.previous[index]
        guard before != .missing else {
            values["note"] = PageWord.noComparison.text(in: locale)
            return values
        }
        values["note"] =
            PageWord.from.text(in: locale) + " "
            + locale.format(before, kind: figure.kind, zone: zone)
        if figure.change.indices.contains(index), figure.change[index] != .missing {
            let (arrow, tone) = Self.direction(figure.change[index], riseIsGood: figure.riseIsGood)
            values["change"] = locale.change(figure.change[index])
            values["arrow"] = arrow
            values["tone"] = tone
        }
        return values
    }

    private static func direction(
        _ change: Value, riseIsGood: Bool?
    ) -> (arrow: String, tone: String) {
        let sign: Int
        switch change {
        case .decimal(let ratio):
            let rounded = ratio.rounded(toScale: 3).unscaled
            sign = rounded > 0 ? 1 : rounded < 0 ? -1 : 0
        case .integer(let ratio): sign = ratio.signum() == 0 ? 0 : ratio > 0 ? 1 : -1
        default: sign = 0
        }
        guard sign != 0 else { return ("→", "") }
        let tone = riseIsGood.map { $0 == (sign > 0) ? "good" : "bad" } ?? ""
        return (sign > 0 ? "▲" : "▼", tone)
    }
}

/// A formatted number taken apart, so that its parts can be set differently.
///
/// Joined again in order they are the text that Reports wrote.
struct FormattedNumber: Sendable, Hashable {
    /// What stands before the digits, such as a currency's sign.
    ///
    /// A minus belongs to the digits, and what stands between the two as well.
    let before: String
    /// Digits up to the decimal separator.
    let whole: String
    /// Decimal separator and decimals.
    let fraction: String
    /// What stands behind the digits; all of a text that has none.
    let after: String

    /// Takes a text apart.
    init(_ text: String, in locale: ReportLocale) {
        guard let first = text.firstIndex(where: \.isNumber),
            let last = text.lastIndex(where: \.isNumber)
        else {
            (before, whole, fraction, after) = ("", "", "", text)
            return
        }
        let start = text[..<first].contains("-") ? text.startIndex : first
        let end = text.index(after: last)
        let separator: Character = locale.language == .english ? "." : ","
        let point = text[first..<end].lastIndex(of: separator) ?? end
        before = String(text[..<start])
        whole = String(text[start..<point])
        fraction = String(text[point..<end])
        after = String(text[end...])
    }
}
