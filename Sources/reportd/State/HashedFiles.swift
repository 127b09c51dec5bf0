import Crypto
import Foundation
import Synchronization
import Vocabulary

/// Files that are kept under the SHA-256 of their bytes.
///
/// A file is found at `ab/abcd…`, by the first two digits and then all. Invariants: each is a `WholeFile`,
/// and its name says what the bytes are. So a file that a killed program left behind harms nobody, and one
/// that was changed is noticed when it is read.
struct HashedFiles: Sendable {
    let folder: String
    /// What is kept here, for advice: `a message`.
    let content: String
    /// What did not happen because a file could not be kept: `nothing was sent`.
    let loss: String

    /// Folders whose own names are durable.
    private static let settled = Mutex<Set<String>>([])

    private func path(_ sha256: String) -> String { "\(folder)/\(sha256.prefix(2))/\(sha256)" }

    /// The SHA-256 of bytes, in hexadecimal digits.
    static func sha256(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexadecimal }

    /// Keeps bytes; durable when this returns.
    ///
    /// - Returns: Their SHA-256.
    /// - Throws: `Advice` of kind `storage`.
    func keep(_ bytes: [UInt8]) throws -> String {
        let sha256 = Self.sha256(bytes)
        let path = path(sha256)
        if let known = FileManager.default.contents(atPath: path), Array(known) == bytes {
            return sha256
        }
        let place = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            let file: WholeFile
            if let begun = try? WholeFile(path) {
                file = begun
            } else {
                try FileManager.default.createDirectory(
                    atPath: place, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                file = try WholeFile(path)
            }
            try file.append(bytes)
            try file.place()
            // The folder's own name needs it once; whoever is first in this process sees to it.
            if !Self.settled.withLock({ $0.contains(place) }) {
                try WholeFile.synchronize(folder)
                Self.settled.withLock { _ = $0.insert(place) }
            }
        } catch {
            throw Advice(
                .storage, "cannot keep \(content) in \(folder)",
                remedy: "check the disk and the folder's permissions; \(loss)",
                cause: "\(error)")
        }
        return sha256
    }

    /// The bytes of a file, as they were kept.
    ///
    /// - Throws: `Advice`: `storage` when the file is gone, `damaged` when it was changed.
    func bytes(_ sha256: String, naming name: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path(sha256)) else {
            throw gone(sha256, name)
        }
        let bytes = Array(data)
        guard Self.sha256(bytes) == sha256 else {
            throw Advice(
                .damaged, "the \(name) was changed",
                remedy: "restore \(path(sha256)) from a backup")
        }
        return bytes
    }

    /// Opens a file to be read in pieces; whoever reads sees to it that it is as it was kept.
    ///
    /// - Throws: `Advice` of kind `storage` when the file is gone.
    func open(_ sha256: String, naming name: String) throws -> FileHandle {
        guard let handle = FileHandle(forReadingAtPath: path(sha256)) else {
            throw gone(sha256, name)
        }
        return handle
    }

    private func gone(_ sha256: String, _ name: String) -> Advice {
        Advice(
            .storage, "the \(name) is gone", remedy: "restore \(path(sha256)) from a backup")
    }

    /// Removes a file that nothing names any more.
    func remove(_ sha256: String) { try? FileManager.default.removeItem(atPath: path(sha256)) }
}
