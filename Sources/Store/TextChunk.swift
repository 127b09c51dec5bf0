import Vocabulary

/// Texts of a chunk: codecs *plain text* and *dictionary text*.
///
/// A list of texts is stored as `n + 1` offsets of four bytes and the UTF-8 of all texts one after
/// another. A plain chunk is such a list with one entry per row, followed by a bitmap of the missing
/// rows (bit `row % 8` of byte `row / 8`) when the chunk has any. A dictionary chunk holds the
/// number of different texts (4 bytes), their list in order of first appearance, and an encoded
/// number chunk with the index of each row's text, missing where the text is. The dictionary is
/// chosen when at most half of the texts are different.
struct TextVector: Sendable {
    private enum Body: Sendable {
        case plain(TextList, missing: [UInt8])
        case dictionary(TextList, codes: NumberVector)
        case constantMissing
    }

    let count: Int
    private let body: Body

    /// No row has a text.
    init(missing count: Int) {
        self.count = count
        body = .constantMissing
    }

    // MARK: Analyse and encode

    static func encode(_ texts: [String?]) -> Chunk {
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
                let code = Int64(order.count)
                indices[ByteText(text)] = code
                order.append(text)
                codes.append(code)
            }
        }
        let usesDictionary = order.count * 2 <= texts.count
        var chunk = Chunk(codec: usesDictionary ? .dictionaryText : .plainText, count: texts.count)
        chunk.missing = missing
        chunk.hasMissing = missing > 0
        if usesDictionary {
            chunk.payload.append(littleEndian: UInt32(order.count))
            TextList.append(order, to: &chunk.payload)
            chunk.payload += NumberVector.encode(codes).encoded()
        } else {
            TextList.append(texts.map { $0 ?? "" }, to: &chunk.payload)
            if missing > 0 {
                var bitmap = [UInt8](repeating: 0, count: (texts.count + 7) / 8)
                for (row, text) in texts.enumerated() where text == nil {
                    bitmap[row / 8] |= 1 << UInt8(row % 8)
                }
                chunk.payload += bitmap
            }
        }
        return chunk
    }

    // MARK: Decode

    /// Takes a checked chunk; nil when its payload is not what its header says.
    init?(_ chunk: Chunk) {
        count = chunk.count
        switch chunk.codec {
        case .plainText:
            guard let (list, end) = TextList.read(chunk.payload, at: 0, count: chunk.count) else {
                return nil
            }
            let bitmap = Array(chunk.payload[end...])
            guard bitmap.count == (chunk.hasMissing ? (chunk.count + 7) / 8 : 0) else { return nil }
            body = .plain(list, missing: bitmap)
        case .dictionaryText:
            guard chunk.payload.count >= 4 else { return nil }
            let size = Int(chunk.payload.littleEndian32(at: 0))
            guard let (list, end) = TextList.read(chunk.payload, at: 4, count: size),
                let inner = Chunk(encoded: Array(chunk.payload[end...])),
                inner.count == chunk.count, let codes = NumberVector(inner),
                inner.greatest < max(1, Int64(size))
            else { return nil }
            body = .dictionary(list, codes: codes)
        default: return nil
        }
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch body {
        case .plain(let list, let missing): list.memory + missing.count
        case .dictionary(let list, let codes): list.memory + codes.memory
        case .constantMissing: 16
        }
    }

    // MARK: Scan

    /// The text of one row; nil when it is missing.
    subscript(row: Int) -> String? {
        switch body {
        case .constantMissing: return nil
        case .plain(let list, let missing):
            if !missing.isEmpty, missing[row / 8] >> UInt8(row % 8) & 1 == 1 { return nil }
            return list[row]
        case .dictionary(let list, let codes):
            let code = codes[row]
            return code == NumberVector.missing ? nil : list[Int(code)]
        }
    }
}

/// Many texts in one piece of memory.
struct TextList: Sendable {
    private let offsets: [UInt32]
    private let bytes: [UInt8]

    var memory: Int { offsets.count * 4 + bytes.count }

    subscript(index: Int) -> String {
        String(decoding: bytes[Int(offsets[index])..<Int(offsets[index + 1])], as: UTF8.self)
    }

    static func append(_ texts: [String], to payload: inout [UInt8]) {
        var offset = UInt32(0)
        payload.append(littleEndian: offset)
        for text in texts {
            offset += UInt32(text.utf8.count)
            payload.append(littleEndian: offset)
        }
        for text in texts { payload += text.utf8 }
    }

    static func read(_ payload: [UInt8], at start: Int, count: Int) -> (TextList, end: Int)? {
        let bytesAt = start + (count + 1) * 4
        guard count >= 0, bytesAt <= payload.count else { return nil }
        var offsets: [UInt32] = []
        offsets.reserveCapacity(count + 1)
        var last = UInt32(0)
        for index in 0...count {
            let offset = payload.littleEndian32(at: start + index * 4)
            guard offset >= last else { return nil }
            last = offset
            offsets.append(offset)
        }
        let end = bytesAt + Int(last)
        guard end <= payload.count else { return nil }
        return (TextList(offsets: offsets, bytes: Array(payload[bytesAt..<end])), end)
    }
}
