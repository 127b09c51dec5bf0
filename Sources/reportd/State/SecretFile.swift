import Crypto
import Foundation
import Glibc

/// A file with a secret of 256 random bits, in base64, that several processes share.
///
/// Invariant: under its name the file is whole from the first moment. Who makes it and who reads it at
/// the same time, in one process or in two, have the same secret.
enum SecretFile {
    /// Makes the file unless there is one.
    ///
    /// - Returns: Whether it is there now.
    static func make(_ path: String) -> Bool {
        placing(path) { partial in
            // Unlike a rename, a link never takes the place of another's secret.
            unsafe Glibc.link(partial, path) == 0 || errno == EEXIST
        }
    }

    /// Puts another secret in the file's place.
    ///
    /// - Returns: Whether that succeeded; else the old one is as it was.
    static func replace(_ path: String) -> Bool {
        placing(path) { unsafe Glibc.rename($0, path) == 0 }
    }

    private static func placing(_ path: String, _ place: (String) -> Bool) -> Bool {
        let partial = "\(path).\(UUID().uuidString).partial"
        defer { try? FileManager.default.removeItem(atPath: partial) }
        let secret = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Data($0) }
        let descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(secret.base64EncodedString().utf8))
            try file.synchronize()
        } catch {
            return false
        }
        return place(partial)
    }
}
