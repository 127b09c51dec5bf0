public import Vocabulary

/// How charts are laid out: how large, with or without their heading, and in whose words.
public struct ChartLayout: Sendable, Hashable {
    /// Width of the scene in points.
    public let width: Double
    /// Height in points; bars, funnels and fields take what they need instead.
    public let height: Double
    /// Whether the chart's title is part of the drawing; a page may have a heading of its own.
    public let showsTitle: Bool
    /// The locale of labels.
    public let locale: ReportLocale

    /// Narrowest chart that can hold axis, labels and marks, in points.
    public static let minimumWidth = 240.0

    /// Describes a layout.
    public init(
        width: Double = 640, height: Double = 260, showsTitle: Bool = true, locale: ReportLocale
    ) {
        self.width = max(width, Self.minimumWidth)
        self.height = max(height, 140)
        self.showsTitle = showsTitle
        self.locale = locale
    }

    /// Lays out a chart.
    ///
    /// - Throws: `Advice` when the font that text is measured with is not installed.
    public func scene(of chart: Chart) throws -> ChartScene {
        try Typesetter.lending { scene(of: chart, measuredBy: $0) }
    }

    /// Lays out several charts, opening the fonts once.
    ///
    /// - Throws: `Advice` when the font that text is measured with is not installed.
    public func scenes(of charts: [Chart]) throws -> [ChartScene] {
        if charts.isEmpty { return [] }
        return try Typesetter.lending { typesetter in
            charts.map { scene(of: $0, measuredBy: typesetter) }
        }
    }

    func scene(of chart: Chart, measuredBy typesetter: Typesetter) -> ChartScene {
        var draft = ChartDraft(chart: chart, layout: self, typesetter: typesetter)
        draft.drawHeading()
        var height = self.height
        if chart.series.allSatisfy({ $0.values.allSatisfy { $0 == nil } }) {
            draft.drawAbsence(height: height)
        } else {
            switch chart.kind {
            case .line: draft.drawLines(height: height)
            case .column: draft.drawColumns(height: height)
            case .bar: height = draft.drawBars()
            case .stacked: draft.drawStacks(height: height)
            case .funnel: height = draft.drawFunnel()
            case .heatmap: height = draft.drawField()
            }
        }
        return ChartScene(
            width: width, height: height, title: chart.title, summary: draft.summary,
            marks: draft.marks)
    }
}

/// A chart while it is being laid out.
struct ChartDraft {
    let chart: Chart
    let layout: ChartLayout
    let typesetter: Typesetter
    /// What each series stands for, in the order of the chart.
    let roles: [ChartScene.Role]
    var marks: [ChartScene.Mark] = []
    /// The first free line from the top.
    var top = 0.0

    static let labelStyle = TextStyle(10.5)
    static let strongStyle = TextStyle(10.5, bold: true)
    static let titleStyle = TextStyle(14, bold: true)

    var locale: ReportLocale { layout.locale }
    var width: Double { layout.width }

    init(chart: Chart, layout: ChartLayout, typesetter: Typesetter) {
        self.chart = chart
        self.layout = layout
        self.typesetter = typesetter
        var number = -1
        roles = chart.series.map { series in
            if series.isComparison { return .comparison }
            number += 1
            return .series(number)
        }
    }

    /// Whether the series have their names in the drawing, so that no legend stands above it.
    private var namesItsSeries: Bool {
        switch chart.kind {
        case .line: width >= 420 && chart.series.count <= 5
        case .stacked: width >= 420
        case .column, .bar, .funnel: false
        case .heatmap: true
        }
    }

    var allValues: [ExactDecimal] { chart.series.flatMap { $0.values.compactMap { $0 } } }

    mutating func label(
        _ text: String, x: Double, y: Double, anchor: TextAnchor = .start,
        style: TextStyle = labelStyle, role: ChartScene.Role = .label
    ) {
        marks.append(
            .label(
                ChartScene.Label(
                    text: text, at: ChartScene.Point(x: x, y: y), anchor: anchor, size: style.size,
                    isBold: style.isBold, role: role)))
    }

    mutating func rectangle(
        x: Double, y: Double, width: Double, height: Double, _ role: ChartScene.Role
    ) {
        let shape = ChartScene.Rectangle(x: x, y: y, width: width, height: height)
        marks.append(.rectangle(shape, role))
    }

    mutating func rule(
        from start: ChartScene.Point, to end: ChartScene.Point, _ role: ChartScene.Role
    ) {
        marks.append(.polyline([start, end], role, width: 1, isDashed: false))
    }

    /// The title, and below it the unit and the names of the series.
    mutating func drawHeading() {
        if layout.showsTitle {
            let title = typesetter.shortened(chart.title, Self.titleStyle, to: width)
            label(title, x: 0, y: 14, style: Self.titleStyle, role: .title)
            top = 22
        }
        var x = 0.0
        let unit = unitName
        if !unit.isEmpty {
            label(unit, x: 0, y: top + 11)
            x = typesetter.width(unit, Self.labelStyle) + 18
        }
        if chart.series.count > 1, !namesItsSeries {
            for (series, role) in zip(chart.series, roles) {
                let name = typesetter.shortened(series.label, Self.labelStyle, to: width * 0.4)
                let length = typesetter.width(name, Self.labelStyle)
                if x > 0, x + 15 + length > width {
                    x = 0
                    top += 16
                }
                rectangle(x: x, y: top + 2.5, width: 10, height: 10, role)
                label(name, x: x + 15, y: top + 11)
                x += 15 + length + 18
            }
        }
        if x > 0 { top += 18 }
        top += 8
    }

