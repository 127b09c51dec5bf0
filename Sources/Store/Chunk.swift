import Vocabulary

/// The envelope of an encoded column of a segment, format version 1.
///
/// All numbers are little-endian; `docs/FORMAT.md` describes the payload of each codec.
///
/// | offset | bytes | content |
/// |---|---|---|
/// | 0 | 4 | magic `RCH1` |
/// | 4 | 1 | codec |
/// | 5 | 1 | flags: bit 0, rows are missing; bit 1, the payload is compressed |
/// | 6 | 1 | width in bytes of the codes in memory: 1, 2, 4 or 8; 0 where there are none |
/// | 7 | 1 | of a compressed payload, bytes of an element whose planes were put apart; else 0 |
/// | 8 | 4 | number of rows |
/// | 12 | 4 | number of missing rows |
/// | 16 | 8 | base: the number of code 0, or of every row |
/// | 24 | 8 | step: what one code is more than the one before it |
/// | 32 | 8 | least number, not counting missing ones; 0 for texts and UUIDs |
/// | 40 | 8 | greatest number, likewise |
/// | 48 | 4 | entries: runs, restarts or texts, as the codec counts them; else 0 |
/// | 52 | 4 | bytes of the payload before compression |
/// | 56 | 4 | bytes of the payload as stored |
/// | 60 | 4 | CRC-32C of the chunk's place, bytes 0–59 and the payload as stored |
/// | 64 | … | payload |
///
/// Its place is the segment's id, the column's id and the part, 8 bytes each, so that a chunk which
/// stands in the place of another is found out. A chunk within another one's payload has none.
struct Chunk {
    /// Where a chunk belongs.
    struct Place {
        let segment: Int64
        let column: ChunkColumn

        fileprivate var checksum: UInt32 {
            var bytes: [UInt8] = []
            bytes.append(littleEndian: segment)
            bytes.append(littleEndian: Int64(column.id))
            bytes.append(littleEndian: Int64(column.part.rawValue))
            return Checksum.crc32c(bytes)
        }
    }

    enum Codec: UInt8, CaseIterable {
        case constant = 0
        case frame = 1
        case packed = 2
        case runs = 3
        case delta = 4
        case plainText = 5
        case dictionaryText = 6
        case uuid = 7
        case filter = 8
        case related = 9
    }

    /// How a payload was compressed.
    struct Layer {
        /// Bytes of an element whose planes were put apart first; 1 for none.
        var elementBytes: Int
        /// Bytes before compression.
        var rawBytes: Int
    }

    static let headerBytes = 64
    static let magic = Array("RCH1".utf8)
    /// No chunk has more rows; it keeps the memory that a damaged header could ask for small.
    static let mostRows = 1 << 24

    var codec: Codec
    var hasMissing: Bool { missing > 0 }
    var width = 0
    var count: Int
    var missing = 0
    var base = Int64(0)
    var step = Int64(1)
    var least = Int64(0)
    var greatest = Int64(0)
    var entries = 0
    /// The payload; compressed when `layer` says so, which it never does in a chunk that was read.
    var payload: [UInt8] = []
    var layer: Layer?

    init(codec: Codec, count: Int) {
        self.codec = codec
        self.count = count
    }

    /// The bytes as they are stored at a place.
    func encoded(at place: Place? = nil) -> [UInt8] {
        var bytes = Self.magic
        bytes.reserveCapacity(Self.headerBytes + payload.count)
        bytes += [codec.rawValue, (hasMissing ? 1 : 0) | (layer == nil ? 0 : 2), UInt8(width)]
        bytes.append(UInt8(layer?.elementBytes ?? 0))
        bytes.append(littleEndian: UInt32(count))
        bytes.append(littleEndian: UInt32(missing))
        bytes.append(littleEndian: UInt64(bitPattern: base))
        bytes.append(littleEndian: UInt64(bitPattern: step))
        bytes.append(littleEndian: UInt64(bitPattern: least))
        bytes.append(littleEndian: UInt64(bitPattern: greatest))
        bytes.append(littleEndian: UInt32(entries))
        bytes.append(littleEndian: UInt32(layer?.rawBytes ?? payload.count))
        bytes.append(littleEndian: UInt32(payload.count))
        let head = Checksum.crc32c(bytes, from: place?.checksum ?? 0)
        bytes.append(littleEndian: Checksum.crc32c(payload, from: head))
        bytes += payload
        return bytes
    }

