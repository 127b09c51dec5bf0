/// Codec 8, *filter*: which keys a segment may have, so that a look-up need not touch all segments.
///
/// A split-block Bloom filter as Apache Parquet defines it (Putze, Sanders, Singler, "Cache-, hash-
/// and space-efficient Bloom filters", 2009), over the keys' hashes (`RowKey.stableHash`). The
/// payload is `entries` blocks of eight words of four bytes; each key sets one bit in every word of
/// one block. With ten bits per key about one look-up in a hundred is let through for nothing.
struct KeyFilter: Sendable {
    private static let bitsPerKey = 10
    /// With so many bits per key about one look-up in a thousand is let through for nothing.
    static let generousBits = 16
    private static let blockBits = 256
    /// The multipliers of Parquet's specification.
    private static let salts: [8 of UInt32] = [
        0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d,
        0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31,
    ]

    private var words: [UInt32]

    // MARK: Analyse

    init(hashes: [UInt64]) {
        self.init(keys: hashes.count, bitsPerKey: Self.bitsPerKey)
        for hash in hashes { insert(hash) }
    }

    /// An empty filter with room for so many keys.
    init(keys: Int, bitsPerKey: Int) {
        let blocks = max(1, (keys * bitsPerKey + Self.blockBits - 1) / Self.blockBits)
        words = [UInt32](repeating: 0, count: blocks * 8)
    }

    mutating func insert(_ hash: UInt64) {
        let start = Self.block(of: hash, count: words.count / 8) * 8
        for place in 0..<8 { words[start + place] |= Self.bit(of: hash, place) }
    }

    // MARK: Encode

    func encode(rows: Int) -> Chunk {
        var chunk = Chunk(codec: .filter, count: rows)
        chunk.entries = words.count / 8
        chunk.payload.reserveCapacity(words.count * 4)
        for word in words { chunk.payload.append(littleEndian: word) }
        return chunk
    }

    // MARK: Decode

    /// Takes a checked chunk; nil when its payload is not what its header says.
    init?(_ chunk: Chunk) {
        guard chunk.codec == .filter, chunk.entries > 0, !chunk.hasMissing, chunk.width == 0,
            chunk.payload.count == chunk.entries * 32
        else { return nil }
        words = (0..<(chunk.entries * 8)).map { chunk.payload.littleEndian32(at: $0 * 4) }
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int { words.count * 4 + 64 }

    // MARK: Scan

    /// Whether a key with this hash may be there; false is certain.
    func mayContain(_ hash: UInt64) -> Bool {
        let start = Self.block(of: hash, count: words.count / 8) * 8
        for place in 0..<8 where words[start + place] & Self.bit(of: hash, place) == 0 {
            return false
        }
        return true
    }

    private static func block(of hash: UInt64, count: Int) -> Int {
        Int(((hash >> 32) * UInt64(count)) >> 32)
    }

    private static func bit(of hash: UInt64, _ place: Int) -> UInt32 {
        1 << ((UInt32(truncatingIfNeeded: hash) &* salts[place]) >> 27)
    }
}