    private var unitName: String {
        switch chart.unit {
        case .money(let currency): currency.code
        case .count, .ratio: ""
        }
    }

    mutating func drawAbsence(height: Double) {
        let middle = (top + height) / 2
        label(locale.word(.noData), x: width / 2, y: middle, anchor: .middle)
    }

    /// The names of the steps or members along the horizontal axis, thinned out until they fit.
    ///
    /// - Parameters:
    ///   - centers: Where each category stands.
    ///   - band: How far apart they are.
    ///   - y: The baseline of the first line of names.
    mutating func drawCategories(centers: [Double], band: Double, y: Double) {
        let names = locale.axisLabels(chart.categories)
        if !names.contains(where: { $0.year != nil }), band >= 44 {
            for (name, center) in zip(names, centers) {
                let lines = typesetter.wrapped(
                    name.short, Self.labelStyle, to: band - 6, lines: 2)
                for (index, line) in lines.enumerated() {
                    label(line, x: center, y: y + Double(index) * 13, anchor: .middle)
                }
            }
            return
        }
        let limit = max(band - 6, 90)
        let shown = names.map { typesetter.shortened($0.short, Self.labelStyle, to: limit) }
        let widest = shown.map { typesetter.width($0, Self.labelStyle) }.max() ?? 0
        let step = Self.strides.first { Double($0) * band >= widest + 10 } ?? names.count
        var year: String?
        for index in stride(from: 0, to: names.count, by: max(step, 1)) {
            // The first and the last name must not stick out of the drawing.
            let half = typesetter.width(shown[index], Self.labelStyle) / 2
            let center = max(half, min(width - half, centers[index]))
            label(shown[index], x: center, y: y, anchor: .middle)
            if let own = names[index].year, own != year {
                label(own, x: centers[index], y: y + 13, anchor: .middle)
                year = own
            }
        }
    }

    /// Room that names along the horizontal axis need below it.
    func categoryHeight(band: Double) -> Double {
        let names = locale.axisLabels(chart.categories)
        if names.contains(where: { $0.year != nil }) { return 32 }
        let isWrapped =
            band >= 44
            && names.contains { typesetter.width($0.short, Self.labelStyle) > band - 6 }
        return isWrapped ? 32 : 19
    }

    private static let strides = [
        1, 2, 3, 4, 5, 6, 7, 10, 12, 14, 20, 24, 28, 30, 36, 52, 60, 90, 120, 180, 365, 730,
    ]

    /// Lines across the plot at round values, with their labels at the left.
    mutating func drawGrid(
        _ scale: ChartScale, left: Double, right: Double, _ y: (Double) -> Double
    ) {
        let labels = locale.axisLabels(scale.ticks, unit: chart.unit)
        for (tick, text) in zip(scale.ticks, labels) {
            let height = y(scale.position(tick))
            rule(
                from: ChartScene.Point(x: left, y: height),
                to: ChartScene.Point(x: right, y: height), tick == .zero ? .baseline : .grid)
            label(text, x: left - 8, y: height + 3.6, anchor: .end)
        }
    }

    func axisWidth(_ scale: ChartScale) -> Double {
        let labels = locale.axisLabels(scale.ticks, unit: chart.unit)
        return (labels.map { typesetter.width($0, Self.labelStyle) }.max() ?? 0) + 8
    }

    /// What pointing at a category tells: its name and the value of each series.
    func hint(_ index: Int) -> String {
        var lines = [locale.stepName(chart.categories[index])]
        for series in chart.series {
            let value = series.values[index].map { locale.full($0, unit: chart.unit) }
            let text = value ?? locale.word(.noData)
            lines.append(chart.series.count == 1 ? text : "\(series.label): \(text)")
        }
        return lines.joined(separator: "\n")
    }

    var summary: String {
        let form: ReportWord =
            switch chart.kind {
            case .line: .lineChart
            case .column: .columnChart
            case .bar: .barChart
            case .stacked: .stackedChart
            case .funnel: .funnelChart
            case .heatmap: .heatChart
            }
        return locale.chartSummary(
            form: locale.word(form), first: locale.stepName(chart.categories.first ?? ""),
            last: locale.stepName(chart.categories.last ?? ""),
            highest: highest.map { ($0.label, locale.full($0.value, unit: chart.unit)) })
    }

    /// The highest value and where it stands: of what is stacked the whole, of a field any cell, of
    /// other charts their first series.
    private var highest: (label: String, value: ExactDecimal)? {
        var values: [(label: String, value: ExactDecimal)] = []
        for (index, category) in chart.categories.enumerated() {
            let name = locale.stepName(category)
            let known = chart.series.filter { !$0.isComparison }.compactMap { series in
                series.values[index].map { (series: series, value: $0) }
            }
            switch chart.kind {
            case .stacked:
                if !known.isEmpty {
                    values.append((name, known.reduce(.zero) { $0 + $1.value }))
                }
            case .heatmap:
                values += known.map { ("\(locale.stepName($0.series.label)), \(name)", $0.value) }
            case .line, .column, .bar, .funnel:
                let main = chart.series.first { !$0.isComparison } ?? chart.series.first
                if let value = main?.values[index] { values.append((name, value)) }
            }
        }
        return values.max { $0.value < $1.value }
    }
}
