import Analytics
import Reports
import Vocabulary

/// A chart of a dashboard as a picture: `GET /api/v1/dashboards/{name}/{card}.svg` or `.png`.
struct ChartPicture: Sendable {
    /// What it is drawn as.
    enum Format: String, CaseIterable {
        case svg, png

        var contentType: String { self == .svg ? "image/svg+xml" : "image/png" }
    }

    let card: String
    let format: Format
    private let width: Int
    /// Which of a card's charts, from 1: a card has one for each currency.
    private let part: Int
    private let locale: ReportLocale

    /// The parameters that are known beside a dashboard's choices.
    static let parameters = [
        APIParameter.locale,
        APIParameter(
            name: "part", words: "Which of a card’s charts: it has one for each currency.",
            schema: .integer(in: parts)),
        APIParameter(
            name: "width", words: "Its width in points; a PNG has two pixels to the point.",
            schema: .integer(in: widths)),
    ]
    private static let widths = 240...2000
    private static let parts = 1...99

    /// Reads the last part of the address and the parameters.
    ///
    /// - Throws: `Advice` of kind `request` that names what is legal.
    init(file: String, values: (String) -> String?) throws {
        guard let point = file.lastIndex(of: "."),
            let format = Format(rawValue: String(file[file.index(after: point)...]))
        else {
            throw Advice(
                .request, "‘\(file)’ is not the picture of a chart",
                remedy: "write the card's name and .svg or .png")
        }
        self.format = format
        card = String(file[..<point])
        width = try Self.number("width", values("width"), in: Self.widths) ?? 640
        part = try Self.number("part", values("part"), in: Self.parts) ?? 1
        locale = ReportLocale(values("locale") ?? "en")
    }

    private static func number(
        _ name: String, _ text: String?, in range: ClosedRange<Int>
    ) throws -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw Advice(
                .request, "‘\(text)’ is no \(name)",
                remedy: "use a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// What tells this picture from others of the same dashboard.
    var form: String { "\(card).\(format.rawValue) \(part) \(width) \(locale.tag)" }

    /// Draws it.
    ///
    /// - Throws: `Advice` when there is no such card or chart, or the card cannot be computed.
    func bytes(_ answer: DashboardAnswer) throws -> [UInt8] {
        let drawn = answer.cards.filter { !$0.charts.isEmpty }
        guard let own = answer.cards.first(where: { $0.card.name == card }) else {
            throw Advice(
                .unknown, "dashboard ‘\(answer.dashboard.name)’ shows no card ‘\(card)’",
                remedy: Spelling.remedy(for: card, legal: drawn.map(\.card.name)))
        }
        if let failure = own.failure { throw failure }
        guard !own.charts.isEmpty else {
            throw Advice(
                .unknown, "card ‘\(card)’ is no chart",
                remedy: Spelling.remedy(for: card, legal: drawn.map(\.card.name)))
        }
        guard own.charts.indices.contains(part - 1) else {
            throw Advice(
                .unknown, "card ‘\(card)’ has no part \(part)",
                remedy: "ask for part 1 to \(own.charts.count)")
        }
        let scene = try ChartLayout(width: Double(width), locale: locale)
            .scene(of: own.charts[part - 1])
        switch format {
        case .svg: return Array(scene.svg(id: "chart").utf8)
        case .png: return try scene.png(margin: 12)
        }
    }
}
