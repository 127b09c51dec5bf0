import CKernels

/// Codec 9, *related*: what a column is beside another one of the same segment.
///
/// The payload names the other column, the *source*, and how a number follows from the source's
/// number in the same row; then comes an encoded number chunk with what each row adds.
///
/// | offset | bytes | content |
/// |---|---|---|
/// | 0 | 4 | the source's number, signed: a column of the model, or −2 for integer keys |
/// | 4 | 1 | relation |
/// | 5 | 3 | 0 |
/// | 8 | 8 | multiplier, at least 1; 0 unless the relation is a share |
/// | 16 | 8 | divisor, likewise |
/// | 24 | 8 | addend, from 0 to the divisor, likewise |
/// | 32 | | the rows' own numbers r, an encoded chunk that is not itself related |
///
/// | relation | name | number of a row whose source number is s |
/// |---|---|---|
/// | 0 | difference | s + r, or r where s is missing; missing where r is |
/// | 1 | local day | ⌊(s + 10⁶ r) ÷ 86,400 × 10⁶⌋; missing where s is |
/// | 2 | share | r, or where r is missing ⌊(s × multiplier + addend) ÷ divisor⌋; missing where both are |
///
/// A source may be related to another column itself, `deepest` times in all. In memory the numbers
/// are a frame (codec 1) of `width` bytes; those of a column that equals its source are the source's.
enum RelatedCodec {
    enum Relation: UInt8 {
        case difference = 0
        case localDay = 1
        case share = 2
    }

    /// How a column follows from another one.
    struct Link: Equatable {
        var column: ChunkColumn
        var relation: Relation
        var multiplier = Int64(0)
        var divisor = Int64(0)
        var addend = Int64(0)
    }

    /// How many columns may follow one from another.
    static let deepest = 4
    private static let headBytes = 32
    /// Products of shares stay below this, so that they are exact as floating-point numbers.
    private static let greatestProduct = Int64(1) << 51
    private static let secondsReach = Int64(1) << 20

    // MARK: Encode

    static func encode(
        _ header: Chunk, _ link: Link, own: [Int64], in room: EncodingRoom
    ) -> Chunk {
        var chunk = header
        chunk.codec = .related
        chunk.payload.append(littleEndian: UInt32(bitPattern: Int32(link.column.id)))
        chunk.payload += [link.relation.rawValue, 0, 0, 0]
        for number in [link.multiplier, link.divisor, link.addend] {
            chunk.payload.append(littleEndian: UInt64(bitPattern: number))
        }
        chunk.payload += NumberVector.encode(own, in: room).encoded()
        return chunk
    }

    /// What each row adds to its source's number; nil where a sum of it would not come back.
    static func differences(_ numbers: [Int64], _ source: [Int64]) -> [Int64]? {
        precondition(numbers.count == source.count)
        var isExact = true
        let differences = unsafe [Int64](unsafeUninitializedCapacity: numbers.count) {
            target, filled in
            filled = numbers.count
            guard let start = target.baseAddress else { return }
            isExact = unsafe rk_subtract(numbers, source, numbers.count, start)
        }
        return isExact ? differences : nil
    }

    /// The numbers that are not the share of their source, and missing for those that are; nil where
    /// a number cannot be told that way.
    static func exceptions(_ numbers: [Int64], _ source: [Int64], _ link: Link) -> [Int64]? {
        precondition(numbers.count == source.count)
        var isExact = true
        let exceptions = unsafe [Int64](unsafeUninitializedCapacity: numbers.count) {
            target, filled in
            filled = numbers.count
            guard let start = target.baseAddress else { return }
            unsafe rk_share(
                source, numbers.count, link.multiplier, link.addend, link.divisor, start)
            isExact = unsafe rk_exceptions(numbers, numbers.count, start)
        }
        return isExact ? exceptions : nil
    }

    /// Whether shares of numbers in a range are exact.
    static func isExact(_ link: Link, least: Int64, greatest: Int64) -> Bool {
        guard link.multiplier >= 1, link.divisor >= 1, link.divisor < greatestProduct,
            (0...link.divisor).contains(link.addend)
        else { return false }
        return [least, greatest].allSatisfy { number in
            let (product, overflow) = number.multipliedReportingOverflow(by: link.multiplier)
            return !overflow && product > -greatestProduct + link.divisor
                && product < greatestProduct - link.divisor
        }
    }

    // MARK: Decode

