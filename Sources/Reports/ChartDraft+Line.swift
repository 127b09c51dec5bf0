import Vocabulary

extension ChartDraft {
    /// Lines over time: gaps where values are missing, the comparison quiet and dashed behind, the
    /// name and last value of each line at its end.
    mutating func drawLines(height: Double) {
        let scale = ChartScale(
            values: allValues, includesZero: false, unit: chart.unit, steps: height < 200 ? 3 : 5)
        let endLabels = lineEndLabels()
        let widestEnd = endLabels.map(\.width).max() ?? 0
        let left = max(axisWidth(scale), 18)
        let right = width - max(18, widestEnd > 0 ? widestEnd + 12 : 0)
        let count = chart.categories.count
        let band = count > 1 ? (right - left - 8) / Double(count - 1) : right - left
        let bottom = height - categoryHeight(band: band)
        let plotTop = top + 4
        func y(_ position: Double) -> Double { bottom - position * (bottom - plotTop) }
        let centers = (0..<count).map { index in
            count > 1 ? left + 4 + Double(index) * band : (left + right) / 2
        }
        drawGrid(scale, left: left, right: right, y)

        let order = roles.indices.sorted { roles[$0].depth < roles[$1].depth }
        let mains = roles.filter { $0 != .comparison }.count
        for index in order {
            let role = roles[index]
            let runs = Self.runs(chart.series[index].values, centers: centers) {
                y(scale.position($0))
            }
            if mains == 1, role != .comparison, scale.low <= 0 {
                for run in runs where run.count > 1 {
                    addArea(below: run, to: y(zero(scale)), role)
                }
            }
            for run in runs {
                if run.count == 1 {
                    marks.append(.disc(run[0], radius: 2.2, role))
                } else {
                    marks.append(
                        .polyline(
                            run, role, width: role == .comparison ? 1.6 : 2.4,
                            isDashed: role == .comparison))
                }
            }
            if role != .comparison, let last = runs.last?.last {
                marks.append(.disc(last, radius: 3.4, role))
            }
        }
        drawLineEnds(endLabels, right: right, top: plotTop, bottom: bottom) {
            y(scale.position($0))
        }
        drawCategories(centers: centers, band: band, y: bottom + 15)
        for (index, center) in centers.enumerated() {
            let from = max(left, center - band / 2)
            let shape = ChartScene.Rectangle(
                x: from, y: plotTop, width: min(right, center + band / 2) - from,
                height: bottom - plotTop)
            marks.append(.hint(shape, hint(index)))
        }
    }

    private func zero(_ scale: ChartScale) -> Double { scale.position(.zero) }

    private mutating func addArea(
        below run: [ChartScene.Point], to base: Double, _ role: ChartScene.Role
    ) {
        guard let first = run.first, let last = run.last else { return }
        let floor = [ChartScene.Point(x: last.x, y: base), ChartScene.Point(x: first.x, y: base)]
        marks.append(.area(run + floor, role))
    }

    /// The stretches of a line between its gaps.
    private static func runs(
        _ values: [ExactDecimal?], centers: [Double], _ y: (ExactDecimal) -> Double
    ) -> [[ChartScene.Point]] {
        var runs: [[ChartScene.Point]] = []
        var run: [ChartScene.Point] = []
        for (value, center) in zip(values, centers) {
            if let value {
                run.append(ChartScene.Point(x: center, y: y(value)))
            } else if !run.isEmpty {
                runs.append(run)
                run = []
            }
        }
        if !run.isEmpty { runs.append(run) }
        return runs
    }

    private struct EndLabel {
        let name: String
        let value: String
        let last: ExactDecimal
        let role: ChartScene.Role
        let width: Double
    }

    private func lineEndLabels() -> [EndLabel] {
        guard width >= 420, chart.series.count <= 5 else { return [] }
        return zip(chart.series, roles).compactMap { series, role in
            guard let last = series.values.last(where: { $0 != nil }) ?? nil else { return nil }
            let style = role == .comparison ? Self.labelStyle : Self.strongStyle
            let name =
                chart.series.count == 1
                ? "" : typesetter.shortened(series.label, style, to: width * 0.24)
            let value = locale.compact(last, unit: chart.unit)
            let wide = max(typesetter.width(name, style), typesetter.width(value, style))
            return EndLabel(name: name, value: value, last: last, role: role, width: wide)
        }
    }

    /// Writes the end labels, moved apart where lines end close to each other.
    private mutating func drawLineEnds(
        _ labels: [EndLabel], right: Double, top: Double, bottom: Double,
        _ y: (ExactDecimal) -> Double
    ) {
        // With few lines there is room for name and value below each other.
        let isTall = labels.count <= 3 && chart.series.count > 1
        let pitch = isTall ? 29.0 : 14.0
        var places = labels.map { (label: $0, y: y($0.last)) }.sorted { $0.y < $1.y }
        for index in places.indices.dropFirst() where places[index].y < places[index - 1].y + pitch
        {
            places[index].y = places[index - 1].y + pitch
        }
        // What was pushed below the plot moves everything above it up again.
        var limit = bottom - (isTall ? 8 : 0)
        for index in places.indices.reversed() where places[index].y > limit {
            places[index].y = limit
            limit -= pitch
        }
        for (entry, y) in places {
            let isQuiet = entry.role == .comparison
            let style = isQuiet ? Self.labelStyle : Self.strongStyle
            let role: ChartScene.Role = isQuiet ? .label : .title
            if entry.name.isEmpty {
                label(entry.value, x: right + 8, y: y + 3.6, style: style, role: role)
            } else if isTall {
                label(entry.name, x: right + 8, y: y - 1, style: style, role: role)
                label(entry.value, x: right + 8, y: y + 12, style: Self.labelStyle, role: role)
            } else {
                label(entry.name, x: right + 8, y: y + 3.6, style: style, role: role)
            }
        }
    }
}

extension ChartScene.Role {
    /// The order of drawing: comparisons behind, the first series in front.
    fileprivate var depth: Int {
        if case .series(let number) = self { return 100 - number }
        return 0
    }
}
