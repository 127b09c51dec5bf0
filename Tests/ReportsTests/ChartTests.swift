import Counterparts
import Foundation
import Testing
import Vocabulary

@testable import Reports

@Suite("Charts") struct ChartTests {
    private func scene(_ chart: Chart, width: Double = 640, tag: String = "en") throws -> ChartScene
    {
        try ChartLayout(width: width, locale: ReportLocale(tag)).scene(of: chart)
    }

    private func labels(_ scene: ChartScene) -> [ChartScene.Label] {
        scene.marks.compactMap { mark in
            if case .label(let label) = mark { label } else { nil }
        }
    }

    @Test(
        "columns and bars stand on zero, also negative ones",
        arguments: [Samples.columns, Samples.bar])
    func zeroBaseline(chart: Chart) throws {
        let scene = try scene(chart)
        var baselines: [[ChartScene.Point]] = []
        var shapes: [ChartScene.Rectangle] = []
        for mark in scene.marks {
            if case .polyline(let points, .baseline, _, _) = mark { baselines.append(points) }
            // Swatches of the legend are 10 by 10 and stand above the plot.
            if case .rectangle(let shape, _) = mark, shape.height != 10 || shape.width != 10 {
                shapes.append(shape)
            }
        }
        let zero = try #require(baselines.last?.first)
        let known = chart.series.flatMap(\.values).filter { $0 != nil }.count
        #expect(shapes.count == known)
        for shape in shapes {
            let edges =
                chart.kind == .bar
                ? [shape.x - zero.x, shape.x + shape.width - zero.x]
                : [shape.y - zero.y, shape.y + shape.height - zero.y]
            #expect(edges.contains { abs($0) < 0.01 })
        }
    }

    @Test("lengths are in proportion to values")
    func proportion() throws {
        let scene = try scene(Samples.column)
        let heights = scene.marks.compactMap { mark in
            if case .rectangle(let shape, .series(0)) = mark { shape.height } else { nil }
        }
        let values = Samples.column.series[0].values.compactMap { $0?.approximate }
        #expect(heights.count == values.count)
        for (height, value) in zip(heights, values) {
            #expect(abs(height / heights[0] - value / values[0]) < 0.001)
        }
    }

    private func rectangles(
        _ scene: ChartScene, _ test: (ChartScene.Role) -> Bool
    ) -> [ChartScene.Rectangle] {
        scene.marks.compactMap { mark in
            // Swatches are 10 points high.
            if case .rectangle(let shape, let role) = mark, test(role), shape.height != 10 {
                shape
            } else {
                nil
            }
        }
    }

    @Test("the parts of a stack are as high as their values, and stand on each other")
    func stacks() throws {
        let scene = try scene(Samples.stacked)
        let base = try #require(
            scene.marks.compactMap { mark -> Double? in
                if case .polyline(let points, .baseline, _, _) = mark { points[0].y } else { nil }
            }.last)
        let parts = rectangles(scene) { if case .series = $0 { true } else { false } }
        let known = Samples.stacked.series.flatMap(\.values).compactMap { $0 }
        #expect(parts.count == known.filter { $0 != .zero }.count)
        for (_, column) in Dictionary(grouping: parts, by: \.x) {
            let sorted = column.sorted { $0.y > $1.y }
            var floor = base
            for part in sorted {
                #expect(abs(part.y + part.height - floor) < 0.01)
                // Up to a point of each part is the gap above it.
                floor = part.y - min(1, (floor - part.y) * 0.25)
            }
        }
        let labels = self.labels(scene).map(\.text)
        #expect(labels.contains("76.7K"))  // The whole of the first week.
        for series in Samples.stacked.series { #expect(labels.contains(series.label)) }
        // The week without values has neither a column nor a whole.
        #expect(labels.filter { $0.hasSuffix("K") && !$0.hasPrefix("0") }.count >= 8)
        #expect(Set(parts.map(\.x)).count == 8)
        let span = "Stacked column chart: Week 18, 2026 – Week 26, 2026."
        #expect(scene.summary == span + " Highest: Week 26, 2026, DKK\u{A0}93,600.00.")
    }

