import CKernels

/// Codec 1, *frame*: one code of 1, 2, 4 or 8 bytes per row.
///
/// The number of a row is `base + step × code`. With missing rows code 0 means missing and `base`
/// is one step less than the least number, so that a scan needs no bitmap. Codes of eight bytes are
/// the numbers themselves (`base` 0), and `NumberVector.missing` among them is missing. The payload
/// is the codes as they lie in memory; it may be compressed.
enum FrameCodec {
    // MARK: Analyse

    /// What a compressed frame may take of the best other form, by the width of its codes.
    ///
    /// Packed codes come back ten times as fast as compressed ones, so compression has to save
    /// much; most of all where one byte per row is all there is to save.
    static func share(width: Int) -> Double { width == 1 ? 0.4 : 0.67 }

    /// Rows that are compressed for a trial, in three parts of a column.
    private static let sampleRows = 4096

    // MARK: Encode

    static func encode(
        _ numbers: [Int64], _ analysis: NumberAnalysis, in room: EncodingRoom
    ) -> Chunk {
        var chunk = analysis.header(.frame)
        if analysis.width == 8 { chunk.step = 1 }
        chunk.payload = codes(0..<analysis.count, numbers, analysis, in: room)
        return chunk
    }

    /// A compressed frame, when it is so much smaller than another chunk that it is worth its time.
    static func compressed(
        _ numbers: [Int64], _ analysis: NumberAnalysis, below other: Chunk, in room: EncodingRoom
    ) -> Chunk? {
        let (width, count) = (analysis.width, analysis.count)
        if other.payload.count < 512 { return nil }
        let limit = Int(Double(other.payload.count) * share(width: width))
        if count > sampleRows * 6 {
            var sample: [UInt8] = []
            for part in 0..<3 {
                let start = (count - sampleRows) / 2 * part
                sample += codes(start..<(start + sampleRows), numbers, analysis, in: room)
            }
            // What a whole column may take, brought down to the sample.
            let allowed = Int(Double(limit) * Double(sample.count) / Double(count * width) * 1.05)
            guard
                ChunkLayer.compressed(
                    sample, elementBytes: width, level: ChunkLayer.codeLevel, limit: allowed,
                    in: room) != nil
            else { return nil }
        }
        var chunk = encode(numbers, analysis, in: room)
        ChunkLayer.compress(
            &chunk, elementBytes: width, level: ChunkLayer.codeLevel,
            keepingAtMost: Double(limit) / Double(chunk.payload.count), in: room)
        return chunk.layer == nil ? nil : chunk
    }

    private static func codes(
        _ rows: Range<Int>, _ numbers: [Int64], _ analysis: NumberAnalysis, in room: EncodingRoom
    ) -> [UInt8] {
        if analysis.width == 8 {
            return unsafe numbers[rows].withUnsafeBytes { unsafe Array($0) }
        }
        let quotients = unsafe room.quotients.pointer(analysis.count) + rows.lowerBound
        let bytes = rows.count * analysis.width
        return unsafe [UInt8](unsafeUninitializedCapacity: bytes) { target, count in
            count = bytes
            guard let start = target.baseAddress else { return }
            unsafe rk_narrow(
                quotients, rows.count, analysis.offset, UInt32(analysis.width), start)
        }
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> NumberVector.Shape? {
        guard [1, 2, 4, 8].contains(chunk.width), chunk.entries == 0, chunk.count > 0,
            chunk.payload.count == chunk.count * chunk.width
        else { return nil }
        return shape(chunk, CodeBuffer(bytes: chunk.payload, width: chunk.width))
    }

    /// Codes as numbers of a chunk; nil when its header promises others.
    ///
    /// Scans size their tables by the least and greatest number, so these are compared as well.
    static func shape(_ chunk: Chunk, _ codes: CodeBuffer) -> NumberVector.Shape? {
        if codes.width == 8 {
            guard chunk.base == 0 else { return nil }
            return unsafe codes.withPointer { pointer in
                var survey = rk_survey()
                unsafe rk_survey_numbers(
                    pointer.assumingMemoryBound(to: Int64.self), codes.count, &survey)
                guard survey.missing == chunk.missing,
                    survey.missing == chunk.count
                        || survey.least == chunk.least && survey.greatest == chunk.greatest
                else { return nil }
                return .frame(
                    Frame(codes: codes, base: 0, step: 1, hasMissing: chunk.hasMissing))
            }
        }
        let greatest = unsafe codes.withPointer {
            unsafe rk_greatest_code($0, codes.count, UInt32(codes.width))
        }
        let (product, overflow) = chunk.step.multipliedReportingOverflow(by: Int64(greatest))
        guard !overflow, chunk.base.addingReportingOverflow(product) == (chunk.greatest, false),
            chunk.least.subtractingReportingOverflow(chunk.hasMissing ? chunk.step : 0)
                == (chunk.base, false)
        else { return nil }
        return .frame(
            Frame(
                codes: codes, base: chunk.base, step: chunk.step, hasMissing: chunk.hasMissing))
    }
}

// MARK: Scan

/// Codes at one width: the number of a row is `base + step × code`.
///
/// With missing values code 0 means missing. Codes of eight bytes are the numbers themselves
/// (`base` 0, `step` 1), and `NumberVector.missing` among them is missing.
struct Frame: Sendable {
    let codes: CodeBuffer
    let base: Int64
    let step: Int64
    let hasMissing: Bool

    @inline(__always)
    private func number(_ code: some UnsignedInteger & FixedWidthInteger) -> Int64 {
        hasMissing && code == 0
            ? NumberVector.missing : base &+ step &* Int64(truncatingIfNeeded: code)
    }

    subscript(row: Int) -> Int64 {
        precondition(row >= 0 && row < codes.count)
        return unsafe codes.withPointer { pointer in
            switch codes.width {
            case 1: unsafe number(pointer.load(fromByteOffset: row, as: UInt8.self))
            case 2: unsafe number(pointer.load(fromByteOffset: row * 2, as: UInt16.self))
            case 4: unsafe number(pointer.load(fromByteOffset: row * 4, as: UInt32.self))
            default: unsafe pointer.load(fromByteOffset: row * 8, as: Int64.self)
            }
        }
    }

    func fill(_ range: Range<Int>, into buffer: KernelBuffer<Int64>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= codes.count)
        unsafe codes.withPointer { pointer in
            func expand<Code: UnsignedInteger & FixedWidthInteger>(_ type: Code.Type) {
                let source = unsafe pointer.assumingMemoryBound(to: type) + range.lowerBound
                let target = unsafe buffer.pointer
                for index in 0..<range.count {
                    unsafe target[index] = number(source[index])
                }
            }
            switch codes.width {
            case 1: expand(UInt8.self)
            case 2: expand(UInt16.self)
            case 4: expand(UInt32.self)
            default:
                let source = unsafe pointer.assumingMemoryBound(to: Int64.self) + range.lowerBound
                unsafe buffer.pointer.update(from: source, count: range.count)
            }
        }
    }
}
