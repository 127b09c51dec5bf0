/// Codec 3, *runs*: how many rows each run of equal numbers has, and its number.
///
/// The payload is two encoded number chunks with `entries` rows each, one after the other: the
/// lengths of the runs, each at least 1, and their numbers, of which neighbours differ. In memory
/// runs of sixteen rows and more on average stay runs, shorter ones become a frame.
enum RunCodec {
    // MARK: Analyse

    /// Runs are stored when they have so many rows on average.
    static let rowsPerRun = 8
    /// Runs stay runs in memory when they have so many rows on average.
    static let rowsPerRunInMemory = 16

    // MARK: Encode

    static func encode(
        _ numbers: [Int64], _ analysis: NumberAnalysis, in room: EncodingRoom
    ) -> Chunk {
        var lengths: [Int64] = []
        var values: [Int64] = []
        unsafe numbers.withUnsafeBufferPointer { numbers in
            var start = 0
            for row in 1...numbers.count
            where unsafe row == numbers.count || numbers[row] != numbers[start] {
                lengths.append(Int64(row - start))
                unsafe values.append(numbers[start])
                start = row
            }
        }
        var chunk = analysis.header(.runs)
        (chunk.width, chunk.base, chunk.step) = (0, 0, 1)
        chunk.entries = lengths.count
        chunk.payload = NumberVector.encode(lengths, in: room, mayHaveRuns: false).encoded()
        chunk.payload += NumberVector.encode(values, in: room, mayHaveRuns: false).encoded()
        return chunk
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> NumberVector.Shape? {
        guard chunk.width == 0, chunk.base == 0, chunk.step == 1, chunk.entries > 0,
            let (lengthChunk, end) = Chunk.read(chunk.payload[...]),
            let valueChunk = Chunk(encoded: Array(chunk.payload[end...])),
            lengthChunk.count == chunk.entries, valueChunk.count == chunk.entries,
            (valueChunk.least, valueChunk.greatest) == (chunk.least, chunk.greatest),
            !lengthChunk.hasMissing,
            let lengths = NumberVector(lengthChunk, mayHaveRuns: false),
            let values = NumberVector(valueChunk, mayHaveRuns: false)
        else { return nil }
        var ends: [UInt32] = []
        ends.reserveCapacity(chunk.entries)
        var end32 = 0
        var missing = 0
        for run in 0..<chunk.entries {
            let length = lengths[run]
            guard length > 0, length <= Int64(chunk.count - end32) else { return nil }
            end32 += Int(length)
            ends.append(UInt32(end32))
            if values[run] == NumberVector.missing { missing += Int(length) }
        }
        guard end32 == chunk.count, missing == chunk.missing else { return nil }
        let runs = NumberRuns(ends: ends, values: values.all)
        if chunk.entries * rowsPerRunInMemory <= chunk.count { return .runs(runs) }
        return expanded(runs, chunk)
    }

    /// Short runs as a frame.
    private static func expanded(_ runs: NumberRuns, _ chunk: Chunk) -> NumberVector.Shape {
        let (span, overflow) = chunk.greatest.subtractingReportingOverflow(chunk.least)
        let hasMissing = chunk.hasMissing
        let hasBase = !chunk.least.subtractingReportingOverflow(1).overflow
        let isWide = overflow || span >= Int64(UInt32.max) || hasMissing && !hasBase
        let width = isWide ? 8 : span < 0xFF ? 1 : span < 0xFFFF ? 2 : 4
        let base = isWide ? 0 : hasMissing ? chunk.least - 1 : chunk.least
        let codes = unsafe CodeBuffer(count: chunk.count, width: width) { target in
            func fill<Code: FixedWidthInteger>(_ type: Code.Type) {
                let target = unsafe target.bindMemory(to: type)
                var start = 0
                for (end, value) in zip(runs.ends, runs.values) {
                    let isMissing = value == NumberVector.missing && !isWide
                    let code = isMissing ? 0 : Code(truncatingIfNeeded: value &- base)
                    unsafe target[start..<Int(end)].update(repeating: code)
                    start = Int(end)
                }
            }
            switch width {
            case 1: fill(UInt8.self)
            case 2: fill(UInt16.self)
            case 4: fill(UInt32.self)
            default: fill(Int64.self)
            }
        }
        return .frame(Frame(codes: codes, base: base, step: 1, hasMissing: hasMissing))
    }
}

// MARK: Scan

/// Runs of equal numbers: run `n` covers the rows from the end of the run before up to `ends[n]`.
struct NumberRuns: Sendable {
    let ends: [UInt32]
    let values: [Int64]

    /// The run that a row lies in.
    func position(of row: Int) -> Int {
        ends.indices.firstPlace { ends[$0] <= row }
    }
}

extension NumberRuns {
    /// The number of all rows of a range, when it is one.
    func constant(in range: Range<Int>) -> Int64? {
        guard !range.isEmpty else { return nil }
        let run = position(of: range.lowerBound)
        return range.upperBound <= ends[run] ? values[run] : nil
    }

    /// Writes the numbers of a range of rows to the beginning of a buffer.
    func fill(_ range: Range<Int>, into buffer: KernelBuffer<Int64>) {
        precondition(range.count <= buffer.count)
        var run = range.isEmpty ? 0 : position(of: range.lowerBound)
        var row = range.lowerBound
        while row < range.upperBound {
            let end = min(Int(ends[run]), range.upperBound)
            unsafe (buffer.pointer + (row - range.lowerBound))
                .update(repeating: values[run], count: end - row)
            row = end
            run += 1
        }
    }
}
