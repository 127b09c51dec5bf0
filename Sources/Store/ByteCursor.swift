/// Reads numbers and texts from bytes, one after another; nil where the bytes do not hold them.
///
/// A varint has seven bits of a number per byte, the lowest first; the high bit of a byte tells that
/// another follows. A signed number n is stored as 2n, or as −2n − 1 where it is negative.
struct ByteCursor {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    var isAtEnd: Bool { offset == bytes.endIndex }
    /// Bytes that are left.
    var left: Int { bytes.endIndex - offset }

    mutating func byte() -> UInt8? {
        guard offset < bytes.endIndex else { return nil }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func varint() -> UInt64? {
        var value = UInt64(0)
        var shift = UInt64(0)
        while let byte = byte() {
            guard shift < 63 || byte <= 1 else { return nil }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// A varint that counts something or numbers it.
    mutating func number() -> Int? { varint().flatMap { Int(exactly: $0) } }

    mutating func word() -> UInt64? {
        guard left >= 8 else { return nil }
        defer { offset += 8 }
        return bytes[offset..<(offset + 8)].littleEndian64(at: 0)
    }

    mutating func text(length: Int) -> String? {
        guard length <= left else { return nil }
        defer { offset += length }
        return String(decoding: bytes[offset..<(offset + length)], as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a number as a varint (see `ByteCursor`).
    @inline(__always)
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }
}

extension OutputSpan<UInt8> {
    /// Appends a number as a varint (see `ByteCursor`).
    @inline(__always)
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }
}

extension Int64 {
    /// The number as an unsigned one that is small where this one is near 0.
    var folded: UInt64 { UInt64(bitPattern: self << 1 ^ self >> 63) }
}

extension UInt64 {
    /// The number that `folded` made this of.
    var unfolded: Int64 { Int64(bitPattern: self >> 1) ^ -Int64(bitPattern: self & 1) }
}
