import CKernels

/// What must be known of numbers to choose how they are stored.
///
/// | the numbers | codec |
/// |---|---|
/// | are all the same, or all missing | constant |
/// | form runs of eight rows and more on average | runs |
/// | mostly ascend, and their differences take less room | delta |
/// | repeat in ways that zstd finds (see `FrameCodec.share`) | frame, compressed |
/// | take fewer bits than whole bytes | packed |
/// | else | frame |
struct NumberAnalysis {
    /// What was found in one pass.
    enum Kind {
        case constant, runs, codes
    }

    let kind: Kind
    let count: Int
    let least: Int64
    let greatest: Int64
    let missing: Int
    /// Whether so few numbers are less than the one before them that differences may be small.
    let mostlyAscends: Bool
    /// Whether all but a few numbers are at least the one before them.
    let nearlyAlwaysAscends: Bool
    /// The greatest common divisor of all differences to the least number.
    let step: Int64
    /// Bytes of a code in memory; codes of eight bytes are the numbers themselves.
    let width: Int

    /// Where codes begin: code 0 means missing when rows are missing.
    var offset: UInt64 { missing > 0 && width < 8 ? 1 : 0 }
    /// The number of code 0.
    var base: Int64 { width == 8 ? 0 : least &- step &* Int64(offset) }

    init(_ numbers: [Int64], mayHaveRuns: Bool) {
        var survey = rk_survey()
        unsafe numbers.withUnsafeBufferPointer { source in
            if let start = source.baseAddress {
                unsafe rk_survey_numbers(start, source.count, &survey)
            }
        }
        count = numbers.count
        missing = survey.missing
        mostlyAscends = survey.descents * 4 <= numbers.count
        nearlyAlwaysAscends = survey.descents * 1000 <= numbers.count
        if missing == count || survey.runs == 1 {
            kind = .constant
            (least, greatest) = missing == count ? (0, 0) : (survey.least, survey.greatest)
            (step, width) = (1, 0)
            return
        }
        let hasRuns = mayHaveRuns && survey.runs * RunCodec.rowsPerRun <= count
        kind = hasRuns ? .runs : .codes
        (least, greatest) = (survey.least, survey.greatest)
        let span = UInt64(bitPattern: survey.greatest) &- UInt64(bitPattern: survey.least)
        let common = hasRuns || span <= 1 ? 1 : Self.commonStep(numbers, least: survey.least)
        let isWide = span > UInt64(Int64.max)
        step = isWide ? 1 : max(1, Int64(common))
        // Code 0 of missing rows stands one step below the least number.
        let quotient = span / UInt64(step) + (missing > 0 ? 1 : 0)
        let hasBase = !survey.least.subtractingReportingOverflow(step).overflow
        if isWide || quotient > UInt64(UInt32.max) || missing > 0 && !hasBase {
            width = 8
        } else {
            width = quotient <= 0xFF ? 1 : quotient <= 0xFFFF ? 2 : 4
        }
    }

    /// The greatest common divisor of all differences to the least number.
    private static func commonStep(_ numbers: [Int64], least: Int64) -> UInt64 {
        unsafe numbers.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return 1 }
            // Most columns show within a few rows that they have no common step but 1.
            let first = unsafe rk_common_step(start, min(source.count, 64), least, 0)
            // What divides some divides all, nearly always; that is quicker to see than to find out.
            if first == 1 { return first }
            if first != 0, unsafe rk_divides(start, source.count, least, first) { return first }
            return unsafe rk_common_step(start, source.count, least, first)
        }
    }

    /// A chunk with everything but its payload.
    func header(_ codec: Chunk.Codec) -> Chunk {
        var chunk = Chunk(codec: codec, count: count)
        chunk.width = width
        chunk.missing = missing
        chunk.base = base
        chunk.step = step
        chunk.least = least
        chunk.greatest = greatest
        return chunk
    }

    /// Stores the numbers in the way that suits them.
    func encode(_ numbers: [Int64], in room: EncodingRoom) -> Chunk {
        switch kind {
        case .constant: return ConstantCodec.encode(numbers, self)
        case .runs: return RunCodec.encode(numbers, self, in: room)
        case .codes: break
        }
        let quotients = unsafe room.quotients.pointer(count)
        let isExact = unsafe numbers.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return true }
            return unsafe rk_quotients(start, source.count, least, UInt64(step), quotients)
        }
        precondition(isExact, "the step divides every difference")
        let delta =
            mostlyAscends && width > 1 ? DeltaCodec.encode(numbers, self, in: room) : nil
        var best: Chunk
        if let delta, nearlyAlwaysAscends, delta.payload.count * 2 < count * width {
            // Codes that ascend fill most of their width, so that packing does not halve them.
            best = delta
        } else if width < 8, case let packed = PackedCodec.encode(self, in: room),
            packed.payload.count < count * width
        {
            best = packed
        } else {
            best = FrameCodec.encode(numbers, self, in: room)
        }
        if let delta, delta.payload.count < best.payload.count { best = delta }
        if let compressed = FrameCodec.compressed(numbers, self, below: best, in: room) {
            best = compressed
        }
        return best
    }
}
