import CZlib
import Glibc

/// Writes a picture as PNG (ISO/IEC 15948): true colour, eight bits a channel.
///
/// A row of a chart is mostly the one above it. Such a row is written as what differs from that one,
/// which is nothing but zeros, and every other row as it is: trying all five filters on each row, as
/// libpng does, takes three times as long for a file that is larger.
enum PNGFile {
    /// How hard zlib tries; more costs much and gains little.
    private static let effort = Int32(6)

    /// The file of a picture whose pixels have 32 bits, 0x00RRGGBB each.
    @unsafe
    static func bytes(
        _ pixels: UnsafeRawPointer, width: Int, height: Int, bytesPerRow: Int
    ) -> [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        append("IHDR", number(width) + number(height) + [8, 2, 0, 0, 0], to: &file)
        let rows = unsafe rows(pixels, width, height, bytesPerRow)
        append("IDAT", compressed(rows), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// The rows, each with the filter that it is written with before it.
    @unsafe
    private static func rows(
        _ pixels: UnsafeRawPointer, _ width: Int, _ height: Int, _ bytesPerRow: Int
    ) -> [UInt8] {
        let length = 1 + 3 * width
        return unsafe [UInt8](unsafeUninitializedCapacity: length * height) { room, count in
            for y in 0..<height {
                let source = unsafe pixels + y * bytesPerRow
                let row = unsafe UnsafeMutableBufferPointer(
                    rebasing: room[y * length..<(y + 1) * length])
                unsafe row.initialize(repeating: 0)
                if y > 0, unsafe memcmp(source, source - bytesPerRow, 4 * width) == 0 {
                    unsafe row[0] = Filter.up.rawValue
                    continue
                }
                let colours = unsafe source.assumingMemoryBound(to: UInt32.self)
                for x in 0..<width {
                    let colour = unsafe colours[x]
                    unsafe row[3 * x + 1] = UInt8(truncatingIfNeeded: colour >> 16)
                    unsafe row[3 * x + 2] = UInt8(truncatingIfNeeded: colour >> 8)
                    unsafe row[3 * x + 3] = UInt8(truncatingIfNeeded: colour)
                }
            }
            count = length * height
        }
    }

    private enum Filter: UInt8 {
        /// As it is; what a row has that says nothing else.
        case none = 0
        /// What differs from the row above.
        case up = 2
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8] {
        let most = Int(compressBound(UInt(bytes.count)))
        return unsafe [UInt8](unsafeUninitializedCapacity: most) { room, count in
            var length = UInt(most)
            let status = unsafe compress2(
                room.baseAddress, &length, bytes, UInt(bytes.count), effort)
            precondition(status == Z_OK, "zlib has no room for a picture")
            count = Int(length)
        }
    }

    private static func append(_ type: String, _ content: [UInt8], to file: inout [UInt8]) {
        let body = Array(type.utf8) + content
        file += number(content.count) + body
        file += number(Int(unsafe crc32(0, body, UInt32(body.count))))
    }

    private static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
