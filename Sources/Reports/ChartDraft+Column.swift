import Vocabulary

extension ChartDraft {
    /// Columns from zero, side by side within a category, the comparison narrow and grey.
    ///
    /// A single series whose values fit above its columns is labelled directly and needs no axis.
    mutating func drawColumns(height: Double) {
        let scale = ChartScale(
            values: allValues, includesZero: true, unit: chart.unit, steps: height < 200 ? 3 : 5)
        let count = Double(chart.categories.count)
        let labels = directLabels(band: width / count)
        let left = labels == nil ? axisWidth(scale) : 0
        let right = width
        let band = (right - left) / count
        let bottom = height - categoryHeight(band: band)
        let plotTop = top + (labels == nil ? 4 : 15)
        // Labels below negative columns need room as well.
        let plotBottom = bottom - (labels != nil && scale.low < 0 ? 14 : 0)
        // Without an axis the tallest column may reach the top.
        let (low, high) = labels == nil ? (scale.low, scale.high) : extent
        func y(_ value: Double) -> Double {
            plotBottom - (value - low) / (high - low) * (plotBottom - plotTop)
        }
        if labels == nil {
            drawGrid(scale, left: left, right: right) { y(low + $0 * (high - low)) }
        }

        let shares = roles.map { $0 == .comparison ? 0.6 : 1.0 }
        let inner = min(band * 0.74, 64 * shares.reduce(0, +))
        let unit = inner / shares.reduce(0, +)
        let zero = y(0)
        var centers: [Double] = []
        for index in chart.categories.indices {
            let center = left + (Double(index) + 0.5) * band
            centers.append(center)
            var x = center - inner / 2
            for (number, series) in chart.series.enumerated() {
                let wide = unit * shares[number]
                defer { x += wide }
                guard let value = series.values[index] else { continue }
                let end = y(value.approximate)
                let gap = min(1, wide * 0.1)
                rectangle(
                    x: x, y: min(zero, end), width: wide - gap, height: abs(zero - end),
                    roles[number])
                if let labels, let text = labels[index] {
                    label(
                        text, x: center, y: value < .zero ? end + 12 : end - 5, anchor: .middle,
                        role: .title)
                }
            }
        }
        rule(
            from: ChartScene.Point(x: left, y: zero), to: ChartScene.Point(x: right, y: zero),
            .baseline)
        drawCategories(centers: centers, band: band, y: bottom + 15)
        for (index, center) in centers.enumerated() {
            let shape = ChartScene.Rectangle(
                x: center - band / 2, y: plotTop, width: band, height: bottom - plotTop)
            marks.append(.hint(shape, hint(index)))
        }
    }

    private var extent: (Double, Double) {
        let values = allValues.map(\.approximate)
        let (low, high) = (min(0, values.min() ?? 0), max(0, values.max() ?? 0))
        return low == high ? (0, 1) : (low, high)
    }

    /// The values to write at the columns, or nil when they do not all fit.
    private func directLabels(band: Double) -> [String?]? {
        guard chart.series.count == 1, let series = chart.series.first else { return nil }
        let labels = series.values.map { $0.map { locale.compact($0, unit: chart.unit) } }
        let widest = labels.map { typesetter.width($0 ?? "", Self.labelStyle) }.max() ?? 0
        return widest + 6 <= band ? labels : nil
    }
}
