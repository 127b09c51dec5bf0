/// Reading numbers and text out of received bytes. Every access is bounds-checked by `Span`.
extension Span<UInt8> {
    /// A 16-bit number in network order.
    @inline(__always)
    func bigEndian16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// A 32-bit number in network order.
    @inline(__always)
    func bigEndian32(at offset: Int) -> UInt32 {
        precondition(offset >= 0 && offset + 4 <= count, "read beyond the message")
        // Within bounds by the line above.
        return unsafe UInt32(
            bigEndian: self.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    /// A 64-bit number in network order.
    @inline(__always)
    func bigEndian64(at offset: Int) -> UInt64 {
        precondition(offset >= 0 && offset + 8 <= count, "read beyond the message")
        // Within bounds by the line above.
        return unsafe UInt64(
            bigEndian: self.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// UTF-8 text; the connection asks the server for UTF-8, which it guarantees.
    @inline(__always)
    func text(in range: Range<Int>) -> String {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "read beyond the message")
        return unsafe withUnsafeBufferPointer { buffer in
            unsafe String(
                decoding: UnsafeBufferPointer(rebasing: buffer[range]), as: UTF8.self)
        }
    }
}
