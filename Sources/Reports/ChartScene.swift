/// A chart laid out: marks and labels at their places, ready for any surface.
///
/// The layout is made once, with the same measured text for page, mail and PDF, so that a chart
/// looks the same everywhere. Units are points (CSS pixels on a page); y grows downwards. Marks are
/// drawn in order.
public struct ChartScene: Sendable, Hashable {
    /// A place in the scene.
    public struct Point: Sendable, Hashable {
        /// Points from the left.
        public let x: Double
        /// Points from the top.
        public let y: Double

        /// Names a place.
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    /// An upright rectangle; width and height are never negative.
    public struct Rectangle: Sendable, Hashable {
        /// Left edge.
        public let x: Double
        /// Upper edge.
        public let y: Double
        /// Width.
        public let width: Double
        /// Height.
        public let height: Double
    }

    /// What a mark stands for; a surface chooses colours by it.
    public enum Role: Sendable, Hashable {
        /// Heading and values that are read first.
        case title
        /// Units, axis labels and names.
        case label
        /// A line across at a tick.
        case grid
        /// The line from which bars rise.
        case baseline
        /// A series, counted from 0 without the comparisons.
        case series(Int)
        /// What the others are compared with.
        case comparison
        /// A cell of a field, from 0, the palest, to `heatSteps - 1`.
        case heat(Int)
        /// The value written on such a cell.
        case heatLabel(Int)

        /// How many colours cells of a field have.
        public static let heatSteps = 7
    }

    /// One line of text.
    public struct Label: Sendable, Hashable {
        /// The words.
        public let text: String
        /// The point its baseline is held at.
        public let at: Point
        /// How it is held.
        public let anchor: TextAnchor
        /// Height of the letters, in points.
        public let size: Double
        /// Whether it is bold.
        public let isBold: Bool
        /// What it stands for.
        public let role: Role
    }

    /// Something that is drawn.
    public enum Mark: Sendable, Hashable {
        /// A filled rectangle.
        case rectangle(Rectangle, Role)
        /// A line through points.
        case polyline([Point], Role, width: Double, isDashed: Bool)
        /// A pale surface below a line.
        case area([Point], Role)
        /// A dot.
        case disc(Point, radius: Double, Role)
        /// A line of text.
        case label(Label)
        /// An invisible surface that tells a value when pointed at; only drawn on a page.
        case hint(Rectangle, String)
    }

    /// Width of the scene.
    public let width: Double
    /// Height of the scene.
    public let height: Double
    /// What the chart is called.
    public let title: String
    /// A sentence for readers who do not see it.
    public let summary: String
    /// What is drawn, from back to front.
    public let marks: [Mark]
}

extension ChartScene.Role {
    /// The colour on white paper.
    ///
    /// The series differ in lightness as well as in hue, so that they
    /// stay apart in grey and for readers who do not tell red from green.
    var ink: Ink {
        switch self {
        case .title: .text
        case .label: .muted
        case .grid: .hairline
        case .baseline: Ink(0x98a2ae)
        case .comparison: Ink(0xb4bdc8)
        case .series(let number): Self.series[min(number, Self.series.count - 1)]
        case .heat(let step): Self.heat[step]
        case .heatLabel(let step): step > 3 ? .white : .text
        }
    }

    private static let series = [
        Ink(0x1f5fa8), Ink(0xe59a1a), Ink(0x2f9e86), Ink(0x7a2460), Ink(0x6b7484), Ink(0xb5daf2),
    ]

    /// One hue from pale to dark, in even steps of lightness.
    private static let heat = [
        Ink(0xedf3fa), Ink(0xcfe0f2), Ink(0xaecbe8), Ink(0x86b0da), Ink(0x3d76b4), Ink(0x275f9f),
        Ink(0x123f7a),
    ]

    /// Class and colour as attributes of an element that is filled; made once where marks are many.
    var fill: String {
        switch self {
        case .series(let number): Self.seriesFills[min(number, Self.series.count - 1)]
        case .heat(let step): Self.heatFills[step]
        case .label: Self.labelFill
        default: written
        }
    }

    private var written: String { " class=\"\(cssClass)\" fill=\"\(ink.hex)\"" }
    private static let seriesFills = series.indices.map { Self.series($0).written }
    private static let heatFills = heat.indices.map { Self.heat($0).written }
    private static let labelFill = Self.label.written

    /// The class by which a page's style sheet finds the mark.
    var cssClass: String {
        switch self {
        case .title: "chart-title"
        case .label: "chart-label"
        case .grid: "chart-grid"
        case .baseline: "chart-baseline"
        case .comparison: "chart-comparison"
        case .series(let number): "chart-series-\(min(number, Self.series.count - 1) + 1)"
        case .heat(let step): "chart-heat-\(step + 1)"
        case .heatLabel(let step): step > 3 ? "chart-on-dark" : "chart-on-pale"
        }
    }
}
