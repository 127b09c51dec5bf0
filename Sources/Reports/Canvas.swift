import CPangoCairo
import Vocabulary

/// Where a text is held: at its start, its middle or its end.
public enum TextAnchor: String, Sendable, Hashable {
    /// The point is where the text begins.
    case start
    /// The point is the middle of the text.
    case middle
    /// The point is where the text ends.
    case end
}

/// A drawing surface of cairo: the pages of a PDF or one picture.
///
/// Owns the surface and its context. Errors of cairo are sticky, so they are looked at once, in
/// `finish()`. Plain texts of one style and colour that follow each other are drawn together, for
/// cairo's cost is by the call; everything else that is drawn is preceded by what waits.
@safe
final class Canvas {
    private let surface: OpaquePointer
    private let context: OpaquePointer
    private let typesetter: Typesetter
    /// Where cairo writes a file that is kept in memory; it outlives the surface.
    private let collected: CollectedFile?
    private var waiting: [cairo_glyph_t] = []
    private var waitingStyle = TextStyle(0)
    private var waitingInk = Ink.text

    /// Begins a PDF file; the size is that of its first page, in points.
    init(pdfAt path: String, width: Double, height: Double, typesetter: Typesetter) {
        unsafe surface = cairo_pdf_surface_create(path, width, height)
        unsafe context = cairo_create(surface)
        self.typesetter = typesetter
        collected = nil
    }

    /// Begins a PDF that is kept in memory; the size is that of its first page, in points.
    init(pdfOf width: Double, _ height: Double, typesetter: Typesetter) {
        let collected = CollectedFile()
        unsafe surface = cairo_pdf_surface_create_for_stream(
            { context, bytes, count in
                guard let context = unsafe context, let bytes = unsafe bytes else {
                    return CAIRO_STATUS_WRITE_ERROR
                }
                let file = unsafe Unmanaged<CollectedFile>.fromOpaque(context).takeUnretainedValue()
                unsafe file.bytes.append(
                    contentsOf: UnsafeBufferPointer(start: bytes, count: Int(count)))
                return CAIRO_STATUS_SUCCESS
            }, Unmanaged.passUnretained(collected).toOpaque(), width, height)
        unsafe context = cairo_create(surface)
        self.typesetter = typesetter
        self.collected = collected
    }

    /// Begins a picture of that many points, drawn with `scale` pixels to the point.
    init(pictureOf width: Double, _ height: Double, scale: Double, typesetter: Typesetter) {
        unsafe surface = cairo_image_surface_create(
            CAIRO_FORMAT_RGB24, Int32((width * scale).rounded(.up)),
            Int32((height * scale).rounded(.up)))
        unsafe context = cairo_create(surface)
        unsafe cairo_scale(context, scale, scale)
        self.typesetter = typesetter
        collected = nil
    }

    deinit {
        unsafe cairo_destroy(context)
        unsafe cairo_surface_destroy(surface)
    }

    /// Sets a PDF's title, author, subject, creator and the time at which it says it was made.
    func describe(title: String, author: String, subject: String, createdAt: Instant) {
        // Without a fixed time cairo asks the clock, and no two files would be the same.
        let created = LocalTime(secondsSinceEpoch: createdAt.seconds).description + "Z"
        let entries: [(cairo_pdf_metadata_t, String)] = [
            (CAIRO_PDF_METADATA_TITLE, title), (CAIRO_PDF_METADATA_AUTHOR, author),
            (CAIRO_PDF_METADATA_SUBJECT, subject), (CAIRO_PDF_METADATA_CREATOR, "reportd"),
            (CAIRO_PDF_METADATA_CREATE_DATE, created), (CAIRO_PDF_METADATA_MOD_DATE, created),
        ]
        for (key, text) in entries { unsafe cairo_pdf_surface_set_metadata(surface, key, text) }
    }

