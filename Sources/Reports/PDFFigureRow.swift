import Vocabulary

/// A row of headline figures, each on a panel with what it is compared with.
struct PDFFigureRow {
    let figures: [Figure]
    let locale: ReportLocale
    let zone: Zone

    private static let gap = 10.0
    private static let inset = 10.0
    private static let valueSize = 16.0
    private static let smallestValue = 11.0
    private static let change = TextStyle(7.5, bold: true)
    private static let previousSize = 7.5

    static func height(_ figures: [Figure]) -> Double {
        28 + Double(figures.map(\.values.count).max() ?? 1) * 33
    }

    /// How many panels stand side by side: as many as leave every figure whole.
    func perRow(width: Double, typesetter: Typesetter) -> Int {
        var count = min(max(figures.count, 1), width > 700 ? 5 : 4)
        while count > 1 {
            let room = (width - Self.gap * Double(count - 1)) / Double(count) - Self.inset * 2
            if neededWidth(typesetter) <= room { break }
            count -= 1
        }
        // Four panels where three would fit stand two by two, not three and one.
        let rows = (figures.count + count - 1) / count
        return max(1, (figures.count + rows - 1) / max(1, rows))
    }

    private func neededWidth(_ typesetter: Typesetter) -> Double {
        var needed = 0.0
        for figure in figures {
            for index in figure.values.indices {
                let style = TextStyle(Self.smallestValue, bold: true)
                needed = max(needed, typesetter.width(value(figure, index), style))
                guard let comparison = comparison(figure, index) else { continue }
                let line =
                    typesetter.width(comparison.change, Self.change) + 5
                    + typesetter.width(comparison.previous, TextStyle(Self.previousSize))
                needed = max(needed, line)
            }
        }
        return needed
    }

    func draw(on canvas: Canvas, x left: Double, y: Double, width: Double, perRow: Int) {
        let panel = (width - Self.gap * Double(perRow - 1)) / Double(perRow)
        let height = Self.height(figures)
        for (index, figure) in figures.enumerated() {
            let x = left + Double(index) * (panel + Self.gap)
            let room = panel - Self.inset * 2
            canvas.fill(x: x, y: y, width: panel, height: height, .panel, radius: 4)
            canvas.text(
                figure.label, x: x + Self.inset, y: y + 16, TextStyle(8.5), .muted, limit: room)
            for number in figure.values.indices {
                draw(
                    figure, number, on: canvas, x: x + Self.inset, y: y + 36 + Double(number) * 33,
                    width: room)
            }
        }
    }

    private func draw(
        _ figure: Figure, _ index: Int, on canvas: Canvas, x: Double, y: Double, width: Double
    ) {
        let text = value(figure, index)
        let style = canvas.largest(text, bold: true, from: Self.valueSize, to: 5, width: width)
        canvas.text(text, x: x, y: y, style, .text)
        guard let comparison = comparison(figure, index) else { return }
        canvas.text(comparison.change, x: x, y: y + 13, Self.change, figure.ink(at: index))
        let offset = canvas.width(comparison.change, Self.change) + 5
        let small = canvas.largest(
            comparison.previous, bold: false, from: Self.previousSize, to: 4,
            width: width - offset)
        canvas.text(comparison.previous, x: x + offset, y: y + 13, small, .muted)
    }

    private func value(_ figure: Figure, _ index: Int) -> String {
        locale.format(
            FootingCheck.printed(figure.values[index], kind: figure.kind), kind: figure.kind,
            zone: zone)
    }

    private func comparison(_ figure: Figure, _ index: Int) -> (change: String, previous: String)? {
        guard let previous = figure.knownPrevious(at: index) else { return nil }
        let before = locale.format(
            FootingCheck.printed(previous, kind: figure.kind), kind: figure.kind, zone: zone)
        let change = locale.change(figure.change.element(at: index) ?? .missing)
        return (change, "\(locale.word(.previous)) \(before)")
    }
}
