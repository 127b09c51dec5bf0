import Vocabulary

/// The rows that were erased, known only by a keyed hash of their identity.
///
/// The hash is SipHash-2-4 with 128 bits of output (Aumasson and Bernstein 2012) under a random key
/// of 16 bytes that is kept in the store (property `erasure_key`). Its message is the model's name,
/// the origin's name, each followed by U+001F, and the key's bytes as the delta stores them.
struct ErasedRows: Sendable {
    private(set) var hashes: Set<UInt128> = []
    private let key: (UInt64, UInt64)

    /// No rows, under a key of 16 bytes.
    init(key: [UInt8] = [UInt8](repeating: 0, count: 16)) {
        precondition(key.count == 16, "the key of the hash has 16 bytes")
        self.key = (key.littleEndian64(at: 0), key.littleEndian64(at: 8))
    }

    var isEmpty: Bool { hashes.isEmpty }

    func contains(model: String, origin: String, key: RowKey) -> Bool {
        !hashes.isEmpty && hashes.contains(hash(model: model, origin: origin, key: key))
    }

    mutating func insert(_ hash: UInt128) { hashes.insert(hash) }

    func hash(model: String, origin: String, key: RowKey) -> UInt128 {
        Self.sipHash(
            Array(model.utf8) + [0x1F] + Array(origin.utf8) + [0x1F] + key.bytes, key: self.key)
    }

    /// SipHash-2-4-128; the first eight bytes of its output are the low half.
    static func sipHash(_ message: [UInt8], key: (UInt64, UInt64)) -> UInt128 {
        var state = SipState(key: key)
        var offset = 0
        while offset + 8 <= message.count {
            state.absorb(message.littleEndian64(at: offset))
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: message.count) << 56
        for (index, byte) in message[offset...].enumerated() {
            last |= UInt64(byte) << UInt64(8 * index)
        }
        state.absorb(last)
        state.v2 ^= 0xEE
        for _ in 0..<4 { state.round() }
        let low = state.digest
        state.v1 ^= 0xDD
        for _ in 0..<4 { state.round() }
        return UInt128(state.digest) << 64 | UInt128(low)
    }
}

private struct SipState {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    init(key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736F_6D65_7073_6575
        v1 = key.1 ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        v2 = key.0 ^ 0x6C79_6765_6E65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    var digest: UInt64 { v0 ^ v1 ^ v2 ^ v3 }

    mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    mutating func round() {
        v0 &+= v1
        v1 = v1 << 13 | v1 >> 51
        v1 ^= v0
        v0 = v0 << 32 | v0 >> 32
        v2 &+= v3
        v3 = v3 << 16 | v3 >> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 << 21 | v3 >> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 << 17 | v1 >> 47
        v1 ^= v2
        v2 = v2 << 32 | v2 >> 32
    }
}

extension UInt128 {
    /// The 16 bytes, least first.
    var littleEndianBytes: [UInt8] {
        (0..<16).map { UInt8(truncatingIfNeeded: self >> UInt128($0 * 8)) }
    }
}
