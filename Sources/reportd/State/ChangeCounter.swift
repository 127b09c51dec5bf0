import Foundation
import Glibc
import Synchronization

/// How often a state file was changed, by whatever process: the number that SQLite raises in the head of
/// a file with every transaction that writes in rollback-journal mode (SQLite's file format, 1.3.7).
///
/// Reading it is one system call and takes no lock. The number of a transaction is in the file before the
/// transaction has ended; who reads the file after that waits for its end. So what was read between two
/// looks at the counter that show the same number is what the file held at that number.
///
/// Invariant: a process has one descriptor of a file for all who look at its counter, and closes it when
/// nobody has the file open any more. Closing any descriptor of a file drops all locks that the
/// process holds on it (fcntl(2)), those of SQLite in the middle of a transaction too.
final class ChangeCounter: Sendable {
    /// Where the number stands: four bytes, the most significant first.
    private static let offset: off_t = 24

    private let descriptor: Int32
    private let identity: FileIdentity

    /// Which file a path leads to.
    private struct FileIdentity: Equatable {
        let device: dev_t
        let number: ino_t

        init?(_ path: String) {
            var found = stat()
            guard unsafe stat(path, &found) == 0 else { return nil }
            (device, number) = (found.st_dev, found.st_ino)
        }
    }

    private struct Known {
        weak var counter: ChangeCounter?
    }

    private static let known = Mutex<[String: Known]>([:])

    /// The counter of a file that exists; nil when it cannot be read.
    static func of(_ path: String) -> ChangeCounter? {
        known.withLock { known in
            guard let identity = FileIdentity(path) else { return nil }
            if let counter = known[path]?.counter, counter.identity == identity { return counter }
            known = known.filter { $0.value.counter != nil }
            guard let counter = ChangeCounter(path, identity) else { return nil }
            known[path] = Known(counter: counter)
            return counter
        }
    }

    private init?(_ path: String, _ identity: FileIdentity) {
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        self.identity = identity
        guard descriptor >= 0 else { return nil }
    }

    deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

    /// The number now; nil when it cannot be read.
    var value: UInt32? {
        var bytes = UInt32(0)
        let count = unsafe withUnsafeMutableBytes(of: &bytes) { buffer in
            unsafe pread(descriptor, buffer.baseAddress, buffer.count, Self.offset)
        }
        return count == 4 ? UInt32(bigEndian: bytes) : nil
    }
}
