import CPangoCairo
import Vocabulary

/// Measures and draws single lines of text, always in the same fonts.
///
/// Plain text is set from `PlainGlyphs`, everything else by pango. One owner of one font map and one
/// layout: pango objects are not to be shared between threads, so each file being made has a
/// typesetter to itself (`lending`). Hinting is off and positions are not rounded, so that a width is the same
/// on screen, in a picture and in a PDF, and on every machine that has the fonts.
@safe
final class Typesetter {
    private let map: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    private let layout: OpaquePointer
    private let font: OpaquePointer
    private var chosen: TextStyle?
    private var fonts: [TextStyle: LoadedFont] = [:]
    private var widths: [TextStyle: [String: Double]] = [:]
    private var regular = PlainGlyphs()
    private var bold = PlainGlyphs()
    private var line: [cairo_glyph_t] = []
    private var shapes: [ShapeKey: PlainShape?] = [:]
    /// How many files it has set.
    private(set) var files = 0

    /// What pango was asked the shape of.
    private struct ShapeKey: Hashable {
        let first: Unicode.Scalar
        let second: Unicode.Scalar?
        let isBold: Bool
    }

    /// How many widths measured by pango are remembered for each style, so that a long table stays
    /// small.
    private static let rememberedWidths = 4096
    /// Plain glyphs are learnt at this size: pango counts in 1/1024 of a point.
    private static let learningSize = 100.0

