import Vocabulary

/// Codec 6, *dictionary text*: each different text once, and for each row which it is.
///
/// The payload is the list of the different texts in order of first appearance (`TextList` with
/// `entries` texts), and an encoded number chunk with the index of each row's text, missing where
/// the row is. The list makes up for its compression by itself: the payload is compressed when that
/// saves a tenth.
enum DictionaryTextCodec {
    // MARK: Encode

    /// Nil when more than half of the texts are different.
    static func encode(_ texts: [String?], in room: EncodingRoom) -> Chunk? {
        var order: [String] = []
        var indices: [ByteText: Int64] = [:]
        var codes: [Int64] = []
        codes.reserveCapacity(texts.count)
        var missing = 0
        for text in texts {
            guard let text else {
                missing += 1
                codes.append(NumberVector.missing)
                continue
            }
            if let known = indices[ByteText(text)] {
                codes.append(known)
            } else {
                if (order.count + 1) * 2 > texts.count { return nil }
                let code = Int64(order.count)
                indices[ByteText(text)] = code
                order.append(text)
                codes.append(code)
            }
        }
        var chunk = Chunk(codec: .dictionaryText, count: texts.count)
        chunk.missing = missing
        chunk.entries = order.count
        TextList.append(order, to: &chunk.payload)
        chunk.payload += NumberVector.encode(codes, in: room).encoded()
        ChunkLayer.compress(
            &chunk, elementBytes: 1, level: ChunkLayer.textLevel, keepingAtMost: 0.9, in: room)
        return chunk
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> TextVector.Body? {
        guard chunk.width == 0,
            let (list, end) = TextList.read(chunk.payload, at: 0, count: chunk.entries),
            let inner = Chunk(encoded: Array(chunk.payload[end...])), inner.count == chunk.count,
            inner.missing == chunk.missing, let codes = NumberVector(inner),
            inner.missing == inner.count
                || inner.least >= 0 && inner.greatest < Int64(chunk.entries)
        else { return nil }
        return .dictionary(list, codes: codes)
    }
}
