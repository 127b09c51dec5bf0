public import Vocabulary

/// A line the size of a word: the shape of a figure over time, without axis or labels.
public enum Sparkline {
    /// Lays out a sparkline.
    ///
    /// - Parameters:
    ///   - values: One value per step; missing ones are gaps.
    ///   - comparison: The line it is compared with, drawn quietly behind; may be empty.
    ///   - title: What it shows, for readers who do not see it.
    ///   - width: Width in points.
    ///   - height: Height in points.
    /// - Returns: The marks; there is no text among them.
    public static func scene(
        _ values: [ExactDecimal?], comparison: [ExactDecimal?] = [], title: String,
        width: Double = 120, height: Double = 28
    ) -> ChartScene {
        let known = (values + comparison).compactMap { $0?.approximate }
        let (low, high) = (known.min() ?? 0, known.max() ?? 0)
        let inset = 3.0
        let steps = max(values.count, comparison.count, 2) - 1
        func point(_ index: Int, _ value: ExactDecimal) -> ChartScene.Point {
            let share = high > low ? (value.approximate - low) / (high - low) : 0.5
            return ChartScene.Point(
                x: inset + Double(index) / Double(steps) * (width - inset * 2),
                y: height - inset - share * (height - inset * 2))
        }
        var marks: [ChartScene.Mark] = []
        for (line, role) in [(comparison, ChartScene.Role.comparison), (values, .series(0))] {
            var run: [ChartScene.Point] = []
            func close() {
                if run.count == 1 { marks.append(.disc(run[0], radius: 1.2, role)) }
                if run.count > 1 {
                    marks.append(
                        .polyline(
                            run, role, width: role == .comparison ? 1 : 1.5, isDashed: false))
                }
                run = []
            }
            for (index, value) in line.enumerated() {
                if let value { run.append(point(index, value)) } else { close() }
            }
            close()
        }
        if let index = values.lastIndex(where: { $0 != nil }), let last = values[index] {
            marks.append(.disc(point(index, last), radius: 2.2, .series(0)))
        }
        return ChartScene(width: width, height: height, title: title, summary: "", marks: marks)
    }
}
