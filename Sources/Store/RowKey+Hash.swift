import Vocabulary

extension RowKey {
    /// A hash that is the same in every process and version, because segments are indexed by it.
    ///
    /// Words are folded in with the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
    func stableHash(origin: Int) -> UInt64 {
        func mixed(_ word: UInt64) -> UInt64 {
            var value = word &+ 0x9E37_79B9_7F4A_7C15
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
        var hash = mixed(UInt64(origin))
        switch self {
        case .integer(let number): hash = mixed(hash ^ UInt64(bitPattern: number))
        case .uuid(let value):
            hash = mixed(hash ^ UInt64(truncatingIfNeeded: value))
            hash = mixed(hash ^ UInt64(truncatingIfNeeded: value >> 64))
        case .text(let text):
            var word = UInt64(0)
            var filled = 0
            for byte in text.utf8 {
                word = word << 8 | UInt64(byte)
                filled += 1
                if filled == 8 {
                    hash = mixed(hash ^ word)
                    (word, filled) = (0, 0)
                }
            }
            hash = mixed(hash ^ word ^ UInt64(text.utf8.count) << 56)
        }
        return hash
    }

    /// The key as bytes for the delta: the kind, then its content.
    var bytes: [UInt8] {
        switch self {
        case .integer(let number):
            var bytes: [UInt8] = [UInt8(ascii: "i")]
            bytes.append(littleEndian: UInt64(bitPattern: number))
            return bytes
        case .uuid(let value):
            var bytes: [UInt8] = [UInt8(ascii: "u")]
            bytes.append(littleEndian: UInt64(truncatingIfNeeded: value))
            bytes.append(littleEndian: UInt64(truncatingIfNeeded: value >> 64))
            return bytes
        case .text(let text): return [UInt8(ascii: "t")] + text.utf8
        }
    }

    /// Reads what `bytes` gave; nil for anything else.
    init?(bytes: [UInt8]) {
        switch bytes.first {
        case UInt8(ascii: "i") where bytes.count == 9:
            self = .integer(Int64(bitPattern: bytes.littleEndian64(at: 1)))
        case UInt8(ascii: "u") where bytes.count == 17:
            self = .uuid(
                UInt128(bytes.littleEndian64(at: 9)) << 64 | UInt128(bytes.littleEndian64(at: 1)))
        case UInt8(ascii: "t"): self = .text(String(decoding: bytes[1...], as: UTF8.self))
        default: return nil
        }
    }
}
