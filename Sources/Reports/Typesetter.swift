import CPangoCairo
import Vocabulary

/// Measures and draws single lines of text with pango, always in the same fonts.
///
/// One owner of one font map and one layout: pango objects are not to be shared between threads, so
/// each file being made has a typesetter of its own. Hinting is off and positions are not rounded,
/// so that a width is the same on screen, in a picture and in a PDF, and on every machine that has
/// the fonts.
@safe
final class Typesetter {
    private let map: UnsafeMutablePointer<PangoFontMap>
    private let context: OpaquePointer
    private let layout: OpaquePointer
    private let font: OpaquePointer
    private var chosen: TextStyle?
    private var widths: [TextStyle: [String: Double]] = [:]

    /// How many measured words are remembered for each style, so that a long table stays small.
    private static let rememberedWidths = 4096

    /// Opens the fonts.
    ///
    /// - Throws: `Advice` when Liberation Sans is not installed; another font would silently have
    ///   other widths.
    init() throws {
        unsafe map = pango_cairo_font_map_new()
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
        unsafe font = pango_font_description_from_string(TextStyle.family)
        try requireFont()
    }

    deinit {
        unsafe pango_font_description_free(font)
        unsafe g_object_unref(UnsafeMutableRawPointer(layout))
        unsafe g_object_unref(UnsafeMutableRawPointer(context))
        unsafe g_object_unref(UnsafeMutableRawPointer(map))
    }

    private func requireFont() throws {
        choose(TextStyle(10))
        guard let loaded = unsafe pango_font_map_load_font(map, context, font)
        else { throw Self.missingFont }
        let found = unsafe pango_font_describe(loaded)
        defer {
            unsafe pango_font_description_free(found)
            unsafe g_object_unref(UnsafeMutableRawPointer(loaded))
        }
        guard let family = unsafe pango_font_description_get_family(found),
            unsafe String(cString: family).hasPrefix("Liberation Sans")
        else { throw Self.missingFont }
    }

    private static let missingFont = Advice(
        .unknown, "the font Liberation Sans is not installed",
        remedy: "install package fonts-liberation2, and fonts-dejavu-core for other scripts")

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
        if let known = widths[style]?[text] { return known }
        prepare(text, style, limit: nil)
        let width = preparedWidth
        if widths[style, default: [:]].count >= Self.rememberedWidths { widths[style] = [:] }
        widths[style, default: [:]][text] = width
        return width
    }

    /// The text, cut with an ellipsis where it is wider than `limit`.
    func shortened(_ text: String, _ style: TextStyle, to limit: Double) -> String {
        if width(text, style) <= limit { return text }
        var (low, high) = (0, text.count)
        while low < high {
            let middle = (low + high + 1) / 2
            if width(text.prefix(middle) + "…", style) <= limit {
                low = middle
            } else {
                high = middle - 1
            }
        }
        var kept = text.prefix(low)
        while kept.last?.isWhitespace == true { kept.removeLast() }
        return kept + "…"
    }

    /// The text broken at spaces into lines no wider than `limit`, the last one shortened.
    func wrapped(_ text: String, _ style: TextStyle, to limit: Double, lines most: Int) -> [String]
    {
        var lines: [String] = []
        var line = ""
        var words = text.split(whereSeparator: { $0.isWhitespace && $0 != "\u{00A0}" })[...]
        while let word = words.first {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if width(longer, style) <= limit || line.isEmpty {
                line = longer
                words.removeFirst()
                continue
            }
            if lines.count == most - 1 { break }
            lines.append(line)
            line = ""
        }
        let rest = words.isEmpty ? line : line + " " + words.joined(separator: " ")
        lines.append(rest)
        return lines.map { shortened($0, style, to: limit) }
    }

    /// Draws a line of text on a cairo context, its baseline at `y`, cut with an ellipsis beyond
    /// `limit`.
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
        let shift =
            switch anchor {
            case .start: 0.0
            case .middle: width / 2
            case .end: width
            }
        unsafe cairo_move_to(cairo, x - shift, y)
        unsafe pango_cairo_show_layout_line(cairo, line)
    }
}