    /// What a checked chunk follows from; nil when it is of another codec, or its payload is not
    /// what it should be.
    static func link(of chunk: Chunk) -> Link? {
        let payload = chunk.payload
        guard chunk.codec == .related, payload.count > headBytes,
            payload[5...7].allSatisfy({ $0 == 0 }), let relation = Relation(rawValue: payload[4])
        else { return nil }
        let id = Int(Int32(bitPattern: payload.littleEndian32(at: 0)))
        var link = Link(column: ChunkColumn(id), relation: relation)
        link.multiplier = Int64(bitPattern: payload.littleEndian64(at: 8))
        link.divisor = Int64(bitPattern: payload.littleEndian64(at: 16))
        link.addend = Int64(bitPattern: payload.littleEndian64(at: 24))
        guard id >= 0 || link.column == .key,
            relation == .share || (link.multiplier, link.divisor, link.addend) == (0, 0, 0)
        else { return nil }
        return link
    }

    /// The numbers of a checked chunk; nil when its payload is not what its header says, or is not
    /// of this source, which is what its summary says.
    static func decode(
        _ chunk: Chunk, _ link: Link, source: NumberVector, _ summary: ChunkSummary
    ) -> NumberVector? {
        guard chunk.count > 0, source.count == chunk.count, chunk.entries == 0,
            let ownChunk = Chunk(encoded: Array(chunk.payload[headBytes...])),
            ownChunk.count == chunk.count, let own = NumberVector(ownChunk)
        else { return nil }
        if link.relation == .difference, case .constant(0) = own.shape {
            return summary == chunk.summary ? source : nil
        }
        guard [1, 2, 4, 8].contains(chunk.width) else { return nil }
        let given = KernelBuffer<Int64>(chunk.count)
        source.fill(0..<chunk.count, into: given)
        let added = KernelBuffer<Int64>(chunk.count)
        own.fill(0..<chunk.count, into: added)
        switch link.relation {
        case .difference:
            unsafe rk_add_source(given.pointer, added.pointer, chunk.count, given.pointer)
        case .localDay:
            guard !ownChunk.hasMissing, ownChunk.least > -secondsReach,
                ownChunk.greatest < secondsReach
            else { return nil }
            unsafe rk_local_days(given.pointer, added.pointer, chunk.count, given.pointer)
        case .share:
            guard isExact(link, least: summary.least, greatest: summary.greatest) else {
                return nil
            }
            unsafe rk_share(
                given.pointer, chunk.count, link.multiplier, link.addend, link.divisor,
                given.pointer)
            unsafe rk_choose(added.pointer, chunk.count, given.pointer)
        }
        return shape(chunk, given).map { NumberVector(count: chunk.count, shape: $0) }
    }

    /// Numbers as the codes that the header promises.
    private static func shape(
        _ chunk: Chunk, _ numbers: KernelBuffer<Int64>
    ) -> NumberVector.Shape? {
        var survey = rk_survey()
        unsafe rk_survey_numbers(numbers.pointer, chunk.count, &survey)
        guard survey.missing == chunk.missing, survey.missing < chunk.count,
            survey.least == chunk.least, survey.greatest == chunk.greatest
        else { return nil }
        if chunk.width == 8 {
            let codes = unsafe CodeBuffer(count: chunk.count, width: 8) { target in
                unsafe target.copyMemory(
                    from: UnsafeRawBufferPointer(
                        start: numbers.pointer, count: chunk.count * 8))
            }
            return FrameCodec.shape(chunk, codes)
        }
        let span = UInt64(bitPattern: chunk.greatest) &- UInt64(bitPattern: chunk.least)
        let offset = UInt64(chunk.hasMissing ? 1 : 0)
        guard span / UInt64(chunk.step) + offset < UInt64(1) << UInt64(chunk.width * 8) else {
            return nil
        }
        let quotients = KernelBuffer<UInt64>(chunk.count)
        var isExact = false
        let codes = unsafe CodeBuffer(count: chunk.count, width: chunk.width) { target in
            guard let start = target.baseAddress else { return }
            isExact = unsafe rk_quotients(
                numbers.pointer, chunk.count, chunk.least, UInt64(chunk.step), quotients.pointer)
            unsafe rk_narrow(
                quotients.pointer, chunk.count, offset, UInt32(chunk.width), start)
        }
        return isExact ? FrameCodec.shape(chunk, codes) : nil
    }
}

extension Chunk {
    /// What readers know of it without reading it.
    var summary: ChunkSummary {
        ChunkSummary(least: least, greatest: greatest, missing: missing)
    }
}
