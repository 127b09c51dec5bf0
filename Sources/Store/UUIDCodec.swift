/// Codec 7, *UUID*: 16 bytes per row, big-endian as UUIDs are written.
///
/// The payload is compressed, its planes put apart, when that saves a tenth: UUIDs of version 7
/// begin with their time.
enum UUIDCodec {
    // MARK: Encode

    static func encode(_ values: [UInt128], in room: EncodingRoom) -> Chunk {
        var chunk = Chunk(codec: .uuid, count: values.count)
        let bigEndian = values.map(\.bigEndian)
        chunk.payload = unsafe bigEndian.withUnsafeBytes { unsafe Array($0) }
        ChunkLayer.compress(
            &chunk, elementBytes: 16, level: ChunkLayer.codeLevel, keepingAtMost: 0.9, in: room)
        return chunk
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> [UInt128]? {
        guard chunk.payload.count == chunk.count * 16, chunk.width == 0, chunk.entries == 0,
            !chunk.hasMissing
        else { return nil }
        return unsafe chunk.payload.withUnsafeBytes { bytes in
            (0..<chunk.count).map { row in
                unsafe UInt128(
                    bigEndian: bytes.loadUnaligned(fromByteOffset: row * 16, as: UInt128.self))
            }
        }
    }
}
