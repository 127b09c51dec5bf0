/// Numbers of a chunk: codecs *constant* and *frame*.
///
/// In memory a missing number is `Int64.min`, which no value of any column type takes. A frame
/// stores each number as an unsigned code of 1, 2 or 4 bytes: the number is `base + code`. With
/// missing values code 0 means missing and `base` is one less than the least number, so that a scan
/// needs no bitmap. Frames of 8 bytes hold the numbers themselves.
struct NumberVector: Sendable {
    /// What stands for a missing number.
    static let missing = Int64.min

    private enum Body: Sendable {
        case constant(Int64)
        case codes1([UInt8], base: Int64, hasMissing: Bool)
        case codes2([UInt16], base: Int64, hasMissing: Bool)
        case codes4([UInt32], base: Int64, hasMissing: Bool)
        case plain([Int64])
    }

    let count: Int
    private let body: Body

    /// Numbers as they are, for the delta and for attributes.
    init(_ numbers: [Int64]) {
        count = numbers.count
        body = .plain(numbers)
    }

    /// The same number in every row.
    init(constant: Int64, count: Int) {
        self.count = count
        body = .constant(constant)
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
            body = .constant(chunk.base)
            return
        }
        guard chunk.codec == .frame, chunk.payload.count == chunk.count * chunk.width else {
            return nil
        }
        let (base, hasMissing) = (chunk.base, chunk.hasMissing)
        switch chunk.width {
        case 1: body = .codes1(chunk.payload, base: base, hasMissing: hasMissing)
        case 2: body = .codes2(Self.load(chunk), base: base, hasMissing: hasMissing)
        case 4: body = .codes4(Self.load(chunk), base: base, hasMissing: hasMissing)
        case 8: body = .plain(Self.load(chunk))
        default: return nil
        }
    }

    private static func load<Code: FixedWidthInteger>(_ chunk: Chunk) -> [Code] {
        unsafe chunk.payload.withUnsafeBytes { raw in
            unsafe [Code](unsafeUninitializedCapacity: chunk.count) { codes, initialized in
                for index in 0..<chunk.count {
                    let offset = index * MemoryLayout<Code>.size
                    let code = unsafe raw.loadUnaligned(fromByteOffset: offset, as: Code.self)
                    unsafe codes.initializeElement(at: index, to: Code(littleEndian: code))
                }
                initialized = chunk.count
            }
        }
    }

    /// Bytes held in memory, for the cache's budget.
    var memory: Int {
        switch body {
        case .constant: 16
        case .codes1(let codes, _, _): codes.count
        case .codes2(let codes, _, _): codes.count * 2
        case .codes4(let codes, _, _): codes.count * 4
        case .plain(let numbers): numbers.count * 8
        }
    }

    // MARK: Scan

    /// The number of one row.
    subscript(row: Int) -> Int64 {
        switch body {
        case .constant(let value): value
        case .codes1(let codes, let base, let hasMissing):
            Self.number(codes[row], base, hasMissing)
        case .codes2(let codes, let base, let hasMissing):
            Self.number(codes[row], base, hasMissing)
        case .codes4(let codes, let base, let hasMissing):
            Self.number(codes[row], base, hasMissing)
        case .plain(let numbers): numbers[row]
        }
    }

    /// Writes the numbers of a range of rows to the beginning of a buffer.
    func fill(_ range: Range<Int>, into buffer: NumberBuffer) {
        precondition(range.upperBound <= count && range.count <= buffer.capacity)
        switch body {
        case .constant(let value): buffer.fill(value, count: range.count)
        case .codes1(let codes, let base, let hasMissing):
            Self.expand(codes, range, base, hasMissing, buffer)
        case .codes2(let codes, let base, let hasMissing):
            Self.expand(codes, range, base, hasMissing, buffer)
        case .codes4(let codes, let base, let hasMissing):
            Self.expand(codes, range, base, hasMissing, buffer)
        case .plain(let numbers):
            unsafe numbers.withUnsafeBufferPointer { source in
                for index in 0..<range.count {
                    unsafe buffer.pointer[index] = source[range.lowerBound + index]
                }
            }
        }
    }

    @inline(__always)
    private static func number(
        _ code: some UnsignedInteger & FixedWidthInteger, _ base: Int64, _ hasMissing: Bool
    ) -> Int64 {
        hasMissing && code == 0 ? missing : base &+ Int64(truncatingIfNeeded: code)
    }

    @inline(__always)
    private static func expand<Code: UnsignedInteger & FixedWidthInteger>(
        _ codes: [Code], _ range: Range<Int>, _ base: Int64, _ hasMissing: Bool,
        _ buffer: NumberBuffer
    ) {
        unsafe codes.withUnsafeBufferPointer { source in
            let target = unsafe buffer.pointer
            let start = range.lowerBound
            if hasMissing {
                for index in 0..<range.count {
                    unsafe target[index] = number(source[start + index], base, true)
                }
            } else {
                for index in 0..<range.count {
                    unsafe target[index] =
                        base &+ Int64(truncatingIfNeeded: source[start + index])
                }
            }
        }
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