    @Test("what is negative hangs below zero")
    func negativeParts() throws {
        let scene = try scene(Samples.profits)
        let zero = try #require(
            scene.marks.compactMap { mark -> Double? in
                if case .polyline(let points, .baseline, _, _) = mark { points[0].y } else { nil }
            }.last)
        let parts = rectangles(scene) { if case .series = $0 { true } else { false } }
        #expect(parts.filter { abs($0.y - zero) < 0.01 }.count == 1)
        #expect(parts.allSatisfy { $0.y + $0.height < zero + 0.01 || abs($0.y - zero) < 0.01 })
    }

    @Test("a funnel has bars from zero, and says what went on")
    func funnels() throws {
        let scene = try scene(Samples.funnel)
        let bars = rectangles(scene) { $0 == .series(0) }
        let values = Samples.funnel.series[0].values.compactMap { $0?.approximate }
        #expect(bars.count == values.count && Set(bars.map(\.x)).count == 1)
        for (bar, value) in zip(bars, values) {
            #expect(abs(bar.width / bars[0].width - value / values[0]) < 0.001)
        }
        let texts = labels(scene).map(\.text)
        // 907 and 431 of 1204; 431 of 907.
        for text in ["1,204", "  75.3%", "  35.8%", "↓ 75.3%", "↓ 47.5%"] {
            #expect(texts.contains(text), "\(text) in \(texts)")
        }
        let empty = Chart(
            title: "T", kind: .funnel, unit: .count, categories: ["a", "b"],
            series: [.init(label: "S", values: [.zero, .zero])])
        #expect(!labels(try self.scene(empty)).contains { $0.text.contains("%") })
    }

    @Test("a field is the darker the higher, and blank where nothing is known")
    func fields() throws {
        for chart in [Samples.cohorts, Samples.hours] {
            let scene = try scene(chart, width: 860)
            var cells: [(y: Double, x: Double, step: Int)] = []
            for case .rectangle(let shape, .heat(let step)) in scene.marks
            where shape.height != 10 {
                cells.append((shape.y, shape.x, step))
            }
            cells.sort { ($0.y, $0.x) < ($1.y, $1.x) }
            let values = chart.series.flatMap(\.values).compactMap { $0 }
            try #require(cells.count == values.count)
            for (one, value) in zip(cells, values) {
                for (other, another) in zip(cells, values) where another > value {
                    #expect(other.step >= one.step)
                }
            }
            #expect(Set(cells.map(\.step)).count >= 4)
        }
        let summary = try scene(Samples.cohorts).summary
        #expect(summary.contains("Highest: January 2026, month 1, 62.0%"))
    }

    @Test("colours stay apart in grey, and for those who see less of them")
    func colours() throws {
        let css = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../Sources/reportd/Web/Assets/app.css"),
            encoding: .utf8)
        // On a light screen, on a dark one, and printed from a page.
        let themes = css.components(separatedBy: "--s1:").dropFirst().map { "--s1:" + $0 }
        #expect(themes.count == 3)
        func palette(_ text: String, _ letter: String, _ count: Int) throws -> [Colour] {
            try (1...count).map { number in
                let name = "--\(letter)\(number): #"
                let start = try #require(text.range(of: name)).upperBound
                return try #require(Colour(String(text[start...].prefix(6))))
            }
        }
        let svg = try scene(Samples.stacked).svg(id: "c")
        let inks = try (1...6).map { number in
            let name = "chart-series-\(number)\" fill=\"#"
            let start = try #require(svg.range(of: name)).upperBound
            return try #require(Colour(String(svg[start...].prefix(6))))
        }
        for series in try [inks] + themes.map({ try palette($0, "s", 6) }) {
            for (index, one) in series.enumerated() {
                for other in series[(index + 1)...] {
                    #expect(abs(one.lightness - other.lightness) >= 8, "\(one) \(other)")
                    for vision in Colour.visions {
                        #expect(
                            one.distance(to: other, seenBy: vision) >= 12, "\(one) \(other)")
                    }
                }
            }
        }
        for theme in themes {
            let fields = try palette(theme, "h", 7)
            let steps = zip(fields, fields.dropFirst()).map { $1.lightness - $0.lightness }
            #expect(steps.allSatisfy { $0 > 4 } || steps.allSatisfy { $0 < -4 })
            for (step, field) in fields.enumerated() {
                let name = step > 3 ? "--on-dark: #" : "--on-pale: #"
                let start = try #require(theme.range(of: name)).upperBound
                let code = String(theme[start...].prefix { $0.isHexDigit })
                let text = try #require(
                    Colour(code.count == 3 ? code.map { "\($0)\($0)" }.joined() : code))
                #expect(field.contrast(to: text) >= 4.5, "value on heat \(step + 1)")
            }
        }
    }

    @Test("a missing value is a gap in a line, not a zero")
    func gaps() throws {
        let lines = try scene(Samples.line).marks.compactMap { mark in
            if case .polyline(let points, .series(0), _, _) = mark { points.count } else { nil }
        }
        #expect(lines == [4, 7])
    }

    @Test("every label lies within the drawing", arguments: [240.0, 320, 480, 640, 960])
    func labelsFit(width: Double) throws {
        for chart in Samples.charts {
            let scene = try scene(chart, width: width)
            for label in labels(scene) {
                // Six tenths of the size is wider than any average of letters in this face.
                let length = Double(label.text.count) * label.size * 0.6
                let start =
                    switch label.anchor {
                    case .start: label.at.x
                    case .middle: label.at.x - length / 2
                    case .end: label.at.x - length
                    }
                #expect(start > -length * 0.35)
                #expect(start + length < width + length * 0.35)
                #expect(label.at.y > 0 && label.at.y < scene.height)
            }
        }
    }

    @Test("names along the axis are thinned out until none touches the next")
    func thinning() throws {
        let days = (0..<90).map { LocalDay("2026-01-01")!.adding(days: $0).description }
        let chart = Chart(
            title: "Daily", kind: .line, unit: .count, categories: days,
            series: [.init(label: "Sales", values: days.indices.map { ExactDecimal($0 % 7) })])
        let scene = try scene(chart)
        let names = labels(scene).filter { $0.anchor == .middle && $0.text.contains(" ") }
        #expect(names.count > 4 && names.count < 20)
        for (name, next) in zip(names, names.dropFirst()) {
            #expect(next.at.x - name.at.x > Double(name.text.count) * name.size * 0.45)
        }
    }

    @Test("SVG is well-formed, says what it shows, and holds real text")
    func svg() throws {
        let scratch = try Scratch()
        let nasty = Chart(
            title: "A <script>alert('x')</script> & \"more\"", kind: .bar, unit: .count,
            categories: ["<b>", "שלום"],
            series: [.init(label: "S", values: [ExactDecimal(3), ExactDecimal(2)])])
        let path = scratch.file("chart.svg")
        let svg = try scene(nasty).svg(id: "c1")
        try Data(svg.utf8).write(to: URL(fileURLWithPath: path))
        struct Answer: Decodable {
            let title: String
            let desc: String
            let texts: [String]
            let scripts: Int
            let hints: [String]
        }
        let answer: Answer = try Readers.python(
            """
            import xml.etree.ElementTree as E
            n = "{http://www.w3.org/2000/svg}"
            r = E.parse(sys.argv[1]).getroot()
            emit({"title": r.find(n + "title").text, "desc": r.find(n + "desc").text,
                  "texts": [t.text for t in r.iter(n + "text")],
                  "scripts": len(list(r.iter(n + "script"))),
                  "hints": [t.text for h in r.iter(n + "rect") for t in h.iter(n + "title")]})
            """, [path])
        #expect(answer.title == nasty.title)
        #expect(answer.desc == "Bar chart: <b> – שלום. Highest: <b>, 3.")
        #expect(answer.texts.contains("<b>") && answer.texts.contains("שלום"))
        #expect(answer.scripts == 0)
        #expect(answer.hints == ["<b>\n3", "שלום\n2"])
        #expect(svg.contains("class=\"chart-series-1\" fill=\"#1f5fa8\""))
        #expect(svg == (try scene(nasty).svg(id: "c1")))
    }

    @Test("a chart without values says so; one value, equal values and all-negative ones are drawn")
    func edges() throws {
        func chart(_ kind: Chart.Kind, _ values: [ExactDecimal?]) -> Chart {
            Chart(
                title: "T", kind: kind, unit: .money(Samples.eur),
                categories: values.indices.map { "c\($0)" },
                series: [.init(label: "S", values: values)])
        }
        for kind in Chart.Kind.allCases {
            for values in [[], [nil, nil]] as [[ExactDecimal?]] {
                let scene = try scene(chart(kind, values), tag: "nl")
                #expect(labels(scene).contains { $0.text == "Geen gegevens" })
            }
            for values in [[5], [7, 7], [-3, -9], [0, 0]] as [[Int]] {
                let scene = try scene(chart(kind, values.map { ExactDecimal($0) }))
                for mark in scene.marks {
                    guard case .rectangle(let shape, _) = mark else { continue }
                    #expect(shape.x.isFinite && shape.y.isFinite)
                    #expect(shape.width >= 0 && shape.height >= 0)
                }
            }
        }
    }

    @Test("pictures are PNG of the asked size and the same each time; a chart is a PDF as well")
    func pictures() throws {
        let scene = try scene(Samples.line)
        let png = try scene.png(scale: 2, margin: 10)
        #expect(png.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(Array(png[16..<20]) == [0, 0, 5, 40])  // (640 + 20) · 2 = 1320
        #expect(try scene.png(scale: 2, margin: 10) == png)
        let scratch = try Scratch()
        let path = scratch.file("chart.pdf")
        let made = try #require(Instant("2026-07-01T07:00:00Z"))
        try Data(scene.pdf(createdAt: made)).write(to: URL(fileURLWithPath: path))
        let text = try Readers.text("pdftotext", [path, "-"])
        #expect(text.contains("Revenue per month") && text.contains("1.19M"))
    }

    @Test("a PNG holds the very pixels, whatever each row has in common with the one above")
    func pixels() throws {
        let (width, height) = (5, 6)
        var colours: [UInt32] = []
        for row in [0, 0, 1, 2, 2, 0] {
            for x in 0..<width { colours.append(UInt32(row * 0x3a5c11 + x * x * 0x010203)) }
        }
        // What stands above the 24 bits of a colour is none of the picture.
        let file = colours.map { $0 | 0x7f00_0000 }.withUnsafeBytes {
            PNGFile.bytes(
                $0.baseAddress!, width: width, height: height, bytesPerRow: 4 * width)
        }
        let scratch = try Scratch()
        let path = scratch.file("pixels.png")
        try Data(file).write(to: URL(fileURLWithPath: path))
        let read: [[UInt32]] = try Readers.python(
            """
            import struct, zlib
            data = open(sys.argv[1], "rb").read()
            assert data[:8] == b"\\x89PNG\\r\\n\\x1a\\n"
            at, body, names = 8, b"", []
            while at < len(data):
                size, name = struct.unpack(">I4s", data[at:at + 8])
                content = data[at + 8:at + 8 + size]
                assert struct.unpack(">I", data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(name + content)
                names.append(name)
                if name == b"IHDR": width, height, *form = struct.unpack(">IIBBBBB", content)
                if name == b"IDAT": body += content
                at += size + 12
            assert names == [b"IHDR", b"IDAT", b"IEND"] and form == [8, 2, 0, 0, 0]
            body, above, rows, filters = zlib.decompress(body), bytes(3 * width), [], []
            for y in range(height):
                start = y * (3 * width + 1)
                filters.append(body[start])
                line = body[start + 1:start + 3 * width + 1]
                if body[start] == 2: line = bytes((a + b) % 256 for a, b in zip(line, above))
                rows.append([int.from_bytes(line[x:x + 3], "big") for x in range(0, 3 * width, 3)])
                above = line
            assert filters == [0, 2, 0, 0, 2, 0]
            emit(rows)
            """, [path])
        #expect(read.flatMap(\.self) == colours)
    }

    @Test("a sparkline is marks only, within its box, with gaps")
    func sparkline() throws {
        let values = Samples.decimals([1, 3, nil, 2, 5])
        let scene = Sparkline.scene(values, title: "Sales", width: 100, height: 20)
        let lines = scene.marks.compactMap { mark in
            if case .polyline(let points, _, _, _) = mark { points } else { nil }
        }
        #expect(lines.map(\.count) == [2, 2])
        #expect(lines.joined().allSatisfy { $0.x >= 0 && $0.x <= 100 && $0.y >= 0 && $0.y <= 20 })
        #expect(labels(scene).isEmpty)
    }
}