    /// Adds an entry to a PDF's outline that leads to the top of a page.
    func addOutline(_ text: String, page: Int, y: Double) {
        unsafe cairo_pdf_surface_add_outline(
            surface, CAIRO_PDF_OUTLINE_ROOT, text, "page=\(page) pos=[0 \(Int(y))]",
            CAIRO_PDF_OUTLINE_FLAG_OPEN)
    }

    /// Ends the page and begins the next.
    func nextPage() {
        drawWaiting()
        unsafe cairo_show_page(context)
    }

    /// Moves the origin, draws at another scale, and moves it back.
    func shifted(byX x: Double, y: Double, scale: Double = 1, _ draw: () -> Void) {
        drawWaiting()
        unsafe cairo_save(context)
        unsafe cairo_translate(context, x, y)
        unsafe cairo_scale(context, scale, scale)
        draw()
        drawWaiting()
        unsafe cairo_restore(context)
    }

    /// Begins to draw in a colour, after what waits.
    private func use(_ ink: Ink, _ opacity: Double) {
        drawWaiting()
        unsafe cairo_set_source_rgba(context, ink.red, ink.green, ink.blue, opacity)
    }

    /// Fills a rectangle, with rounded corners where a radius is given.
    func fill(
        x: Double, y: Double, width: Double, height: Double, _ ink: Ink, radius: Double = 0
    ) {
        use(ink, 1)
        if radius > 0 {
            unsafe cairo_new_sub_path(context)
            unsafe cairo_arc(context, x + width - radius, y + radius, radius, -.pi / 2, 0)
            unsafe cairo_arc(context, x + width - radius, y + height - radius, radius, 0, .pi / 2)
            unsafe cairo_arc(context, x + radius, y + height - radius, radius, .pi / 2, .pi)
            unsafe cairo_arc(context, x + radius, y + radius, radius, .pi, .pi * 1.5)
            unsafe cairo_close_path(context)
        } else {
            unsafe cairo_rectangle(context, x, y, width, height)
        }
        unsafe cairo_fill(context)
    }

    /// Draws horizontal rules of one thickness at several heights.
    func rules(at heights: [Double], x: Double, width: Double, thickness: Double, _ ink: Ink) {
        if heights.isEmpty { return }
        use(ink, 1)
        unsafe cairo_new_path(context)
        for y in heights {
            unsafe cairo_move_to(context, x, y + thickness / 2)
            unsafe cairo_rel_line_to(context, width, 0)
        }
        unsafe cairo_set_line_width(context, thickness)
        unsafe cairo_stroke(context)
    }

    /// Fills the inside of a closed line.
    func fill(_ points: [ChartScene.Point], _ ink: Ink, opacity: Double) {
        use(ink, opacity)
        trace(points)
        unsafe cairo_close_path(context)
        unsafe cairo_fill(context)
    }

    /// Draws a line through points; `dash` is the length of its strokes and gaps.
    func stroke(_ points: [ChartScene.Point], _ ink: Ink, width: Double, dash: Double = 0) {
        use(ink, 1)
        trace(points)
        unsafe cairo_set_line_width(context, width)
        unsafe cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        if dash > 0 {
            let pattern = [dash, dash]
            unsafe cairo_set_dash(context, pattern, 2, 0)
        } else {
            unsafe cairo_set_line_cap(
                context, points.count > 2 ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
        }
        unsafe cairo_stroke(context)
        unsafe cairo_set_dash(context, [], 0, 0)
        unsafe cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT)
    }

    /// Fills a disc.
    func disc(_ center: ChartScene.Point, radius: Double, _ ink: Ink) {
        use(ink, 1)
        unsafe cairo_new_path(context)
        unsafe cairo_arc(context, center.x, center.y, radius, 0, .pi * 2)
        unsafe cairo_fill(context)
    }

    private func trace(_ points: [ChartScene.Point]) {
        unsafe cairo_new_path(context)
        for (index, point) in points.enumerated() {
            if index == 0 {
                unsafe cairo_move_to(context, point.x, point.y)
            } else {
                unsafe cairo_line_to(context, point.x, point.y)
            }
        }
    }

