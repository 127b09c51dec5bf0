/// Row keys of a chunk.
///
/// Keys that are all integers are stored as numbers, keys that are all UUIDs as 16 bytes each, and
/// any other mix as texts that begin with the key's kind: `i`, `u` or `t`.
struct KeyVector: Sendable {
    private enum Body: Sendable {
        case integers(NumberVector)
        case uuids([UInt128])
        case texts(TextVector)
    }

    let count: Int
    private let body: Body

    // MARK: Encode

    static func encode(_ keys: [RowKey]) -> Chunk { encode(KeyColumn(keys), in: EncodingRoom()) }

    static func encode(_ keys: KeyColumn, in room: EncodingRoom) -> Chunk {
        switch keys.kind {
        case .integers: NumberVector.encode(keys.integers, in: room, mayHaveRuns: false)
        case .uuids: UUIDCodec.encode(keys.uuids, in: room)
        case .mixed: TextVector.encode(keys.mixed.map(tagged), in: room)
        }
    }

    // MARK: Decode

    /// Takes a checked chunk; nil when its payload is not what its header says.
    init?(_ chunk: Chunk) {
        count = chunk.count
        switch chunk.codec {
        case .uuid:
            guard let values = UUIDCodec.decode(chunk) else { return nil }
            body = .uuids(values)
        case .plainText, .dictionaryText:
            guard let texts = TextVector(chunk) else { return nil }
            body = .texts(texts)
        case .constant, .frame, .packed, .delta:
            guard let numbers = NumberVector(chunk, mayHaveRuns: false) else { return nil }
            body = .integers(numbers)
        case .runs, .filter, .related: return nil
        }
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch body {
        case .integers(let numbers): numbers.memory
        case .uuids(let values): values.count * 16 + 64
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

    /// The keys as numbers, when all are integers.
    var integers: NumberVector? {
        if case .integers(let numbers) = body { return numbers }
        return nil
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
