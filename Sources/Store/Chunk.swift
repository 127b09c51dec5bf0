import Vocabulary

/// The envelope of an encoded column of a segment, format version 1.
///
/// All numbers are little-endian.
///
/// | offset | bytes | content |
/// |---|---|---|
/// | 0 | 4 | magic `RCH1` |
/// | 4 | 1 | codec: 0 constant, 1 frame, 2 plain text, 3 dictionary text, 4 uuid |
/// | 5 | 1 | flags: bit 0, the chunk has missing values |
/// | 6 | 1 | width in bytes of a frame's codes: 1, 2, 4 or 8; else 0 |
/// | 7 | 1 | zero |
/// | 8 | 4 | number of rows |
/// | 12 | 4 | number of missing values |
/// | 16 | 8 | base (frame), value (constant), else 0 |
/// | 24 | 8 | least number, not counting missing ones; 0 for texts and uuids |
/// | 32 | 8 | greatest number, likewise |
/// | 40 | 4 | bytes of payload |
/// | 44 | 4 | CRC-32C of bytes 0–43 and the payload |
/// | 48 | … | payload, as its codec describes it |
struct Chunk {
    enum Codec: UInt8 {
        case constant = 0
        case frame = 1
        case plainText = 2
        case dictionaryText = 3
        case uuid = 4
    }

    static let headerBytes = 48
    static let magic = Array("RCH1".utf8)

    var codec: Codec
    var hasMissing = false
    var width = 0
    var count: Int
    var missing = 0
    var base = Int64(0)
    var least = Int64(0)
    var greatest = Int64(0)
    var payload: [UInt8] = []

    /// The bytes as they are stored.
    func encoded() -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerBytes + payload.count)
        bytes += [codec.rawValue, hasMissing ? 1 : 0, UInt8(width), 0]
        bytes.append(littleEndian: UInt32(count))
        bytes.append(littleEndian: UInt32(missing))
        bytes.append(littleEndian: UInt64(bitPattern: base))
        bytes.append(littleEndian: UInt64(bitPattern: least))
        bytes.append(littleEndian: UInt64(bitPattern: greatest))
        bytes.append(littleEndian: UInt32(payload.count))
        let checksum = Checksum.crc32c(payload, from: Checksum.crc32c(bytes))
        bytes.append(littleEndian: checksum)
        return bytes + payload
    }

    init(codec: Codec, count: Int) {
        self.codec = codec
        self.count = count
    }

    /// Reads stored bytes, having checked them; nil when they are not what was written.
    init?(encoded bytes: [UInt8]) {
        guard bytes.count >= Self.headerBytes, bytes.starts(with: Self.magic),
            let codec = Codec(rawValue: bytes[4]), bytes[7] == 0,
            [0, 1, 2, 4, 8].contains(bytes[6])
        else { return nil }
        self.init(codec: codec, count: Int(bytes.littleEndian32(at: 8)))
        hasMissing = bytes[5] & 1 == 1
        width = Int(bytes[6])
        missing = Int(bytes.littleEndian32(at: 12))
        base = Int64(bitPattern: bytes.littleEndian64(at: 16))
        least = Int64(bitPattern: bytes.littleEndian64(at: 24))
        greatest = Int64(bitPattern: bytes.littleEndian64(at: 32))
        guard bytes.count == Self.headerBytes + Int(bytes.littleEndian32(at: 40)) else {
            return nil
        }
        payload = Array(bytes[Self.headerBytes...])
        let checksum = Checksum.crc32c(payload, from: Checksum.crc32c(bytes[..<44]))
        guard checksum == bytes.littleEndian32(at: 44) else { return nil }
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        var rest = value.littleEndian
        for _ in 0..<(value.bitWidth / 8) {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    func littleEndian32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) | UInt32(self[offset + 1]) << 8 | UInt32(self[offset + 2]) << 16
            | UInt32(self[offset + 3]) << 24
    }

    func littleEndian64(at offset: Int) -> UInt64 {
        UInt64(littleEndian32(at: offset)) | UInt64(littleEndian32(at: offset + 4)) << 32
    }
}
