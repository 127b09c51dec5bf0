import CKernels

/// Numbers of a chunk, as they lie in memory.
///
/// A missing number is `Int64.min`, which no value of any column type takes. How the numbers of a
/// segment are stored is chosen by `NumberAnalysis`; whatever it was, they come back as a constant,
/// as codes that are scanned as they are, or as runs.
struct NumberVector: Sendable {
    /// What stands for a missing number.
    static let missing = Int64.min

    /// How the numbers lie in memory.
    enum Shape: Sendable {
        /// The same number in every row.
        case constant(Int64)
        /// A code per row.
        case frame(Frame)
        /// Few runs of equal numbers.
        case runs(NumberRuns)
    }

    let count: Int
    let shape: Shape

    init(count: Int, shape: Shape) {
        self.count = count
        self.shape = shape
    }

    /// Numbers as they are, for attributes.
    init(_ numbers: [Int64]) {
        count = numbers.count
        shape = .frame(
            Frame(codes: CodeBuffer(numbers), base: 0, step: 1, hasMissing: true))
    }

    /// Numbers of the delta as they are.
    init(_ numbers: AppendColumn<Int64>) {
        count = numbers.count
        shape = .frame(Frame(codes: numbers.codes, base: 0, step: 1, hasMissing: true))
    }

    /// The same number in every row.
    init(constant: Int64, count: Int) {
        self.count = count
        shape = .constant(constant)
    }

    /// Takes a checked chunk; nil when its payload is not what its header says.
    init?(_ chunk: Chunk) {
        self.init(chunk, mayHaveRuns: true)
    }

    /// Takes a checked chunk that may stand within another one.
    init?(_ chunk: Chunk, mayHaveRuns: Bool) {
        let decoded: Shape?
        switch chunk.codec {
        case .constant: decoded = ConstantCodec.decode(chunk)
        case .frame: decoded = FrameCodec.decode(chunk)
        case .packed: decoded = PackedCodec.decode(chunk)
        case .runs: decoded = mayHaveRuns ? RunCodec.decode(chunk) : nil
        case .delta: decoded = DeltaCodec.decode(chunk)
        // What it is related to is read first: `ChunkReader.numbers`.
        case .related: decoded = nil
        case .plainText, .dictionaryText, .uuid, .filter: decoded = nil
        }
        guard let decoded else { return nil }
        count = chunk.count
        shape = decoded
    }

    /// The chunk that takes the least room, as far as reading it stays fast.
    static func encode(_ numbers: [Int64]) -> Chunk {
        encode(numbers, in: EncodingRoom())
    }

    /// The chunk that takes the least room, as far as reading it stays fast.
    static func encode(
        _ numbers: [Int64], in room: EncodingRoom, mayHaveRuns: Bool = true
    ) -> Chunk {
        NumberAnalysis(numbers, mayHaveRuns: mayHaveRuns).encode(numbers, in: room)
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch shape {
        case .constant: 64
        case .frame(let frame): frame.codes.bytes + 64
        case .runs(let runs): runs.ends.count * 12 + 128
        }
    }

    // MARK: Scan

    /// The number of one row.
    subscript(row: Int) -> Int64 {
        switch shape {
        case .constant(let value): value
        case .frame(let frame): frame[row]
        case .runs(let runs): runs.values[runs.position(of: row)]
        }
    }

    /// Of rows whose numbers ascend, those with a number of a range.
    func rows(_ rows: Range<Int>, within wanted: ClosedRange<Int64>) -> Range<Int> {
        guard case .runs(let runs) = shape else {
            let start = rows.firstPlace { self[$0] < wanted.lowerBound }
            return start..<(start..<rows.upperBound).firstPlace { self[$0] <= wanted.upperBound }
        }
        if rows.isEmpty { return rows }
        let all = runs.position(of: rows.lowerBound)..<(runs.position(of: rows.upperBound - 1) + 1)
        let first = all.firstPlace { runs.values[$0] < wanted.lowerBound }
        let last = (first..<all.upperBound).firstPlace { runs.values[$0] <= wanted.upperBound }
        // A run begins where the one before it ends.
        func start(_ run: Int) -> Int {
            run == all.lowerBound
                ? rows.lowerBound : min(Int(runs.ends[run - 1]), rows.upperBound)
        }
        return start(first)..<start(last)
    }

    /// Whether every row is known to have a number.
    func isConstant(_ number: Int64) -> Bool {
        if case .constant(let value) = shape { value == number } else { false }
    }

