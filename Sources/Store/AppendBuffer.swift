/// Memory of a fixed size for rows that one writer appends while readers use what they know to be in
/// it: so many places in each of some lanes, one lane after the other.
///
/// Invariant: an element that a published state counts is never written again, so readers need no
/// lock; places beyond may be written more than once, when a transaction has failed.
///
/// Unchecked because the compiler cannot see this.
@safe
final class AppendBuffer<Element: Sendable>: @unchecked Sendable {
    let capacity: Int
    let lanes: Int
    private let memory: UnsafeMutablePointer<Element>
    /// Places that have been written in every lane; looked at by the writer only.
    private var filled = 0

    init(capacity: Int, lanes: Int = 1) {
        self.capacity = capacity
        self.lanes = lanes
        unsafe memory = PagedMemory.take(capacity * lanes * MemoryLayout<Element>.stride)
            .bindMemory(to: Element.self, capacity: capacity * lanes)
    }

    deinit {
        for lane in 0..<lanes { unsafe (memory + lane * capacity).deinitialize(count: filled) }
        unsafe PagedMemory.giveBack(memory, capacity * lanes * MemoryLayout<Element>.stride)
    }

    /// Writes the element at a place of a lane that no reader knows of yet.
    ///
    /// Each lane has to be written before `finish` counts the place.
    @inline(__always)
    func set(_ element: Element, at place: Int, lane: Int = 0) {
        precondition(place >= 0 && place <= filled && place < capacity)
        precondition(lane >= 0 && lane < lanes)
        let target = unsafe memory + (lane * capacity + place)
        if place == filled {
            unsafe target.initialize(to: element)
        } else {
            unsafe target.pointee = element
        }
    }

    /// Counts a place whose lanes have all been written.
    @inline(__always)
    func finish(_ place: Int) {
        precondition(place <= filled)
        filled = max(filled, place + 1)
    }

    /// The element at a place below what its caller's state counts.
    @inline(__always)
    fileprivate func element(_ place: Int) -> Element { unsafe memory[place] }

    /// Lends the memory from a place on.
    fileprivate func withPointer<Result>(
        from place: Int, _ body: (UnsafePointer<Element>) -> Result
    ) -> Result {
        defer { withExtendedLifetime(self) {} }
        return unsafe body(UnsafePointer(memory + place))
    }
}

/// The elements of a lane of an `AppendBuffer` that one state counts.
struct AppendColumn<Element: Sendable>: RandomAccessCollection, Sendable {
    private let buffer: AppendBuffer<Element>
    /// The first place of the lane.
    private let start: Int
    let endIndex: Int

    /// A column; empty where there is no lane of that number.
    init(_ buffer: AppendBuffer<Element>, lane: Int = 0, count: Int) {
        self.buffer = buffer
        let exists = lane >= 0 && lane < buffer.lanes
        start = exists ? lane * buffer.capacity : 0
        endIndex = exists ? Swift.min(count, buffer.capacity) : 0
    }

    var startIndex: Int { 0 }

    @inline(__always)
    subscript(place: Int) -> Element {
        precondition(place >= 0 && place < endIndex)
        return buffer.element(start + place)
    }
}

extension AppendColumn<Int64> {
    /// The numbers as codes that kernels can work on.
    var codes: CodeBuffer {
        unsafe CodeBuffer(count: count, width: 8) { target in
            unsafe buffer.withPointer(from: start) { source in
                unsafe target.copyMemory(
                    from: UnsafeRawBufferPointer(
                        UnsafeBufferPointer(start: source, count: count)))
            }
        }
    }
}
