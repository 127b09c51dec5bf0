/// Numbers of a chunk: codecs *constant* and *frame*.
///
/// In memory a missing number is `Int64.min`, which no value of any column type takes. A frame
/// stores each number as an unsigned code of 1, 2 or 4 bytes: the number is `base + code`. With
/// missing values code 0 means missing and `base` is one less than the least number, so that a scan
/// needs no bitmap. Frames of 8 bytes hold the numbers themselves.
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

    /// Numbers as they are, for the delta and for attributes.
    init(_ numbers: [Int64]) {
        count = numbers.count
        shape = .frame(
            Frame(codes: CodeBuffer(numbers), base: 0, step: 1, hasMissing: true))
    }

    /// The same number in every row.
    init(constant: Int64, count: Int) {
        self.count = count
        shape = .constant(constant)
    }

    // MARK: Analyse and encode

    static func encode(_ numbers: [Int64]) -> Chunk {
        var least = Int64.max
        var greatest = Int64.min
        var missing = 0
        for number in numbers {
            if number == Self.missing {
                missing += 1
            } else {
                least = min(least, number)
                greatest = max(greatest, number)
            }
        }
        if missing == numbers.count {
            var chunk = Chunk(codec: .constant, count: numbers.count)
            chunk.hasMissing = true
            chunk.missing = missing
            chunk.base = Self.missing
            return chunk
        }
        let isConstant = least == greatest && missing == 0
        var chunk = Chunk(codec: isConstant ? .constant : .frame, count: numbers.count)
        chunk.least = least
        chunk.greatest = greatest
        chunk.missing = missing
        chunk.hasMissing = missing > 0
        chunk.base = least
        if isConstant { return chunk }
        let (span, overflow) = greatest.subtractingReportingOverflow(least)
        let room = missing > 0 ? 1 : 0
        // A missing value takes code 0, so the base moves down by one; it must not wrap.
        if overflow || span > Int64(UInt32.max) - 1 || least == Int64.min + 1 {
            chunk.width = 8
            chunk.base = 0
            chunk.payload.reserveCapacity(numbers.count * 8)
            for number in numbers {
                chunk.payload.append(littleEndian: UInt64(bitPattern: number))
            }
            return chunk
        }
        chunk.base = least - Int64(room)
        chunk.width = span + Int64(room) <= 0xFF ? 1 : span + Int64(room) <= 0xFFFF ? 2 : 4
        chunk.payload.reserveCapacity(numbers.count * chunk.width)
        for number in numbers {
            let code = number == Self.missing ? 0 : number &- chunk.base
            switch chunk.width {
            case 1: chunk.payload.append(UInt8(code))
            case 2: chunk.payload.append(littleEndian: UInt16(code))
            default: chunk.payload.append(littleEndian: UInt32(code))
            }
        }
        return chunk
    }

    // MARK: Decode

    /// Takes a checked chunk; nil when its payload does not have the length its header says.
    init?(_ chunk: Chunk) {
        count = chunk.count
        if chunk.codec == .constant {
            shape = .constant(chunk.base)
            return
        }
        guard chunk.codec == .frame, [1, 2, 4, 8].contains(chunk.width),
            chunk.payload.count == chunk.count * chunk.width
        else { return nil }
        shape = .frame(
            Frame(
                codes: CodeBuffer(bytes: chunk.payload, width: chunk.width), base: chunk.base,
                step: 1, hasMissing: chunk.hasMissing))
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch shape {
        case .constant: 16
        case .frame(let frame): frame.codes.bytes
        case .runs(let runs): runs.ends.count * 12
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

    /// Writes the numbers of a range of rows to the beginning of a buffer.
    func fill(_ range: Range<Int>, into buffer: NumberBuffer) {
        precondition(range.upperBound <= count && range.count <= buffer.capacity)
        switch shape {
        case .constant(let value): buffer.fill(value, count: range.count)
        case .frame(let frame): frame.fill(range, into: buffer)
        case .runs(let runs):
            var run = range.isEmpty ? 0 : runs.position(of: range.lowerBound)
            var row = range.lowerBound
            while row < range.upperBound {
                let end = min(Int(runs.ends[run]), range.upperBound)
                for index in (row - range.lowerBound)..<(end - range.lowerBound) {
                    unsafe buffer.pointer[index] = runs.values[run]
                }
                row = end
                run += 1
            }
        }
    }
}

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

    func fill(_ range: Range<Int>, into buffer: NumberBuffer) {
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

/// Runs of equal numbers: run `n` covers the rows from the end of the run before up to `ends[n]`.
struct NumberRuns: Sendable {
    let ends: [UInt32]
    let values: [Int64]

    /// The run that a row lies in.
    func position(of row: Int) -> Int {
        var (low, high) = (0, ends.count)
        while low < high {
            let middle = (low + high) / 2
            if ends[middle] <= row { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Codes of 1, 2, 4 or 8 bytes in one piece of memory that never changes, aligned for vector
/// registers and with room for one of them after its end, so that kernels may read past it.
///
/// Unchecked because the compiler cannot see that the memory is only read after `init`.
@safe
final class CodeBuffer: @unchecked Sendable {
    private static let alignment = 64

    let count: Int
    let width: Int
    private let memory: UnsafeMutableRawPointer

    /// Bytes of memory taken.
    var bytes: Int { count * width }

    /// Room that its argument fills.
    init(count: Int, width: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self.count = count
        self.width = width
        let bytes = count * width
        unsafe memory = .allocate(
            byteCount: bytes + Self.alignment, alignment: Self.alignment)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes + Self.alignment)
        unsafe fill(UnsafeMutableRawBufferPointer(start: memory, count: bytes))
    }

    /// Copies codes, little-endian as this machine has them.
    convenience init(bytes: [UInt8], width: Int) {
        unsafe self.init(count: bytes.count / width, width: width) { target in
            unsafe target.copyBytes(from: bytes.prefix(target.count))
        }
    }

    convenience init(_ numbers: [Int64]) {
        unsafe self.init(count: numbers.count, width: 8) { target in
            unsafe numbers.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
        }
    }

    deinit { unsafe memory.deallocate() }

    /// Lends the memory.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafeRawPointer) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(UnsafeRawPointer(memory))
    }
}

/// Room for the numbers of one batch of rows; owned by one scan and used by one thread.
@safe
final class NumberBuffer {
    let capacity: Int
    let pointer: UnsafeMutablePointer<Int64>

    init(capacity: Int = StoreLimits.batchRows) {
        self.capacity = capacity
        unsafe pointer = .allocate(capacity: capacity)
        unsafe pointer.initialize(repeating: 0, count: capacity)
    }

    deinit { unsafe pointer.deallocate() }

    func fill(_ value: Int64, count: Int) {
        precondition(count <= capacity)
        unsafe pointer.update(repeating: value, count: count)
    }

    subscript(index: Int) -> Int64 {
        get {
            precondition((0..<capacity).contains(index))
            return unsafe pointer[index]
        }
        set {
            precondition((0..<capacity).contains(index))
            unsafe pointer[index] = newValue
        }
    }
}
