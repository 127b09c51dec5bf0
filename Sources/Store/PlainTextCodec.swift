/// Codec 5, *plain text*: one text per row.
///
/// The payload is a list of texts (`TextList`) with one entry per row, empty where the row is
/// missing, followed by a bitmap of the missing rows (bit `row % 8` of byte `row / 8`) when there
/// are any. It is compressed when that saves a tenth.
enum PlainTextCodec {
    // MARK: Encode

    static func encode(_ texts: [String?], in room: EncodingRoom) -> Chunk {
        var chunk = Chunk(codec: .plainText, count: texts.count)
        chunk.missing = texts.count { $0 == nil }
        TextList.append(texts.map { $0 ?? "" }, to: &chunk.payload)
        if chunk.hasMissing {
            var bitmap = [UInt8](repeating: 0, count: (texts.count + 7) / 8)
            for (row, text) in texts.enumerated() where text == nil {
                bitmap[row / 8] |= 1 << UInt8(row % 8)
            }
            chunk.payload += bitmap
        }
        ChunkLayer.compress(
            &chunk, elementBytes: 1, level: ChunkLayer.textLevel, keepingAtMost: 0.9, in: room)
        return chunk
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> TextVector.Body? {
        guard chunk.width == 0, chunk.entries == 0,
            let (list, end) = TextList.read(chunk.payload, at: 0, count: chunk.count)
        else { return nil }
        let bitmap = Array(chunk.payload[end...])
        guard bitmap.count == (chunk.hasMissing ? (chunk.count + 7) / 8 : 0) else { return nil }
        return .plain(list, missing: bitmap)
    }
}
