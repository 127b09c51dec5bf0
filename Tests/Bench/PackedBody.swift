import CZlib
import Foundation
import Vocabulary

/// Bytes in gzip's format, taken apart as a browser does.
enum PackedBody {
    private static let window = Int32(15 + 16)
    /// Bytes of the largest body.
    private static let limit = 16 << 20

    /// What was packed.
    ///
    /// - Throws: `Advice` of kind `damaged` when it is not whole.
    static func unpacked(_ packed: Data) throws -> Data {
        var stream = unsafe z_stream()
        let begun = unsafe inflateInit2_(
            &stream, window, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(begun == Z_OK, "there is memory for it")
        defer { unsafe inflateEnd(&stream) }
        var input = [UInt8](packed)
        var whole = Data()
        var isWhole = false
        try unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = uInt(input.count)
            var part = [UInt8](repeating: 0, count: 1 << 18)
            while !isWhole {
                let count = unsafe part.withUnsafeMutableBufferPointer { part in
                    unsafe stream.next_out = part.baseAddress
                    unsafe stream.avail_out = uInt(part.count)
                    isWhole = unsafe inflate(&stream, Z_NO_FLUSH) == Z_STREAM_END
                    return unsafe part.count - Int(stream.avail_out)
                }
                whole += part.prefix(count)
                guard isWhole || count > 0, whole.count <= limit else {
                    throw Advice(
                        .damaged, "a packed answer ends before its end", remedy: "look at it")
                }
            }
        }
        return whole
    }
}