    /// Opens the fonts.
    ///
    /// - Throws: `Advice` when Liberation Sans is not installed; another font would silently have
    ///   other widths.
    init() throws {
        unsafe map = pango_cairo_font_map_new()
        unsafe pango_font_map_choose_among(map, FontChoice.shared.config)
        unsafe context = pango_font_map_create_context(map)
        unsafe pango_context_set_round_glyph_positions(context, 0)
        let options = unsafe cairo_font_options_create()
        unsafe cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE)
        unsafe cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
        unsafe cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
        unsafe pango_cairo_context_set_font_options(context, options)
        unsafe cairo_font_options_destroy(options)
        unsafe layout = pango_layout_new(context)
        unsafe pango_layout_set_single_paragraph_mode(layout, 1)
        unsafe font = pango_font_description_from_string(
            TextStyle.families.joined(separator: ", "))
        guard unsafe Self.isOurs(try loadedFont(TextStyle(10)).font) else {
            throw Self.missingFont
        }
    }

    deinit {
        unsafe pango_font_description_free(font)
        unsafe g_object_unref(UnsafeMutableRawPointer(layout))
        unsafe g_object_unref(UnsafeMutableRawPointer(context))
        unsafe g_object_unref(UnsafeMutableRawPointer(map))
    }

    /// Whether a font is the face that all texts are set in, rather than one that stands in for it.
    private static func isOurs(_ font: UnsafeMutablePointer<PangoFont>) -> Bool {
        let found = unsafe pango_font_describe(font)
        defer { unsafe pango_font_description_free(found) }
        guard let family = unsafe pango_font_description_get_family(found) else { return false }
        return unsafe String(cString: family).hasPrefix("Liberation Sans")
    }

    private static let missingFont = Advice(
        .unknown, "the font Liberation Sans is not installed",
        remedy: "install package fonts-liberation2, and fonts-dejavu-core for other scripts")

    private func loadedFont(_ style: TextStyle) throws -> LoadedFont {
        if let known = fonts[style] { return known }
        choose(style)
        guard let font = unsafe pango_font_map_load_font(map, context, font) else {
            throw Self.missingFont
        }
        let loaded = unsafe LoadedFont(owning: font)
        fonts[style] = loaded
        return loaded
    }

    /// Sets the layout's font; it is kept from text to text, as each change drops pango's caches.
    private func choose(_ style: TextStyle) {
        if style == chosen { return }
        chosen = style
        let weight = style.isBold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL
        unsafe pango_font_description_set_absolute_size(font, style.size * Double(PANGO_SCALE))
        unsafe pango_font_description_set_weight(font, weight)
        unsafe pango_layout_set_font_description(layout, font)
    }

    /// The text on one line: a cell may hold line breaks, and C strings hold no NUL.
    private static func oneLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 || $0 == 127 }) else { return text }
        var clean = ""
        for scalar in text.unicodeScalars {
            clean.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? " " : scalar)
        }
        return clean
    }

    private func prepare(_ text: String, _ style: TextStyle, limit: Double?) {
        choose(style)
        let width = limit.map { Int32(max(0, $0) * Double(PANGO_SCALE)) } ?? -1
        unsafe pango_layout_set_width(layout, width)
        unsafe pango_layout_set_ellipsize(
            layout, limit == nil ? PANGO_ELLIPSIZE_NONE : PANGO_ELLIPSIZE_END)
        let line = Self.oneLine(text)
        unsafe pango_layout_set_text(layout, line, Int32(line.utf8.count))
    }

    private var preparedWidth: Double {
        var logical = PangoRectangle()
        unsafe pango_layout_get_extents(layout, nil, &logical)
        return Double(logical.width) / Double(PANGO_SCALE)
    }

    /// How wide a line of text is, in points.
    func width(_ text: String, _ style: TextStyle) -> Double {
        if text.isEmpty { return 0 }
        if let plain = plainWidth(text, style) { return plain }
        if let known = widths[style]?[text] { return known }
        prepare(text, style, limit: nil)
        let width = preparedWidth
        if widths[style, default: [:]].count >= Self.rememberedWidths { widths[style] = [:] }
        widths[style, default: [:]][text] = width
        return width
    }

    /// Whether a text is written from right to left, as its first letter tells.
    func runsFromRight(_ text: String) -> Bool {
        prepare(String(text.prefix(64)), TextStyle(10), limit: nil)
        return unsafe pango_layout_get_direction(layout, 0) == PANGO_DIRECTION_RTL
    }

    /// Draws a line of text with pango, its baseline at `y`, cut with an ellipsis beyond `limit`.
    @unsafe
    func show(
        _ text: String, _ style: TextStyle, x: Double, y: Double, anchor: TextAnchor,
        limit: Double?, on cairo: OpaquePointer
    ) {
        prepare(text, style, limit: nil)
        var width = anchor == .start && limit == nil ? 0 : preparedWidth
        if let limit, width > limit {
            prepare(text, style, limit: limit)
            width = preparedWidth
        }
        guard let line = unsafe pango_layout_get_line_readonly(layout, 0) else { return }
        unsafe cairo_move_to(cairo, x - anchor.shift(of: width), y)
        unsafe pango_cairo_show_layout_line(cairo, line)
    }

    // MARK: Plain text

    /// Forgets which letters the last file had: `PlainGlyphs` takes in a limited number, and which of
    /// a file's letters those are must not depend on other files.
    func beginAnew() {
        files += 1
        (regular, bold) = (PlainGlyphs(), PlainGlyphs())
    }

    /// How wide a line of plain text is, in points; nil when the text is pango's.
    func plainWidth(_ text: String, _ style: TextStyle) -> Double? {
        line.removeAll(keepingCapacity: true)
        return layPlain(text, style, into: &line)
    }

    /// Appends the glyphs of a plain text whose baseline begins at the origin.
    ///
    /// - Returns: Its width in points; nil, and nothing appended, when the text is pango's.
    func layPlain(
        _ text: String, _ style: TextStyle, into line: inout [cairo_glyph_t]
    ) -> Double? {
        let start = line.count
        while true {
            let reading =
                style.isBold
                ? bold.lay(text, size: style.size, into: &line)
                : regular.lay(text, size: style.size, into: &line)
            if case .width(let width) = reading { return width }
            line.removeSubrange(start...)
            switch reading {
            case .unknown(let scalar):
                let shape = shape(of: scalar, isBold: style.isBold)
                if style.isBold { bold.learn(scalar, shape) } else { regular.learn(scalar, shape) }
            case .unknownPair(let first, let second):
                let shape = shape(of: first, second, isBold: style.isBold)
                if style.isBold {
                    bold.learn(first, second, shape)
                } else {
                    regular.learn(first, second, shape)
                }
            case .complex, .width: return nil
            }
        }
    }

    private func shape(
        of first: Unicode.Scalar, _ second: Unicode.Scalar? = nil, isBold: Bool
    ) -> PlainShape? {
        let key = ShapeKey(first: first, second: second, isBold: isBold)
        if let known = shapes[key] { return known }
        let shape = shape([first] + (second.map { [$0] } ?? []), isBold: isBold)
        shapes[key] = .some(shape)
        return shape
    }

    /// What pango makes of a few characters; nil when other faces have to help, or when there is
    /// not one glyph per character.
    private func shape(_ scalars: [Unicode.Scalar], isBold: Bool) -> PlainShape? {
        var text = ""
        // A no-break space is set as a space: it looks the same, and whoever searches finds it.
        text.unicodeScalars.append(contentsOf: scalars.map { $0 == "\u{A0}" ? " " : $0 })
        prepare(text, TextStyle(Self.learningSize, bold: isBold), limit: nil)
        guard let line = unsafe pango_layout_get_line_readonly(layout, 0),
            let runs = unsafe line.pointee.runs, unsafe runs.pointee.next == nil,
            let data = unsafe runs.pointee.data
        else { return nil }
        let run = unsafe data.assumingMemoryBound(to: PangoGlyphItem.self)
        guard let item = unsafe run.pointee.item, let font = unsafe item.pointee.analysis.font,
            let glyphs = unsafe run.pointee.glyphs, unsafe Self.isOurs(font),
            unsafe Int(glyphs.pointee.num_glyphs) == scalars.count
        else { return nil }
        var indices: [UInt] = []
        for place in scalars.indices {
            let glyph = unsafe glyphs.pointee.glyphs[place].glyph
            // Pango marks what no font has a glyph for.
            if glyph & 0x1000_0000 != 0 { return nil }
            indices.append(UInt(glyph))
        }
        return PlainShape(glyphs: indices, width: preparedWidth / Self.learningSize)
    }

    /// Draws glyphs that `layPlain` has made, at their places.
    @unsafe
    func show(_ glyphs: [cairo_glyph_t], _ style: TextStyle, on cairo: OpaquePointer) {
        // The face was found when the typesetter was made; another size of it cannot be missing.
        guard let loaded = try? loadedFont(style) else { return }
        unsafe cairo_set_scaled_font(
            cairo, pango_cairo_font_get_scaled_font(OpaquePointer(loaded.font)))
        unsafe cairo_show_glyphs(cairo, glyphs, Int32(glyphs.count))
    }
}

/// A font of one size that pango has opened.
@safe
private final class LoadedFont {
    let font: UnsafeMutablePointer<PangoFont>

    init(owning font: UnsafeMutablePointer<PangoFont>) { unsafe self.font = font }

    deinit { unsafe g_object_unref(UnsafeMutableRawPointer(font)) }
}

extension TextAnchor {
    /// How far left of its point a text of some width begins.
    func shift(of width: Double) -> Double {
        switch self {
        case .start: 0
        case .middle: width / 2
        case .end: width
        }
    }
}
