import CZlib

/// Bytes in gzip's format (RFC 1952), which every browser reads.
public enum Gzip {
    /// How hard zlib tries, of 9: a page becomes a tenth, in half a millisecond; at 9 it takes four
    /// times as long and is a fifth smaller.
    private static let level = Int32(3)
    /// zlib's largest window, with gzip's head and end around it.
    private static let window = Int32(15 + 16)
    /// Memory of zlib's choosing.
    private static let memory = Int32(8)

    /// The bytes packed; nil when there is no memory for it.
    public static func packed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = unsafe z_stream()
        let begun = unsafe deflateInit2_(
            &stream, level, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard begun == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        // So much is enough for any bytes, so that one call does all.
        let bound = unsafe Int(deflateBound(&stream, uLong(bytes.count)))
        var input = bytes
        let packed = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = uInt(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = uInt(bound)
                let isWhole = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = isWhole ? unsafe Int(stream.total_out) : 0
            }
        }
        return packed.isEmpty ? nil : packed
    }
}