    /// The greatest number of some rows; where all are missing, one that is less than any of the chunk.
    func greatest(_ rows: Range<Int>) -> Int64 {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= count)
        switch shape {
        case .constant(let value): return value
        case .frame(let frame) where frame.codes.width < 8:
            let code = unsafe frame.codes.withPointer { codes in
                unsafe rk_greatest_code(
                    codes + rows.lowerBound * frame.codes.width, rows.count,
                    UInt32(frame.codes.width))
            }
            return frame.base &+ frame.step &* Int64(code)
        case .frame(let frame): return rows.reduce(Int64.min) { max($0, frame[$1]) }
        case .runs(let runs):
            guard !rows.isEmpty else { return .min }
            let first = runs.position(of: rows.lowerBound)
            let last = runs.position(of: rows.upperBound - 1)
            return runs.values[first...last].max() ?? .min
        }
    }

    /// Writes the numbers of a range of rows to the beginning of a buffer.
    func fill(_ range: Range<Int>, into buffer: KernelBuffer<Int64>) {
        precondition(range.upperBound <= count && range.count <= buffer.count)
        switch shape {
        case .constant(let value):
            unsafe buffer.pointer.update(repeating: value, count: range.count)
        case .frame(let frame): frame.fill(range, into: buffer)
        case .runs(let runs): runs.fill(range, into: buffer)
        }
    }

    /// The numbers of a range of rows in codes of their own, as narrow as they may be.
    func narrowed(_ range: Range<Int>) -> NumberVector {
        let buffer = KernelBuffer<Int64>(range.count)
        var (base, step) = (Int64(0), Int64(1))
        switch shape {
        case .constant(let value): return NumberVector(constant: value, count: range.count)
        case .frame(let frame) where frame.codes.width < 8:
            // The codes themselves, without what they are multiplied with.
            (base, step) = (frame.base, frame.step)
            Frame(codes: frame.codes, base: 0, step: 1, hasMissing: frame.hasMissing)
                .fill(range, into: buffer)
        case .frame, .runs: fill(range, into: buffer)
        }
        return NumberVector(codes: buffer, base: base, step: step)
    }

    /// Numbers base + step × code, where the code is not missing.
    private init(codes: KernelBuffer<Int64>, base: Int64, step: Int64) {
        count = codes.count
        var survey = rk_survey()
        unsafe rk_survey_numbers(codes.pointer, count, &survey)
        let (least, greatest, missing) = (survey.least, survey.greatest, survey.missing)
        if missing == count {
            shape = .constant(Self.missing)
            return
        }
        if missing == 0, least == greatest {
            shape = .constant(base &+ step &* least)
            return
        }
        // With missing rows code 0 is theirs, and the base is one step less.
        let first = least.subtractingReportingOverflow(missing > 0 ? 1 : 0)
        let span = greatest.subtractingReportingOverflow(first.partialValue)
        let isWide = first.overflow || span.overflow || span.partialValue > Int64(UInt32.max)
        let width =
            isWide ? 8 : span.partialValue <= 0xFF ? 1 : span.partialValue <= 0xFFFF ? 2 : 4
        let made = unsafe CodeBuffer(count: count, width: width) { target in
            func fill<Code: FixedWidthInteger>(_ type: Code.Type) {
                let target = unsafe target.bindMemory(to: type)
                let source = unsafe codes.pointer
                let from = first.partialValue
                for at in 0..<codes.count {
                    let code = unsafe source[at]
                    unsafe target[at] =
                        code == Self.missing ? 0 : Code(truncatingIfNeeded: code &- from)
                }
            }
            func fillWide() {
                let target = unsafe target.bindMemory(to: Int64.self)
                for at in 0..<codes.count {
                    unsafe target[at] =
                        codes[at] == Self.missing ? codes[at] : base &+ step &* codes[at]
                }
            }
            switch width {
            case 1: fill(UInt8.self)
            case 2: fill(UInt16.self)
            case 4: fill(UInt32.self)
            default: fillWide()
            }
        }
        shape = .frame(
            Frame(
                codes: made, base: isWide ? 0 : base &+ step &* first.partialValue,
                step: isWide ? 1 : step, hasMissing: missing > 0))
    }

    /// All numbers.
    var all: [Int64] {
        let buffer = KernelBuffer<Int64>(count)
        fill(0..<count, into: buffer)
        return unsafe buffer.withPointer {
            unsafe Array(UnsafeBufferPointer(start: $0, count: count))
        }
    }
}
