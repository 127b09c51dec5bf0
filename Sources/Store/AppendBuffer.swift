/// Memory of a fixed size that one writer appends to while readers use what they know to be in it.
///
/// Invariant: an element that a published state counts is never written again, so readers need no
/// lock; places beyond may be written more than once, when a transaction has failed.
///
/// Unchecked because the compiler cannot see this.
@safe
final class AppendBuffer<Element: Sendable>: @unchecked Sendable {
    let capacity: Int
    private let memory: UnsafeMutablePointer<Element>
    /// Elements that have been written; looked at by the writer only.
    private var filled = 0

    init(capacity: Int) {
        self.capacity = capacity
        unsafe memory = .allocate(capacity: capacity)
    }

    deinit {
        unsafe memory.deinitialize(count: filled)
        unsafe memory.deallocate()
    }

    /// Writes the element at a place that no reader knows of yet.
    func set(_ element: Element, at place: Int) {
        precondition(place >= 0 && place <= filled && place < capacity)
        if place == filled {
            unsafe (memory + place).initialize(to: element)
            filled += 1
        } else {
            unsafe memory[place] = element
        }
    }

    /// The element at a place below what its caller's state counts.
    @inline(__always)
    fileprivate func element(_ place: Int) -> Element { unsafe memory[place] }

    /// Lends the memory.
    fileprivate func withPointer<Result>(_ body: (UnsafePointer<Element>) -> Result) -> Result {
        defer { withExtendedLifetime(self) {} }
        return unsafe body(UnsafePointer(memory))
    }
}

/// The elements of an `AppendBuffer` that one state counts.
struct AppendColumn<Element: Sendable>: RandomAccessCollection, Sendable {
    private let buffer: AppendBuffer<Element>
    let endIndex: Int

    init(_ buffer: AppendBuffer<Element>, count: Int) {
        self.buffer = buffer
        endIndex = Swift.min(count, buffer.capacity)
    }

    var startIndex: Int { 0 }

    @inline(__always)
    subscript(place: Int) -> Element {
        precondition(place >= 0 && place < endIndex)
        return buffer.element(place)
    }
}

extension AppendColumn<Int64> {
    /// The numbers as codes that kernels can work on.
    var codes: CodeBuffer {
        unsafe CodeBuffer(count: count, width: 8) { target in
            unsafe buffer.withPointer { source in
                unsafe target.copyMemory(
                    from: UnsafeRawBufferPointer(
                        UnsafeBufferPointer(start: source, count: count)))
            }
        }
    }
}
