import CPangoCairo
import CRsvg
import Vocabulary

/// A company's logo, ready to be drawn at any size.
///
/// Owns what cairo or librsvg made of its file. Drawings in SVG stay lines and surfaces, also in a
/// PDF; they are read from memory, so that nothing they refer to is fetched.
@safe
final class Picture {
    private let pixels: OpaquePointer?
    private let drawing: UnsafeMutablePointer<RsvgHandle>?
    /// Width divided by height.
    let aspect: Double

    /// Reads a logo.
    ///
    /// - Throws: `Advice` when the file is damaged or has no size.
    init(_ logo: CompanyBrand.Logo) throws {
        switch logo.format {
        case .png:
            let surface = unsafe Self.surface(of: logo.bytes)
            unsafe (pixels, drawing) = (surface, nil)
            let width = unsafe Double(cairo_image_surface_get_width(surface))
            let height = unsafe Double(cairo_image_surface_get_height(surface))
            aspect = height > 0 ? width / height : 0
        case .svg:
            let handle = unsafe logo.bytes.withUnsafeBufferPointer { bytes in
                unsafe rsvg_handle_new_from_data(bytes.baseAddress, UInt(bytes.count), nil)
            }
            unsafe (pixels, drawing) = (nil, handle)
            aspect = unsafe handle.map { unsafe Self.aspect(of: $0) } ?? 0
        }
        guard aspect > 0, aspect.isFinite else {
            throw Advice(
                .definition, "the logo cannot be drawn: its \(logo.format.rawValue) is damaged",
                remedy: "open the file with another program and save it again")
        }
    }

    deinit {
        if let pixels = unsafe pixels { unsafe cairo_surface_destroy(pixels) }
        if let drawing = unsafe drawing { unsafe g_object_unref(UnsafeMutableRawPointer(drawing)) }
    }

    /// Draws the picture with its upper left corner at a point.
    @unsafe
    func show(on cairo: OpaquePointer, x: Double, y: Double, width: Double) {
        let height = width / aspect
        if let drawing = unsafe drawing {
            var place = RsvgRectangle(x: x, y: y, width: width, height: height)
            unsafe rsvg_handle_render_document(drawing, cairo, &place, nil)
        } else if let pixels = unsafe pixels {
            let scale = unsafe width / Double(cairo_image_surface_get_width(pixels))
            unsafe cairo_save(cairo)
            unsafe cairo_translate(cairo, x, y)
            unsafe cairo_scale(cairo, scale, scale)
            unsafe cairo_set_source_surface(cairo, pixels, 0, 0)
            unsafe cairo_paint(cairo)
            unsafe cairo_restore(cairo)
        }
    }

    private static func aspect(of handle: UnsafeMutablePointer<RsvgHandle>) -> Double {
        var (width, height) = (0.0, 0.0)
        if unsafe rsvg_handle_get_intrinsic_size_in_pixels(handle, &width, &height) != 0 {
            return height > 0 ? width / height : 0
        }
        var (hasWidth, hasHeight, hasBox) = (gboolean(0), gboolean(0), gboolean(0))
        var (wide, high) = (RsvgLength(), RsvgLength())
        var box = RsvgRectangle()
        unsafe rsvg_handle_get_intrinsic_dimensions(
            handle, &hasWidth, &wide, &hasHeight, &high, &hasBox, &box)
        return hasBox != 0 && box.height > 0 ? box.width / box.height : 0
    }

    private static func surface(of bytes: [UInt8]) -> OpaquePointer? {
        let reader = ByteReader(bytes)
        return unsafe cairo_image_surface_create_from_png_stream(
            { context, room, count in
                guard let context = unsafe context, let room = unsafe room else {
                    return CAIRO_STATUS_READ_ERROR
                }
                let reader = unsafe Unmanaged<ByteReader>.fromOpaque(context).takeUnretainedValue()
                let target = unsafe UnsafeMutableBufferPointer(start: room, count: Int(count))
                return unsafe reader.read(into: target)
                    ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_READ_ERROR
            }, Unmanaged.passUnretained(reader).toOpaque())
    }
}

/// Bytes that cairo asks for piece by piece.
private final class ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    @unsafe
    func read(into room: UnsafeMutableBufferPointer<UInt8>) -> Bool {
        guard rest.count >= room.count else { return false }
        unsafe _ = room.update(fromContentsOf: rest.prefix(room.count))
        rest = rest.dropFirst(room.count)
        return true
    }
}