    /// Reads stored bytes, having checked them; nil when they are not what was written.
    init?(encoded bytes: [UInt8], at place: Place? = nil) {
        guard let (chunk, end) = Self.read(bytes[...], at: place), end == bytes.count else {
            return nil
        }
        self = chunk
    }

    /// Reads the chunk that some bytes begin with, and where it ends.
    static func read(
        _ bytes: ArraySlice<UInt8>, at place: Place? = nil
    ) -> (Chunk, end: Int)? {
        let start = bytes.startIndex
        guard bytes.count >= headerBytes, bytes.starts(with: magic),
            let codec = Codec(rawValue: bytes[start + 4]), bytes[start + 5] <= 3,
            [0, 1, 2, 4, 8].contains(bytes[start + 6])
        else { return nil }
        let end = start + headerBytes + Int(bytes.littleEndian32(at: 56))
        guard end <= bytes.endIndex else { return nil }
        let head = Checksum.crc32c(bytes[start..<(start + 60)], from: place?.checksum ?? 0)
        let checksum = Checksum.crc32c(bytes[(start + headerBytes)..<end], from: head)
        guard checksum == bytes.littleEndian32(at: 60) else { return nil }
        var chunk = Chunk(codec: codec, count: Int(bytes.littleEndian32(at: 8)))
        chunk.width = Int(bytes[start + 6])
        chunk.missing = Int(bytes.littleEndian32(at: 12))
        chunk.base = Int64(bitPattern: bytes.littleEndian64(at: 16))
        chunk.step = Int64(bitPattern: bytes.littleEndian64(at: 24))
        chunk.least = Int64(bitPattern: bytes.littleEndian64(at: 32))
        chunk.greatest = Int64(bitPattern: bytes.littleEndian64(at: 40))
        chunk.entries = Int(bytes.littleEndian32(at: 48))
        let rawBytes = Int(bytes.littleEndian32(at: 52))
        guard chunk.count <= mostRows, chunk.missing <= chunk.count,
            chunk.hasMissing == (bytes[start + 5] & 1 == 1), chunk.least <= chunk.greatest,
            chunk.step >= 1
        else { return nil }
        let stored = bytes[(start + headerBytes)..<end]
        let elementBytes = Int(bytes[start + 7])
        if bytes[start + 5] & 2 == 0 {
            guard rawBytes == stored.count, elementBytes == 0 else { return nil }
            chunk.payload = Array(stored)
        } else {
            let layer = Layer(elementBytes: elementBytes, rawBytes: rawBytes)
            guard let payload = ChunkLayer.restored(stored, layer) else { return nil }
            chunk.payload = payload
        }
        return (chunk, end)
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

    func littleEndian32(at offset: Int) -> UInt32 { self[...].littleEndian32(at: offset) }

    func littleEndian64(at offset: Int) -> UInt64 { self[...].littleEndian64(at: offset) }
}

extension ArraySlice<UInt8> {
    /// The number at an offset from the beginning of the slice.
    func littleEndian32(at offset: Int) -> UInt32 {
        let place = startIndex + offset
        return UInt32(self[place]) | UInt32(self[place + 1]) << 8 | UInt32(self[place + 2]) << 16
            | UInt32(self[place + 3]) << 24
    }

    /// The number at an offset from the beginning of the slice.
    func littleEndian64(at offset: Int) -> UInt64 {
        UInt64(littleEndian32(at: offset)) | UInt64(littleEndian32(at: offset + 4)) << 32
    }
}
