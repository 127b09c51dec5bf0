/// Codes of 1, 2, 4 or 8 bytes in one piece of memory that never changes, aligned for vector
/// registers and with room for one of them after its end, so that kernels may read past it.
///
/// Unchecked because the compiler cannot see that the memory is only read after `init`.
@safe
final class CodeBuffer: @unchecked Sendable {
    private static let alignment = PagedMemory.alignment

    let count: Int
    let width: Int
    private let memory: UnsafeMutableRawPointer

    /// Bytes of memory taken.
    var bytes: Int { count * width + Self.alignment }

    /// Room that its argument fills with `count` codes.
    init(count: Int, width: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self.count = count
        self.width = width
        let bytes = count * width
        unsafe memory = PagedMemory.take(bytes + Self.alignment)
        unsafe (memory + bytes).initializeMemory(
            as: UInt8.self, repeating: 0, count: Self.alignment)
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

    deinit {
        unsafe PagedMemory.giveBack(memory, bytes)
    }

    /// Lends the memory.
    @inline(__always)
    func withPointer<Result>(_ body: (UnsafeRawPointer) throws -> Result) rethrows -> Result {
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(UnsafeRawPointer(memory))
    }
}
