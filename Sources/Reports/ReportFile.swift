import Foundation
import Synchronization
import Vocabulary

/// A file that appears under its name only when it is complete.
///
/// Invariants: bytes go to a temporary name in the same folder; `commit()` makes them durable and
/// renames; a file that is let go without `commit()` is removed. So a reader sees the old file or
/// the new one, and an error leaves nothing half-written.
final class ReportFile {
    let path: String
    let temporaryPath: String
    private var isCommitted = false
    private static let count = Mutex(0)

    /// Chooses the temporary name; nothing is created yet.
    ///
    /// - Throws: `Advice` when the folder does not exist or cannot be written.
    init(path: String) throws {
        self.path = path
        let url = URL(fileURLWithPath: path)
        let folder = url.deletingLastPathComponent().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder)
        guard let type = attributes?[.type] as? FileAttributeType, type != .typeRegular else {
            throw Advice(
                .storage, "the folder \(folder) does not exist",
                remedy: "create it or choose another path for the file")
        }
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw Advice(
                .storage, "the folder \(folder) cannot be written to",
                remedy: "change its permissions or choose another path for the file")
        }
        let number = Self.count.withLock { count in
            count += 1
            return count
        }
        let process = ProcessInfo.processInfo.processIdentifier
        temporaryPath = "\(folder)/.\(url.lastPathComponent).\(process)-\(number).partial"
    }

    deinit {
        if !isCommitted { try? FileManager.default.removeItem(atPath: temporaryPath) }
    }

    /// Lets `body` write bytes to the temporary file through a buffer.
    func write(_ body: (inout ByteSink) throws -> Void) throws {
        guard FileManager.default.createFile(atPath: temporaryPath, contents: nil),
            let handle = FileHandle(forWritingAtPath: temporaryPath)
        else {
            throw failure("cannot be created", cause: nil)
        }
        var sink = ByteSink { [temporaryPath, path] bytes in
            do {
                try handle.write(contentsOf: bytes)
            } catch {
                throw Self.failure(path, "cannot be written", cause: "\(temporaryPath): \(error)")
            }
        }
        try body(&sink)
        try sink.flush()
        try handle.close()
    }

    /// Makes the temporary file durable and gives it its name.
    func commit() throws {
        let descriptor = unsafe open(temporaryPath, O_RDWR)
        guard descriptor >= 0 else { throw failure("cannot be reopened", cause: nil) }
        let synced = fsync(descriptor)
        close(descriptor)
        guard synced == 0 else { throw failure("cannot be made durable", cause: nil) }
        guard unsafe rename(temporaryPath, path) == 0 else {
            throw failure("cannot be put in place", cause: nil)
        }
        isCommitted = true
    }

    /// The bytes of a file that `write` makes in the temporary folder, for formats whose libraries
    /// only write files.
    static func bytes(extension name: String, _ write: (_ path: String) throws -> Void) throws
        -> [UInt8]
    {
        // A folder that nobody else can enter: what lies in it is somebody's business.
        let pattern = "/reportd-" + String(repeating: "X", count: 6)
        var template = Array(
            (FileManager.default.temporaryDirectory.path + pattern).utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw Advice(
                .storage, "no temporary folder can be made",
                remedy: "see that the folder named by TMPDIR exists and has room")
        }
        let folder = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try ReportFile(path: "\(folder)/report.\(name)")
        try write(file.temporaryPath)
        guard let data = FileManager.default.contents(atPath: file.temporaryPath) else {
            throw file.failure("cannot be read back", cause: file.temporaryPath)
        }
        return [UInt8](data)
    }

    func failure(_ problem: String, cause: String?) -> Advice {
        let reason = unsafe String(cString: strerror(errno))
        return Self.failure(path, problem, cause: cause ?? reason)
    }

    private static func failure(_ path: String, _ problem: String, cause: String) -> Advice {
        Advice(
            .storage, "the file \(path) \(problem)",
            remedy: "see that the disk has room and the folder can be written to", cause: cause)
    }
}

/// Bytes on their way out, handed on in pieces of about 64 KiB.
struct ByteSink {
    private var buffer: [UInt8] = []
    private let receive: ([UInt8]) throws -> Void
    static let pieceSize = 65_536

    init(_ receive: @escaping ([UInt8]) throws -> Void) {
        self.receive = receive
        buffer.reserveCapacity(Self.pieceSize + 4096)
    }

    mutating func write(_ text: String) throws {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.pieceSize { try flush() }
    }

    mutating func write(_ bytes: [UInt8]) throws {
        // What is about a piece already goes on as it is.
        if bytes.count > Self.pieceSize / 2 {
            try flush()
            return try receive(bytes)
        }
        buffer += bytes
        if buffer.count >= Self.pieceSize { try flush() }
    }

    mutating func flush() throws {
        guard !buffer.isEmpty else { return }
        try receive(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}
