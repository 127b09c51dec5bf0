/// A fingerprint of texts or bytes, so that a change shows.
///
/// Format: 128 bits of FNV-1a, as 32 hexadecimal digits. It tells texts apart that people write; it is no
/// protection against someone who seeks a collision.
public struct ContentHash: Sendable {
    // FNV-1a, 128 bits: http://www.isthe.com/chongo/tech/comp/fnv/
    private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    private static let prime: UInt128 = 1 << 88 | 0x13b

    /// Begins without a text.
    public init() {}

    /// Adds a piece of text; its end counts, so "ab" + "c" is not "a" + "bc".
    public mutating func add(_ text: String) {
        add(bytes: text.utf8)
        mix(0xff)
    }

    /// Adds bytes, whose end does not count.
    public mutating func add(bytes: some Sequence<UInt8>) {
        for byte in bytes { mix(byte) }
    }

    private mutating func mix(_ byte: UInt8) {
        state = (state ^ UInt128(byte)) &* Self.prime
    }

    /// The first digits, for names that have to be short.
    public var short: String { String(text.prefix(16)) }

    /// The digits.
    public var text: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }

    /// The hash of several texts.
    public static func of(_ texts: some Sequence<String>) -> String {
        var hash = ContentHash()
        for text in texts { hash.add(text) }
        return hash.text
    }
}
