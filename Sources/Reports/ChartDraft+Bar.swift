import Vocabulary

extension ChartDraft {
    /// Bars from zero with their names at the left and their values at the end; the comparison is a
    /// thin bar below.
    ///
    /// - Returns: The height that the bars need.
    mutating func drawBars() -> Double {
        let names = locale.axisLabels(chart.categories).map(\.short)
        let widest = names.map { typesetter.width($0, Self.labelStyle) }.max() ?? 0
        let nameWidth = min(widest, width * 0.36)
        let thick = roles.map { $0 == .comparison ? 4.0 : mainThickness }
        let inner = thick.reduce(0, +) + Double(max(0, thick.count - 1)) * 1.5
        let pitch = max(inner + 9, 21)
        // Names stand beside the bars proper, not beside the thin ones of the comparison.
        let comparisons = roles.filter { $0 == .comparison }.count
        let mains = comparisons < roles.count ? inner - Double(comparisons) * 5.5 : inner

        let texts = chart.series.map { series in
            series.values.map { $0.map { locale.compact($0, unit: chart.unit) } ?? "" }
        }
        func room(_ test: (ExactDecimal) -> Bool) -> Double {
            var room = 0.0
            for (number, series) in chart.series.enumerated() where roles[number] != .comparison {
                for (value, text) in zip(series.values, texts[number]) {
                    guard let value, test(value) else { continue }
                    room = max(room, typesetter.width(text, Self.labelStyle) + 8)
                }
            }
            return room
        }
        let values = allValues.map(\.approximate)
        let (low, high) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
        let span = high > low ? high - low : 1
        let left = nameWidth + 10 + room { $0 < .zero }
        let right = width - room { $0 >= .zero }
        func x(_ value: Double) -> Double { left + (value - low) / span * (right - left) }

        let start = top + 2
        for index in chart.categories.indices {
            let row = start + Double(index) * pitch
            let name = typesetter.shortened(names[index], Self.labelStyle, to: nameWidth)
            label(
                name, x: nameWidth, y: row + (pitch - inner + mains) / 2 + 3.6,
                anchor: .end, role: .title)
            var y = row + (pitch - inner) / 2
            for (number, series) in chart.series.enumerated() {
                defer { y += thick[number] + 1.5 }
                guard let value = series.values[index] else { continue }
                let (from, to) = (x(min(0, value.approximate)), x(max(0, value.approximate)))
                rectangle(x: from, y: y, width: to - from, height: thick[number], roles[number])
                if roles[number] == .comparison { continue }
                let isNegative = value < .zero
                label(
                    texts[number][index], x: isNegative ? from - 6 : to + 6,
                    y: y + thick[number] / 2 + 3.6, anchor: isNegative ? .end : .start)
            }
            let shape = ChartScene.Rectangle(x: 0, y: row, width: width, height: pitch)
            marks.append(.hint(shape, hint(index)))
        }
        let end = start + Double(chart.categories.count) * pitch
        rule(
            from: ChartScene.Point(x: x(0), y: start), to: ChartScene.Point(x: x(0), y: end),
            .baseline)
        return end + 4
    }

    private var mainThickness: Double {
        roles.filter { $0 != .comparison }.count > 1 ? 10 : 14
    }
}
