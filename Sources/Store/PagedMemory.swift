import Glibc
import Synchronization

/// Pieces of memory of which large ones come from the system page by page, outside of the C library's
/// heap.
///
/// Decoded columns, and rows that wait to be sealed, are kept for long and go one by one. In a heap they
/// leave holes among what was allocated after them, which stay with the process: measured, a third of
/// its memory. Their pages go back at once here, but for a few pieces that the next ones take: pages
/// that are new have to be cleared by the system when they are first touched, which costs a fifth of
/// decoding a column.
enum PagedMemory {
    /// What every piece is aligned to: vector registers, and lines of the processor's caches.
    static let alignment = 64
    /// Bytes of all pieces that wait to be taken again.
    private static let waitingBytes = 4 << 20

    private struct Waiting {
        /// Addresses of pieces by their size.
        var pieces: [Int: [Int]] = [:]
        var bytes = 0
    }

    private static let waiting = Mutex(Waiting())

    /// A piece of at least some bytes, with whatever was written there before.
    static func take(_ bytes: Int) -> UnsafeMutableRawPointer {
        bytes < StoreLimits.pagedBytes
            ? .allocate(byteCount: bytes, alignment: alignment)
            : unsafe takeWaiting(bytes) ?? takeNew(bytes)
    }

    /// A piece of at least some bytes, all 0; with `isSparse` those of its pages that are never
    /// written to take no memory, if it is large.
    static func takeZeroed(_ bytes: Int, isSparse: Bool) -> UnsafeMutableRawPointer {
        let isLarge = bytes >= StoreLimits.pagedBytes
        if isLarge, isSparse { return unsafe takeNew(bytes) }
        let used = unsafe isLarge ? takeWaiting(bytes) : take(bytes)
        guard let used = unsafe used else { return unsafe takeNew(bytes) }
        unsafe used.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        return unsafe used
    }

    /// Gives a piece back that was taken with the same number of bytes.
    static func giveBack(_ piece: UnsafeMutableRawPointer, _ bytes: Int) {
        if bytes < StoreLimits.pagedBytes {
            unsafe piece.deallocate()
            return
        }
        let (size, address) = (rounded(bytes), Int(bitPattern: piece))
        let isKept = waiting.withLock { waiting in
            guard waiting.bytes + size <= waitingBytes else { return false }
            waiting.pieces[size, default: []].append(address)
            waiting.bytes += size
            return true
        }
        if !isKept { unsafe munmap(piece, size) }
    }

    /// A large piece that waits.
    private static func takeWaiting(_ bytes: Int) -> UnsafeMutableRawPointer? {
        let size = rounded(bytes)
        let address = waiting.withLock { waiting -> Int? in
            guard let address = waiting.pieces[size]?.popLast() else { return nil }
            waiting.bytes -= size
            return address
        }
        return unsafe address.flatMap { unsafe UnsafeMutableRawPointer(bitPattern: $0) }
    }

    /// A large piece that is new, all 0.
    private static func takeNew(_ bytes: Int) -> UnsafeMutableRawPointer {
        let piece = unsafe mmap(
            nil, rounded(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let piece = unsafe piece, unsafe piece != MAP_FAILED else {
            preconditionFailure("there is no memory for \(bytes) bytes")
        }
        return unsafe piece
    }

    private static func rounded(_ bytes: Int) -> Int {
        let page = StoreLimits.systemPageBytes
        return (bytes + page - 1) / page * page
    }
}
