import Vocabulary

/// Texts of a chunk, as they lie in memory: one by one, or as codes of a dictionary.
struct TextVector: Sendable {
    enum Body: Sendable {
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

    /// Takes a checked chunk; nil when its payload is not what its header says.
    init?(_ chunk: Chunk) {
        let decoded: Body?
        switch chunk.codec {
        case .plainText: decoded = PlainTextCodec.decode(chunk)
        case .dictionaryText: decoded = DictionaryTextCodec.decode(chunk)
        default: decoded = nil
        }
        guard let decoded else { return nil }
        count = chunk.count
        body = decoded
    }

    static func encode(_ texts: [String?]) -> Chunk { encode(texts, in: EncodingRoom()) }

    /// As a dictionary when at most half of the texts are different, else one by one.
    static func encode(_ texts: [String?], in room: EncodingRoom) -> Chunk {
        DictionaryTextCodec.encode(texts, in: room) ?? PlainTextCodec.encode(texts, in: room)
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch body {
        case .plain(let list, let missing): list.memory + missing.count
        case .dictionary(let list, let codes): list.memory + codes.memory
        case .constantMissing: 64
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

    /// Appends the UTF-8 of one row's text; false when it has none.
    func append(_ row: Int, to bytes: inout [UInt8]) -> Bool {
        switch body {
        case .constantMissing: return false
        case .plain(let list, let missing):
            if !missing.isEmpty, missing[row / 8] >> UInt8(row % 8) & 1 == 1 { return false }
            list.append(row, to: &bytes)
        case .dictionary(let list, let codes):
            let code = codes[row]
            if code == NumberVector.missing { return false }
            list.append(Int(code), to: &bytes)
        }
        return true
    }

    /// The texts that occur and for each row which it is, missing where the row has none; nil when
    /// the texts are kept one by one.
    ///
    /// A scan groups by the codes and looks at each text once.
    var dictionary: (codes: NumberVector, texts: TextList)? {
        switch body {
        case .dictionary(let list, let codes): (codes, list)
        case .constantMissing:
            (NumberVector(constant: NumberVector.missing, count: count), .empty)
        case .plain: nil
        }
    }
}
