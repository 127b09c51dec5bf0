import Glibc
import Store
import Vocabulary

/// Messages that are kept aside until they can be used, in memory at first and then in a file.
///
/// The file has no name: it is gone with its owner or with the process, and leaves nothing behind. It
/// lies beside the store, because a folder for temporary files may itself be memory. Each message is
/// its length (4 bytes, in the machine's order) and its bytes.
///
/// Used by one thread at a time.
final class MessageSpool {
    /// How many bytes wait in memory.
    private static let room = 1 << 20

    private let folder: String
    private var waiting: [UInt8] = []
    private var descriptor = Int32(-1)
    private(set) var count = 0
    /// Bytes of all messages.
    private(set) var bytes = 0

    init(in folder: String) { self.folder = folder }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Keeps a message.
    ///
    /// - Throws: `Advice` when the disk is full.
    func append(_ message: Span<UInt8>, in range: Range<Int>) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= message.count)
        let length = UInt32(range.count)
        for shift in [UInt32(0), 8, 16, 24] {
            waiting.append(UInt8(truncatingIfNeeded: length >> shift))
        }
        unsafe message.withUnsafeBufferPointer { buffer in
            unsafe waiting.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[range]))
        }
        count += 1
        bytes += range.count
        if waiting.count >= Self.room { try flush() }
    }

    private func flush() throws {
        if descriptor < 0 { try open() }
        var written = 0
        while written < waiting.count {
            let result = unsafe waiting.withUnsafeBytes { buffer in
                unsafe write(
                    descriptor, buffer.baseAddress?.advanced(by: written),
                    waiting.count - written)
            }
            if result < 0 {
                if errno == EINTR { continue }
                throw failure("cannot keep changes of a large transaction aside")
            }
            written += result
        }
        waiting.removeAll(keepingCapacity: true)
    }

    private func open() throws {
        var template = Array(
            (folder + "/.reportd-spool-" + String(repeating: "X", count: 6)).utf8CString)
        descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return -1 }
            let made = unsafe mkstemp(start)
            if made >= 0 {
                _ = fcntl(made, F_SETFD, FD_CLOEXEC)
                _ = unsafe unlink(start)
            }
            return made
        }
        guard descriptor >= 0 else { throw failure("cannot make a temporary file in \(folder)") }
    }

    private func failure(_ what: String) -> Advice {
        let cause = unsafe String(cString: strerror(errno))
        return Advice(
            .storage, what, remedy: "make room on the disk of the store; nothing is lost",
            cause: cause)
    }

    /// Gives the messages back in their order; may be asked for once more from the beginning.
    func reader() throws -> Reader { try Reader(self) }

    /// Reads a spool from its beginning; nothing may be appended meanwhile.
    final class Reader {
        private let spool: MessageSpool
        private var buffer: [UInt8] = []
        private var start = 0
        private var offset = off_t(0)
        private var hasReadWaiting = false

        fileprivate init(_ spool: MessageSpool) throws { self.spool = spool }

        /// Lends the next message; false when there is none.
        func next(_ body: (Span<UInt8>, Range<Int>) throws -> Void) throws -> Bool {
            guard try fill(4) else { return false }
            var length = UInt32(0)
            for place in 0..<4 { length |= UInt32(buffer[start + place]) << UInt32(place * 8) }
            guard try fill(4 + Int(length)) else {
                preconditionFailure("a spool ends within a message")
            }
            let range = start + 4..<start + 4 + Int(length)
            start = range.upperBound
            let lent = buffer
            try body(lent.span, range)
            return true
        }

        /// Makes at least so many bytes available; false when the spool has ended before.
        private func fill(_ wanted: Int) throws -> Bool {
            while buffer.count - start < wanted {
                buffer.removeFirst(start)
                start = 0
                guard try readMore(max(wanted, MessageSpool.room)) else { return false }
            }
            return true
        }

        private func readMore(_ wanted: Int) throws -> Bool {
            if spool.descriptor >= 0 {
                var chunk = [UInt8](repeating: 0, count: wanted)
                let count = unsafe chunk.withUnsafeMutableBytes { room in
                    unsafe pread(spool.descriptor, room.baseAddress, room.count, offset)
                }
                if count < 0 { throw spool.failure("cannot read what was kept aside") }
                if count > 0 {
                    offset += off_t(count)
                    buffer += chunk[..<count]
                    return true
                }
            }
            if hasReadWaiting || spool.waiting.isEmpty { return false }
            hasReadWaiting = true
            buffer += spool.waiting
            return true
        }
    }
}
