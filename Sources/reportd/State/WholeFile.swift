import Foundation
import Glibc

/// A file that is written to be whole or not there.
///
/// Bytes go to a name of their own in the same folder. Invariants: under its own name the file appears
/// only when it is complete and durable, the name included; one that is let go before that leaves
/// nothing behind, and what stood under the name before is as it was.
final class WholeFile {
    /// Why it could not be written, for the cause of an advice.
    struct Failure: Error, CustomStringConvertible {
        let description: String

        /// Takes the system's reason.
        fileprivate init(_ path: String, _ what: String) {
            description = unsafe "\(path) \(what): \(String(cString: strerror(errno)))"
        }
    }

    /// What becomes of a file that has the name already.
    enum Present {
        /// The new one takes its place.
        case replaced
        /// It stays.
        case kept
    }

    let path: String
    private let partial: String
    private let handle: FileHandle

    /// Begins a file.
    ///
    /// - Throws: `Failure` when its folder does not exist or cannot be written to.
    init(_ path: String, permissions: mode_t = 0o600) throws {
        self.path = path
        // Several may write a file of this name at once, in one process or in two.
        partial = "\(path).\(UUID().uuidString).partial"
        let descriptor = unsafe open(
            partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
        guard descriptor >= 0 else { throw Failure(path, "cannot be written") }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    deinit { unsafe unlink(partial) }

    /// Writes a file at once; durable when this returns.
    ///
    /// - Throws: What the system reports; nothing is changed then.
    static func write(
        _ bytes: some DataProtocol, to path: String, ifPresent: Present = .replaced
    ) throws {
        let file = try WholeFile(path)
        try file.append(bytes)
        try file.place(ifPresent)
    }

    /// Adds bytes.
    ///
    /// - Throws: What the system reports.
    func append(_ bytes: some DataProtocol) throws { try handle.write(contentsOf: bytes) }

    /// Gives the file its name; durable when this returns.
    ///
    /// - Throws: What the system reports; nothing is changed then, unless the folder alone could not
    ///   be made durable.
    func place(_ present: Present = .replaced) throws {
        try handle.synchronize()
        try handle.close()
        switch present {
        case .replaced:
            guard unsafe rename(partial, path) == 0 else {
                throw Failure(path, "cannot be put in place")
            }
        case .kept:
            // Unlike a rename, a link never takes the place of another's file.
            guard unsafe link(partial, path) == 0 || errno == EEXIST else {
                throw Failure(path, "cannot be put in place")
            }
        }
        try Self.synchronize(URL(fileURLWithPath: path).deletingLastPathComponent().path)
    }

    /// Makes the names in a folder durable.
    static func synchronize(_ folder: String) throws {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(folder, "cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Failure(folder, "cannot be made durable") }
    }
}
