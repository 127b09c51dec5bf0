/// Row keys of a chunk, and their hash.
///
/// Keys that are all integers are stored as numbers, keys that are all UUIDs as 16 bytes each
/// (codec *uuid*, big-endian, as they are written), and any other mix as texts that begin with the
/// key's kind: `i`, `u` or `t`.
struct KeyVector: Sendable {
    private enum Body: Sendable {
        case integers(NumberVector)
        case uuids([UInt128])
        case texts(TextVector)
    }

    let count: Int
    private let body: Body

    // MARK: Analyse and encode

    static func encode(_ keys: [RowKey]) -> Chunk {
        var integers: [Int64] = []
        var uuids = 0
        for key in keys {
            switch key {
            case .integer(let number): integers.append(number)
            case .uuid: uuids += 1
            case .text: break
            }
        }
        // Int64.min stands for a missing number, so a key of that value is kept as text.
        if integers.count == keys.count, !integers.contains(NumberVector.missing) {
            return NumberVector.encode(integers)
        }
        guard uuids == keys.count else { return TextVector.encode(keys.map(tagged)) }
        var chunk = Chunk(codec: .uuid, count: keys.count)
        chunk.payload.reserveCapacity(keys.count * 16)
        for case .uuid(let value) in keys {
            for shift in stride(from: 120, through: 0, by: -8) {
                chunk.payload.append(UInt8(truncatingIfNeeded: value >> UInt128(shift)))
            }
        }
        return chunk
    }

    // MARK: Decode

    /// Takes a checked chunk; nil when its payload is not what its header says.
    init?(_ chunk: Chunk) {
        count = chunk.count
        switch chunk.codec {
        case .uuid:
            guard chunk.payload.count == chunk.count * 16 else { return nil }
            body = .uuids(
                (0..<chunk.count).map { row in
                    let high = chunk.payload.littleEndian64(at: row * 16).byteSwapped
                    let low = chunk.payload.littleEndian64(at: row * 16 + 8).byteSwapped
                    return UInt128(high) << 64 | UInt128(low)
                })
        case .plainText, .dictionaryText:
            guard let texts = TextVector(chunk) else { return nil }
            body = .texts(texts)
        case .constant, .frame:
            guard let numbers = NumberVector(chunk) else { return nil }
            body = .integers(numbers)
        }
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch body {
        case .integers(let numbers): numbers.memory
        case .uuids(let values): values.count * 16
        case .texts(let texts): texts.memory
        }
    }

    // MARK: Scan

    /// The key of one row.
    subscript(row: Int) -> RowKey {
        switch body {
        case .integers(let numbers): return .integer(numbers[row])
        case .uuids(let values): return .uuid(values[row])
        case .texts(let texts): return Self.untagged(texts[row] ?? "t")
        }
    }

    private static func tagged(_ key: RowKey) -> String? {
        switch key {
        case .integer(let number): "i\(number)"
        case .uuid: "u\(key)"
        case .text(let text): "t\(text)"
        }
    }

    private static func untagged(_ text: String) -> RowKey {
        let rest = text.dropFirst()
        if text.hasPrefix("i"), let number = Int64(rest) { return .integer(number) }
        if text.hasPrefix("u"), let key = RowKey(uuid: rest) { return key }
        return .text(String(rest))
    }
}

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
