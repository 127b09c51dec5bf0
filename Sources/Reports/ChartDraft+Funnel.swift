import Vocabulary

extension ChartDraft {
    /// Bars from zero, one below the other, each with its number and its share of the first; between
    /// two of them the share that went on, and a pale surface that narrows from one to the next.
    ///
    /// - Returns: The height that the bars need.
    mutating func drawFunnel() -> Double {
        guard let main = chart.series.first(where: { !$0.isComparison }) else { return top }
        let before = chart.series.first(where: \.isComparison)
        let names = chart.categories.map(locale.stepName)
        let widest = names.map { typesetter.width($0, Self.labelStyle) }.max() ?? 0
        let nameWidth = min(widest, width * 0.34)
        let first = main.values.first ?? nil
        let texts = main.values.enumerated().map { index, value -> (String, String) in
            guard let value else { return (locale.word(.noData), "") }
            let share = index > 0 ? first.flatMap { locale.share(value, of: $0) } : nil
            return (locale.full(value, unit: chart.unit), share.map { "  \($0)" } ?? "")
        }
        let room =
            texts.map {
                typesetter.width($0.0, Self.strongStyle) + typesetter.width($0.1, Self.labelStyle)
            }.max() ?? 0
        let left = nameWidth + 12
        let most = max(allValues.map(\.approximate).max() ?? 0, 0)
        let span = width - left - room - 12
        func length(_ value: ExactDecimal?) -> Double {
            guard let value, most > 0 else { return 0 }
            return max(0, value.approximate) / most * span
        }
        let lengths = main.values.map(length)
        let (thick, thin) = (20.0, before == nil ? 0 : 4.0)
        let gap = 18.0
        let pitch = thick + thin + gap
        for index in chart.categories.indices {
            let y = top + 2 + Double(index) * pitch
            let name = typesetter.shortened(names[index], Self.labelStyle, to: nameWidth)
            label(name, x: nameWidth, y: y + thick / 2 + 3.6, anchor: .end, role: .title)
            let end = left + lengths[index]
            if main.values[index] != nil {
                rectangle(x: left, y: y, width: end - left, height: thick, .series(0))
            }
            if let before, before.values[index] != nil {
                rectangle(
                    x: left, y: y + thick, width: length(before.values[index]), height: thin,
                    .comparison)
            }
            label(
                texts[index].0, x: end + 6, y: y + thick / 2 + 3.6, style: Self.strongStyle,
                role: .title)
            if !texts[index].1.isEmpty {
                label(
                    texts[index].1,
                    x: end + 6 + typesetter.width(texts[index].0, Self.strongStyle),
                    y: y + thick / 2 + 3.6)
            }
            drawPassage(from: index, main, lengths, left: left, y: y + thick + thin, gap: gap)
            let shape = ChartScene.Rectangle(x: 0, y: y, width: width, height: pitch)
            marks.append(.hint(shape, hint(index)))
        }
        let height = top + 2 + Double(chart.categories.count) * pitch - gap
        rule(
            from: ChartScene.Point(x: left, y: top + 2),
            to: ChartScene.Point(x: left, y: height), .baseline)
        return height + 4
    }

    /// What went on from one step to the next.
    private mutating func drawPassage(
        from index: Int, _ main: Chart.Series, _ lengths: [Double], left: Double, y: Double,
        gap: Double
    ) {
        guard index + 1 < chart.categories.count, let here = main.values[index],
            let next = main.values[index + 1]
        else { return }
        marks.append(
            .area(
                [
                    ChartScene.Point(x: left, y: y),
                    ChartScene.Point(x: left + lengths[index], y: y),
                    ChartScene.Point(x: left + lengths[index + 1], y: y + gap),
                    ChartScene.Point(x: left, y: y + gap),
                ], .series(0)))
        if let share = locale.share(next, of: here) {
            label("↓ \(share)", x: left + 6, y: y + gap / 2 + 3.8)
        }
    }
}
