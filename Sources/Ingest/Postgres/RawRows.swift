/// Rows of a binary copy as they arrived, and where their values lie.
struct RawRows {
    /// A value: where it begins, and its length, which is below zero for null.
    struct Place {
        let start: Int32
        let length: Int32

        var isNull: Bool { length < 0 }
        var range: Range<Int> { Int(start)..<Int(start) + Int(length) }
    }

    private let columns: Int
    private(set) var bytes: [UInt8] = []
    private var places: [Place] = []
    private var starts: [Int] = [0]

    init(columns: Int) { self.columns = columns }

    /// How many rows there are.
    var count: Int { starts.count - 1 }

    /// Adds a row that lies in a part of a message, with the places of its values there.
    mutating func append(_ message: Span<UInt8>, _ row: Range<Int>, _ fields: [Range<Int>?]) {
        precondition(fields.count == columns && row.upperBound <= message.count)
        let moved = bytes.count - row.lowerBound
        for field in fields {
            places.append(
                field.map { Place(start: Int32($0.lowerBound + moved), length: Int32($0.count)) }
                    ?? Place(start: 0, length: -1))
        }
        unsafe message.withUnsafeBufferPointer { buffer in
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[row]))
        }
        starts.append(bytes.count)
    }

    /// Where a value lies in `bytes`.
    @inline(__always)
    func place(_ row: Int, _ column: Int) -> Place { places[row * columns + column] }

    /// Where a whole row lies in `bytes`.
    func range(_ row: Int) -> Range<Int> { starts[row]..<starts[row + 1] }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        starts.append(0)
    }
}
