/// Codec 0, *constant*: every row has the same number, `base`, or every row is missing.
///
/// There is no payload. When all rows are missing, `base` is `NumberVector.missing`.
enum ConstantCodec {
    // MARK: Encode

    static func encode(_ numbers: [Int64], _ analysis: NumberAnalysis) -> Chunk {
        var chunk = analysis.header(.constant)
        chunk.width = 0
        chunk.base = numbers.first ?? NumberVector.missing
        return chunk
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> NumberVector.Shape? {
        guard chunk.payload.isEmpty, chunk.width == 0, chunk.entries == 0 else { return nil }
        let isMissing = chunk.base == NumberVector.missing
        guard
            isMissing
                ? chunk.missing == chunk.count
                : chunk.missing == 0 && chunk.least == chunk.base && chunk.greatest == chunk.base
        else { return nil }
        return .constant(chunk.base)
    }
}
