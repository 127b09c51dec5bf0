extension ChartScene {
    /// The scene as an SVG element with real text, for a page or as a file of its own.
    ///
    /// Colours stand as presentation attributes, which any style sheet overrides and no content
    /// security policy blocks. A page styles (and darkens) the marks by their classes:
    /// `chart-series-1` … `chart-series-6`, `chart-comparison`, `chart-grid`, `chart-baseline`,
    /// `chart-label`, `chart-title`, `chart-heat-1` … `chart-heat-7` with `chart-on-pale` and
    /// `chart-on-dark` for the values on them; areas also carry `chart-area`, lines `chart-line`, so that
    /// `.chart-line.chart-series-1 { stroke: … }` and `.chart-area.chart-series-1 { fill: … }`
    /// differ. Text is measured in Liberation Sans; Arial and Helvetica are as wide.
    ///
    /// - Parameters:
    ///   - id: A name unique on the page; title and summary are tied to the picture by it.
    ///   - style: A class that the element has besides `chart`.
    /// - Returns: One `svg` element.
    public func svg(id: String, style: String? = nil) -> String {
        let name = MarkupText.escaped(id)
        var size = ("", "")
        Self.write(width, to: &size.0)
        Self.write(height, to: &size.1)
        let classes = style.map { "chart " + MarkupText.escaped($0) } ?? "chart"
        var out =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"\(classes)\" role=\"img\" "
            + "viewBox=\"0 0 \(size.0) \(size.1)\" width=\"\(size.0)\" height=\"\(size.1)\" "
            + "font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\" "
        if summary.isEmpty {
            out += "aria-labelledby=\"\(name)-title\">"
            out += "<title id=\"\(name)-title\">\(MarkupText.escaped(title))</title>"
        } else {
            out += "aria-labelledby=\"\(name)-title \(name)-desc\">"
            out += "<title id=\"\(name)-title\">\(MarkupText.escaped(title))</title>"
            out += "<desc id=\"\(name)-desc\">\(MarkupText.escaped(summary))</desc>"
        }
        for mark in marks { Self.write(mark, to: &out) }
        out += "</svg>"
        return out
    }

    /// Writes a mark piece by piece.
    ///
    /// A page has thousands of them, and putting texts together first costs more than they do. So an
    /// attribute is named as it stands before its value.
    private static func write(_ mark: Mark, to out: inout String) {
        func attribute(_ name: String, _ value: String) {
            out += name
            out += value
            out += "\""
        }
        func attribute(_ name: String, _ value: Double) {
            out += name
            write(value, to: &out)
            out += "\""
        }
        func box(_ shape: Rectangle) {
            attribute(" x=\"", shape.x)
            attribute(" y=\"", shape.y)
            attribute(" width=\"", shape.width)
            attribute(" height=\"", shape.height)
        }
        func points(_ points: [Point]) {
            out += " points=\""
            for (place, point) in points.enumerated() {
                if place > 0 { out += " " }
                write(point.x, to: &out)
                out += ","
                write(point.y, to: &out)
            }
            out += "\""
        }
        switch mark {
        case .rectangle(let shape, let role):
            out += "<rect"
            out += role.fill
            box(shape)
            out += "/>"
        case .polyline(let line, let role, let width, let isDashed):
            out += "<polyline"
            attribute(" class=\"", "chart-line " + role.cssClass)
            attribute(" fill=\"", "none")
            attribute(" stroke=\"", role.ink.hex)
            attribute(" stroke-width=\"", width)
            attribute(" stroke-linejoin=\"", "round")
            if isDashed {
                attribute(" stroke-dasharray=\"", "4 3")
            } else if line.count > 2 {
                attribute(" stroke-linecap=\"", "round")
            }
            points(line)
            out += "/>"
        case .area(let outline, let role):
            out += "<polygon"
            attribute(" class=\"", "chart-area " + role.cssClass)
            attribute(" fill=\"", role.ink.hex)
            attribute(" fill-opacity=\"", ChartScene.areaOpacity)
            points(outline)
            out += "/>"
        case .disc(let center, let radius, let role):
            out += "<circle"
            out += role.fill
            attribute(" cx=\"", center.x)
            attribute(" cy=\"", center.y)
            attribute(" r=\"", radius)
            out += "/>"
        case .label(let label):
            out += "<text"
            out += label.role.fill
            attribute(" x=\"", label.at.x)
            attribute(" y=\"", label.at.y)
            attribute(" font-size=\"", label.size)
            if label.isBold { attribute(" font-weight=\"", "bold") }
            if label.anchor != .start { attribute(" text-anchor=\"", label.anchor.rawValue) }
            out += ">"
            out += MarkupText.escaped(label.text)
            out += "</text>"
        case .hint(let shape, let text):
            out += "<rect class=\"chart-hint\" fill=\"none\" pointer-events=\"all\""
            box(shape)
            out += "><title>"
            out += MarkupText.escaped(text)
            out += "</title></rect>"
        }
    }

    /// A coordinate with two decimals at most: a hundredth of a point is not seen.
    private static func write(_ value: Double, to out: inout String) {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        if hundredths < 0 { out += "-" }
        out += String(whole)
        if rest == 0 { return }
        out += rest < 10 ? ".0" : "."
        out += String(rest % 10 == 0 ? rest / 10 : rest)
    }
}
