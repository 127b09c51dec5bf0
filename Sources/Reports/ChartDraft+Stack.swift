import Vocabulary

extension ChartDraft {
    /// Columns whose parts stand on each other, the first series at the bottom.
    ///
    /// What is negative hangs below zero. The series' names stand beside the last column, in the
    /// order of the parts.
    mutating func drawStacks(height: Double) {
        let sums = chart.categories.indices.map { index in
            let known = chart.series.compactMap { $0.values[index] }
            return (
                up: known.filter { $0 > .zero }.reduce(.zero, +),
                down: known.filter { $0 < .zero }.reduce(.zero, +),
                whole: known.isEmpty ? nil : known.reduce(.zero, +)
            )
        }
        let scale = ChartScale(
            values: sums.flatMap { [$0.up, $0.down] }, includesZero: true, unit: chart.unit,
            steps: height < 200 ? 3 : 5)
        let names = width >= 420 ? stackNames : []
        let nameWidth = (names.map { typesetter.width($0.name, Self.labelStyle) }.max() ?? 0) + 25
        let left = axisWidth(scale)
        let right = names.isEmpty ? width : width - nameWidth
        let band = (right - left) / Double(chart.categories.count)
        let bottom = height - categoryHeight(band: band)
        let wholes = sums.map { $0.whole.map { locale.compact($0, unit: chart.unit) } }
        let widest = wholes.map { typesetter.width($0 ?? "", Self.labelStyle) }.max() ?? 0
        // The whole is written above a column where nothing of it hangs below zero.
        let showsWholes = widest + 6 <= band && !sums.contains { $0.down < .zero }
        let plotTop = top + (showsWholes ? 15 : 4)
        func y(_ position: Double) -> Double { bottom - position * (bottom - plotTop) }
        drawGrid(scale, left: left, right: right, y)

        let thick = min(band * 0.68, 64)
        var centers: [Double] = []
        for index in chart.categories.indices {
            let center = left + (Double(index) + 0.5) * band
            centers.append(center)
            var (up, down) = (ExactDecimal.zero, ExactDecimal.zero)
            for (series, role) in zip(chart.series, roles) {
                guard let value = series.values[index], value != .zero else { continue }
                let start = value > .zero ? up : down
                let (from, to) = (y(scale.position(start)), y(scale.position(start + value)))
                // A pale line between two parts keeps them apart in grey as well.
                let gap = min(1, abs(from - to) * 0.2)
                rectangle(
                    x: center - thick / 2, y: min(from, to) + (value > .zero ? gap : 0),
                    width: thick, height: abs(from - to) - gap, role)
                if value > .zero { up = up + value } else { down = down + value }
            }
            if showsWholes, let whole = wholes[index] {
                label(
                    whole, x: center, y: y(scale.position(up)) - 5, anchor: .middle, role: .title)
            }
        }
        let zero = y(scale.position(.zero))
        rule(
            from: ChartScene.Point(x: left, y: zero), to: ChartScene.Point(x: right, y: zero),
            .baseline)
        for (number, entry) in names.enumerated() {
            let line = plotTop + 6 + Double(number) * 17
            rectangle(x: right + 10, y: line - 4, width: 10, height: 10, entry.role)
            label(entry.name, x: right + 25, y: line + 4.6, role: .title)
        }
        drawCategories(centers: centers, band: band, y: bottom + 15)
        for (index, center) in centers.enumerated() {
            let shape = ChartScene.Rectangle(
                x: center - band / 2, y: plotTop, width: band, height: bottom - plotTop)
            marks.append(.hint(shape, stackHint(index, wholes[index])))
        }
    }

    /// The names of the series from the top of a column down.
    private var stackNames: [(name: String, role: ChartScene.Role)] {
        zip(chart.series, roles).reversed().map { series, role in
            (typesetter.shortened(series.label, Self.labelStyle, to: width * 0.24), role)
        }
    }

    private func stackHint(_ index: Int, _ whole: String?) -> String {
        guard let whole, chart.series.count > 1 else { return hint(index) }
        return hint(index) + "\n\(locale.word(.total)): \(whole)"
    }
}
