/// Memory that kernels write to: zeroed, of a fixed size, and owned by one scan.
///
/// Unchecked because a scan is used by one thread at a time.
@safe
final class KernelBuffer<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    /// Elements beyond the last one that vector stores may touch.
    private static var slack: Int { 64 }

    let count: Int
    let pointer: UnsafeMutablePointer<Element>

    /// Bytes of memory taken.
    var bytes: Int { count * MemoryLayout<Element>.stride }

    /// Room for some elements; with `isSparse` most of them are never written to, and where they are
    /// many, only the pages with those that are take memory.
    init(_ count: Int, isSparse: Bool = false) {
        self.count = count
        let memory = unsafe PagedMemory.takeZeroed(Self.room(count), isSparse: isSparse)
        unsafe pointer = memory.bindMemory(to: Element.self, capacity: count + Self.slack)
    }

    deinit { unsafe PagedMemory.giveBack(pointer, Self.room(count)) }

    private static func room(_ count: Int) -> Int { (count + slack) * MemoryLayout<Element>.stride }

    @inline(__always)
    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return unsafe pointer[index]
        }
        set {
            precondition(index >= 0 && index < count)
            unsafe pointer[index] = newValue
        }
    }

    /// Lends the memory.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafeMutablePointer<Element>) -> Result) -> Result {
        defer { withExtendedLifetime(self) {} }
        return unsafe body(pointer)
    }

    /// The same elements with room for more.
    func grown(to size: Int) -> KernelBuffer {
        let larger = KernelBuffer(size)
        unsafe larger.pointer.update(from: pointer, count: min(count, size))
        return larger
    }

    func fill(_ value: Element, from start: Int = 0) {
        guard start < count else { return }
        unsafe (pointer + start).update(repeating: value, count: count - start)
    }

    /// Sets the first elements.
    func fill(_ value: Element, upTo end: Int) {
        precondition(end <= count)
        unsafe pointer.update(repeating: value, count: end)
    }
}