    /// Draws a line of text whose baseline is at `y`, cut with an ellipsis beyond `limit`.
    func text(
        _ text: String, x: Double, y: Double, _ style: TextStyle, _ ink: Ink,
        anchor: TextAnchor = .start, limit: Double? = nil
    ) {
        if text.isEmpty { return }
        if style != waitingStyle || ink != waitingInk {
            drawWaiting()
            (waitingStyle, waitingInk) = (style, ink)
        }
        let start = waiting.count
        if let width = typesetter.layPlain(text, style, into: &waiting) {
            if limit.map({ width <= $0 }) ?? true {
                let left = x - anchor.shift(of: width)
                for index in start..<waiting.count {
                    waiting[index].x += left
                    waiting[index].y = y
                }
                return
            }
            waiting.removeSubrange(start...)
        }
        use(ink, 1)
        unsafe typesetter.show(
            text, style, x: x, y: y, anchor: anchor, limit: limit, on: context)
        unsafe cairo_new_path(context)
    }

    /// Draws the plain texts that were put together.
    private func drawWaiting() {
        if waiting.isEmpty { return }
        let ink = waitingInk
        unsafe cairo_set_source_rgba(context, ink.red, ink.green, ink.blue, 1)
        unsafe typesetter.show(waiting, waitingStyle, on: context)
        waiting.removeAll(keepingCapacity: true)
    }

    /// Draws a picture with its upper left corner at a point.
    func picture(_ picture: Picture, x: Double, y: Double, width: Double) {
        drawWaiting()
        unsafe picture.show(on: context, x: x, y: y, width: width)
        unsafe cairo_new_path(context)
    }

    /// The text broken into lines, as the typesetter breaks it.
    func broken(_ text: String, _ style: TextStyle, to limit: Double, lines most: Int)
        -> BrokenText
    {
        typesetter.broken(text, style, to: limit, lines: most)
    }

    /// How wide a line of text is.
    func width(_ text: String, _ style: TextStyle) -> Double { typesetter.width(text, style) }

    /// The largest style between two sizes in which a text fits into a width.
    func largest(
        _ text: String, bold: Bool, from largest: Double, to smallest: Double, width: Double
    ) -> TextStyle {
        var size = largest
        while size > smallest, typesetter.width(text, TextStyle(size, bold: bold)) > width {
            size -= 0.5
        }
        return TextStyle(size, bold: bold)
    }

    /// Completes the surface.
    ///
    /// - Throws: `Advice` with cairo's words when anything drawn could not be written.
    func finish() throws {
        drawWaiting()
        unsafe cairo_surface_finish(surface)
        let status = unsafe cairo_surface_status(surface)
        guard status == CAIRO_STATUS_SUCCESS else { throw Self.advice(status) }
    }

    /// The file of a PDF that is kept in memory, once it is finished.
    var file: [UInt8] { collected?.bytes ?? [] }

    /// The picture as PNG.
    func png() throws -> [UInt8] {
        drawWaiting()
        unsafe cairo_surface_flush(surface)
        let status = unsafe cairo_surface_status(surface)
        guard status == CAIRO_STATUS_SUCCESS,
            let pixels = unsafe cairo_image_surface_get_data(surface)
        else { throw Self.advice(status) }
        return unsafe PNGFile.bytes(
            pixels, width: Int(cairo_image_surface_get_width(surface)),
            height: Int(cairo_image_surface_get_height(surface)),
            bytesPerRow: Int(cairo_image_surface_get_stride(surface)))
    }

    private static func advice(_ status: cairo_status_t) -> Advice {
        let words = unsafe String(cString: cairo_status_to_string(status))
        return Advice(
            .storage, "the drawing could not be written",
            remedy: "see that the disk has room and the folder can be written to",
            cause: "cairo: \(words)")
    }
}

/// The bytes of a file as cairo hands them over.
private final class CollectedFile {
    var bytes: [UInt8] = []
}
