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
        if bytes < StoreLimits.pagedCodes {
            return .allocate(byteCount: bytes, alignment: alignment)
        }
        let size = rounded(bytes)
        let known = waiting.withLock { waiting -> Int? in
            guard let address = waiting.pieces[size]?.popLast() else { return nil }
            waiting.bytes -= size
            return address
        }
        if let known, let piece = unsafe UnsafeMutableRawPointer(bitPattern: known) {
            return unsafe piece
        }
        return unsafe takeZeroed(bytes)
    }

    /// A piece of at least some bytes, all 0, whose pages take memory once they are written to.
    static func takeZeroed(_ bytes: Int) -> UnsafeMutableRawPointer {
        let piece = unsafe mmap(
            nil, rounded(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let piece = unsafe piece, unsafe piece != MAP_FAILED else {
            preconditionFailure("there is no memory for \(bytes) bytes")
        }
        return unsafe piece
    }

    /// Gives a piece back that was taken with the same number of bytes.
    static func giveBack(_ piece: UnsafeMutableRawPointer, _ bytes: Int) {
        if bytes < StoreLimits.pagedCodes {
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

    /// Gives a piece back to the system, with all its pages.
    static func release(_ piece: UnsafeMutableRawPointer, _ bytes: Int) {
        unsafe munmap(piece, rounded(bytes))
    }

    private static func rounded(_ bytes: Int) -> Int {
        let page = StoreLimits.systemPageBytes
        return (bytes + page - 1) / page * page
    }
}
