import Vocabulary

extension ChartDraft {
    /// A row of cells per series, the darker the higher; what is missing stays blank.
    ///
    /// Values stand in their cells where all of them fit.
    ///
    /// - Returns: The height that the rows need.
    mutating func drawField() -> Double {
        let names = chart.series.map { locale.stepName($0.label) }
        let widest = names.map { typesetter.width($0, Self.labelStyle) }.max() ?? 0
        let nameWidth = min(widest, width * 0.3)
        let left = nameWidth + 10
        let band = (width - left) / Double(chart.categories.count)
        let pitch = 24.0
        let values = allValues.map(\.approximate)
        let (low, high) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
        func step(_ value: ExactDecimal) -> Int {
            guard high > low else { return 0 }
            let steps = ChartScene.Role.heatSteps
            let share = (value.approximate - low) / (high - low)
            return min(steps - 1, Int(share * Double(steps)))
        }
        let texts = chart.series.map { series in
            series.values.map { $0.map { locale.compact($0, unit: chart.unit) } ?? "" }
        }
        let longest = texts.joined().map { typesetter.width($0, Self.labelStyle) }.max() ?? 0
        let showsValues = longest + 6 <= band
        if !showsValues { drawFieldLegend(low: low, high: high) }

        let start = top + 2
        for (number, series) in chart.series.enumerated() {
            let y = start + Double(number) * pitch
            let name = typesetter.shortened(names[number], Self.labelStyle, to: nameWidth)
            label(name, x: nameWidth, y: y + pitch / 2 + 3.6, anchor: .end, role: .title)
            for (index, value) in series.values.enumerated() {
                guard let value else { continue }
                let x = left + Double(index) * band
                let heat = step(value)
                rectangle(x: x, y: y, width: band - 1.5, height: pitch - 1.5, .heat(heat))
                if showsValues {
                    label(
                        texts[number][index], x: x + (band - 1.5) / 2, y: y + pitch / 2 + 2.9,
                        anchor: .middle, role: .heatLabel(heat))
                }
                let column = locale.stepName(chart.categories[index])
                let shape = ChartScene.Rectangle(x: x, y: y, width: band, height: pitch)
                let full = locale.full(value, unit: chart.unit)
                marks.append(.hint(shape, "\(names[number]), \(column)\n\(full)"))
            }
        }
        let end = start + Double(chart.series.count) * pitch
        let centers = chart.categories.indices.map { left + (Double($0) + 0.5) * band }
        drawCategories(centers: centers, band: band, y: end + 13)
        return end + categoryHeight(band: band)
    }

    /// The colours from low to high, for a field whose cells are too small for their values.
    private mutating func drawFieldLegend(low: Double, high: Double) {
        let ends = [low, high].map { end -> String in
            let value = allValues.first { $0.approximate == end } ?? .zero
            return locale.compact(value, unit: chart.unit)
        }
        label(ends[0], x: 0, y: top + 11)
        var x = typesetter.width(ends[0], Self.labelStyle) + 6
        for step in 0..<ChartScene.Role.heatSteps {
            rectangle(x: x, y: top + 2.5, width: 16, height: 10, .heat(step))
            x += 16
        }
        label(ends[1], x: x + 6, y: top + 11)
        top += 22
    }
}
