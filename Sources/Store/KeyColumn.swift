import CKernels

/// Keys of rows that are collected for a segment: integers or UUIDs as long as all are.
struct KeyColumn: Sendable {
    /// Keys of one kind, or of several.
    enum Kind: Sendable {
        case integers, uuids, mixed
    }

    private(set) var kind = Kind.integers
    private(set) var integers: [Int64] = []
    private(set) var uuids: [UInt128] = []
    private(set) var mixed: [RowKey] = []

    /// No keys.
    init() {}

    /// Some keys.
    init(_ keys: some Sequence<RowKey>) {
        for key in keys { append(key) }
    }

    /// Integers, none of which is `Int64.min`.
    init(integers: [Int64]) {
        self.integers = integers
    }

    init(uuids: [UInt128]) {
        kind = .uuids
        self.uuids = uuids
    }

    var count: Int {
        switch kind {
        case .integers: integers.count
        case .uuids: uuids.count
        case .mixed: mixed.count
        }
    }

    subscript(row: Int) -> RowKey {
        switch kind {
        case .integers: .integer(integers[row])
        case .uuids: .uuid(uuids[row])
        case .mixed: mixed[row]
        }
    }

    mutating func append(_ key: RowKey) {
        switch (kind, key) {
        // Int64.min stands for a missing number, so a key of that value is kept as text.
        case (.integers, .integer(let number)) where number != NumberVector.missing:
            integers.append(number)
        case (.uuids, .uuid(let value)): uuids.append(value)
        case (.integers, .uuid(let value)) where integers.isEmpty:
            kind = .uuids
            uuids.append(value)
        default:
            mix()
            mixed.append(key)
        }
    }

    /// Adds a part of other keys.
    mutating func append(_ other: KeyColumn, _ rows: Range<Int>) {
        if count == 0 { kind = other.kind }
        switch (kind, other.kind) {
        case (.integers, .integers): integers += other.integers[rows]
        case (.uuids, .uuids): uuids += other.uuids[rows]
        default: for row in rows { append(other[row]) }
        }
    }

    private mutating func mix() {
        if kind == .mixed { return }
        mixed = (0..<count).map { self[$0] }
        (kind, integers, uuids) = (.mixed, [], [])
    }

    /// The keys in another order.
    func ordered(by order: [UInt32]) -> KeyColumn {
        var ordered = self
        switch kind {
        case .integers: ordered.integers = integers.ordered(by: order)
        case .uuids: ordered.uuids = order.map { uuids[Int($0)] }
        case .mixed: ordered.mixed = order.map { mixed[Int($0)] }
        }
        return ordered
    }
}

extension [Int64] {
    /// The numbers in another order.
    func ordered(by order: [UInt32]) -> [Int64] {
        precondition(order.count == count)
        return unsafe [Int64](unsafeUninitializedCapacity: count) { target, filled in
            filled = count
            unsafe withUnsafeBufferPointer { source in
                guard let from = source.baseAddress, let to = target.baseAddress else { return }
                unsafe rk_gather(from, order, source.count, to)
            }
        }
    }
}
