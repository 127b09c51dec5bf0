import Crypto
import Foundation

/// A file with a secret of 256 random bits, in base64, that several processes share.
///
/// It is a `WholeFile`: who makes it and who reads it at the same time, in one process or in two, have
/// the same secret.
enum SecretFile {
    /// Makes the file unless there is one.
    ///
    /// - Returns: Whether it is there now.
    static func make(_ path: String) -> Bool { write(path, ifPresent: .kept) }

    /// Puts another secret in the file's place.
    ///
    /// - Returns: Whether that succeeded; else the old one is as it was.
    static func replace(_ path: String) -> Bool { write(path, ifPresent: .replaced) }

    private static func write(_ path: String, ifPresent: WholeFile.Present) -> Bool {
        let secret = unsafe SymmetricKey(size: .bits256).withUnsafeBytes { unsafe Data($0) }
        let text = Data(secret.base64EncodedString().utf8)
        return (try? WholeFile.write(text, to: path, ifPresent: ifPresent)) != nil
    }
}
