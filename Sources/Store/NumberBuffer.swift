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
