import CKernels

/// Codec 4, *delta*: what each number is more than the one before it, for numbers that mostly
/// ascend.
///
/// A number is `least + step × quotient`. The difference of a row is its quotient less that of the
/// row before, less an increment that all rows have (0 when rows are missing); rows whose difference
/// is negative or unusually great are restarts, which have their quotient stored, and the
/// difference 0. A missing row has the difference 0 and is passed over by the row after it. Payload:
///
/// | bytes | content |
/// |---|---|
/// | 8 | the increment |
/// | ⌈rows ÷ 8⌉, if rows are missing | bit `row % 8` of byte `row / 8` is 1 where a row is missing |
/// | 4 × `entries` | the row of each restart, ascending |
/// | 8 × `entries` | its quotient |
/// | the rest | the differences of all rows, packed as codec 2 describes |
///
/// In memory the numbers are a frame (codec 1) of `width` bytes.
enum DeltaCodec {
    // MARK: Analyse

    /// Bytes of a restart.
    private static let restartBytes = 12
    private static let incrementBytes = 8

    /// The number of bits above which a difference is better a restart.
    private static func bits(_ histogram: [Int], count: Int) -> Int {
        var best = (bits: 32, bytes: Int.max)
        var restarts = histogram[33...].reduce(0, +)
        for bits in stride(from: 32, through: 0, by: -1) {
            // Blocks of small differences take fewer bits, so this is at most too high.
            let bytes = count * bits / 8 + restarts * restartBytes
            if bytes < best.bytes { best = (bits, bytes) }
            restarts += histogram[bits]
        }
        return best.bits
    }

    // MARK: Encode

    /// The numbers as differences; nil when that is of no use.
    ///
    /// Their quotients lie in the room.
    static func encode(
        _ numbers: [Int64], _ analysis: NumberAnalysis, in room: EncodingRoom
    ) -> Chunk? {
        let count = analysis.count
        let quotients = unsafe room.quotients.pointer(count)
        let differences = unsafe room.differences.pointer(count)
        var histogram = [Int](repeating: 0, count: 65)
        let increment = unsafe rk_differences(
            quotients, count, analysis.missing > 0, differences, &histogram)
        let bits = bits(histogram, count: count)
        let narrow = unsafe room.narrow.pointer(count)
        let rows = unsafe room.restartRows.pointer(count)
        let values = unsafe room.restartValues.pointer(count)
        let restarts = unsafe rk_restart(
            differences, quotients, count, UInt32(bits), narrow, rows, values)
        if restarts * 8 > count { return nil }
        var chunk = analysis.header(.delta)
        chunk.entries = restarts
        chunk.payload.append(littleEndian: increment)
        if analysis.missing > 0 {
            var bitmap = [UInt8](repeating: 0, count: (count + 7) / 8)
            unsafe numbers.withUnsafeBufferPointer { source in
                guard let start = source.baseAddress else { return }
                unsafe bitmap.withUnsafeMutableBufferPointer { target in
                    if let bits = target.baseAddress {
                        unsafe rk_missing_bits(start, source.count, bits)
                    }
                }
            }
            chunk.payload += bitmap
        }
        unsafe chunk.payload.append(
            contentsOf: UnsafeRawBufferPointer(start: rows, count: restarts * 4))
        unsafe chunk.payload.append(
            contentsOf: UnsafeRawBufferPointer(start: values, count: restarts * 8))
        chunk.payload += PackedCodec.pack(count, in: room)
        return chunk
    }

    // MARK: Decode

    static func decode(_ chunk: Chunk) -> NumberVector.Shape? {
        let (count, payload) = (chunk.count, chunk.payload)
        let bitmapBytes = chunk.hasMissing ? (count + 7) / 8 : 0
        let rowsAt = incrementBytes + bitmapBytes
        let valuesAt = rowsAt + chunk.entries * 4
        let packedAt = rowsAt + chunk.entries * restartBytes
        guard [1, 2, 4, 8].contains(chunk.width), count > 0, chunk.entries <= count,
            packedAt <= payload.count,
            let differences = PackedCodec.unpack(payload[packedAt...], count: count, width: 4)
        else { return nil }
        var rows: [UInt32] = []
        var values: [UInt64] = []
        for entry in 0..<chunk.entries {
            let row = payload.littleEndian32(at: rowsAt + entry * 4)
            guard row < UInt32(count), rows.last.map({ $0 < row }) ?? true else { return nil }
            rows.append(row)
            values.append(payload.littleEndian64(at: valuesAt + entry * 8))
        }
        let increment = payload.littleEndian64(at: 0)
        guard !chunk.hasMissing || increment == 0 else { return nil }
        let codes = unsafe CodeBuffer(count: count, width: chunk.width) { target in
            guard let start = target.baseAddress else { return }
            unsafe payload.withUnsafeBufferPointer { bitmap in
                unsafe differences.withPointer { differences in
                    unsafe rk_sum(
                        differences.assumingMemoryBound(to: UInt32.self), count, rows, values,
                        rows.count, increment,
                        chunk.hasMissing ? bitmap.baseAddress.map { unsafe $0 + 8 } : nil,
                        chunk.hasMissing ? 1 : 0, chunk.least, UInt64(chunk.step),
                        UInt32(chunk.width), start)
                }
            }
        }
        return FrameCodec.shape(chunk, codes)
    }
}
