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
    /// - Parameter id: A name unique on the page; title and summary are tied to the picture by it.
    /// - Returns: One `svg` element.
    public func svg(id: String) -> String {
        let name = SVGText.attribute(id)
        var out =
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" role=\"img\" "
            + "viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" "
            + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" "
            + "font-family=\"Liberation Sans, Arial, Helvetica, sans-serif\" "
        if summary.isEmpty {
            out += "aria-labelledby=\"\(name)-title\">"
            out += "<title id=\"\(name)-title\">\(SVGText.content(title))</title>"
        } else {
            out += "aria-labelledby=\"\(name)-title \(name)-desc\">"
            out += "<title id=\"\(name)-title\">\(SVGText.content(title))</title>"
            out += "<desc id=\"\(name)-desc\">\(SVGText.content(summary))</desc>"
        }
        for mark in marks { out += Self.element(mark) }
        return out + "</svg>"
    }

    private static func element(_ mark: Mark) -> String {
        switch mark {
        case .rectangle(let shape, let role):
            return "<rect class=\"\(role.cssClass)\" fill=\"\(role.ink.hex)\" \(box(shape))/>"
        case .polyline(let points, let role, let width, let isDashed):
            let dash = isDashed ? " stroke-dasharray=\"4 3\"" : " stroke-linecap=\"round\""
            return "<polyline class=\"chart-line \(role.cssClass)\" fill=\"none\" "
                + "stroke=\"\(role.ink.hex)\" stroke-width=\"\(number(width))\" "
                + "stroke-linejoin=\"round\"\(points.count > 2 || isDashed ? dash : "") "
                + "points=\"\(path(points))\"/>"
        case .area(let points, let role):
            return "<polygon class=\"chart-area \(role.cssClass)\" fill=\"\(role.ink.hex)\" "
                + "fill-opacity=\"\(number(ChartScene.areaOpacity))\" points=\"\(path(points))\"/>"
        case .disc(let center, let radius, let role):
            return "<circle class=\"\(role.cssClass)\" fill=\"\(role.ink.hex)\" "
                + "cx=\"\(number(center.x))\" cy=\"\(number(center.y))\" r=\"\(number(radius))\"/>"
        case .label(let label):
            let weight = label.isBold ? " font-weight=\"bold\"" : ""
            let anchor = label.anchor == .start ? "" : " text-anchor=\"\(label.anchor.rawValue)\""
            return "<text class=\"\(label.role.cssClass)\" fill=\"\(label.role.ink.hex)\" "
                + "x=\"\(number(label.at.x))\" y=\"\(number(label.at.y))\" "
                + "font-size=\"\(number(label.size))\"\(weight)\(anchor)>"
                + SVGText.content(label.text) + "</text>"
        case .hint(let shape, let text):
            return "<rect class=\"chart-hint\" fill=\"none\" pointer-events=\"all\" \(box(shape))>"
                + "<title>\(SVGText.content(text))</title></rect>"
        }
    }

    private static func box(_ shape: Rectangle) -> String {
        "x=\"\(number(shape.x))\" y=\"\(number(shape.y))\" "
            + "width=\"\(number(shape.width))\" height=\"\(number(shape.height))\""
    }

    private static func path(_ points: [Point]) -> String {
        points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    }

    /// A coordinate with two decimals at most: a hundredth of a point is not seen.
    private static func number(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
        let sign = hundredths < 0 ? "-" : ""
        if rest == 0 { return "\(sign)\(whole)" }
        let digits = rest % 10 == 0 ? "\(rest / 10)" : rest < 10 ? "0\(rest)" : "\(rest)"
        return "\(sign)\(whole).\(digits)"
    }
}

/// Text made safe for XML and HTML.
enum SVGText {
    /// Escapes text between tags; characters that XML does not know become U+FFFD.
    static func content(_ text: String) -> String { escaped(text) }

    /// Escapes text between double quotes.
    static func attribute(_ text: String) -> String { escaped(text) }

    private static func escaped(_ text: String) -> String {
        var out = ""
        out.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            case "\n", "\t", "\r": out.unicodeScalars.append(scalar)
            case "\0"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": out.unicodeScalars.append("\u{FFFD}")
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
