import Crypto
import CryptoExtras
import Foundation
import Vocabulary

/// A password as it is kept: its scrypt hash (RFC 7914, N = 2^15, r = 8, p = 1: 32 MiB and some tens
/// of milliseconds a guess) with a salt of its own.
struct PasswordHash: Sendable {
    /// Characters of the shortest password that is taken.
    static let shortest = 10
    /// Characters of the longest; what is longer was hardly meant as one.
    static let longest = 500
    private static let rounds = 1 << 15
    private static let hashBytes = 32
    private static let saltBytes = 16

    let salt: Data
    let hash: Data

    /// One that nobody's password fits, for names that nobody has: it takes as long to compare.
    static let nobody = PasswordHash(
        salt: Data(repeating: 0, count: saltBytes), hash: Data(repeating: 0, count: hashBytes))

    /// A hash as it was kept.
    init(salt: Data, hash: Data) {
        self.salt = salt
        self.hash = hash
    }

    /// Hashes a new password.
    ///
    /// - Throws: `Advice` when it is too short or too long.
    init(_ password: String) throws {
        try Self.check(password)
        salt = unsafe SymmetricKey(size: .bits128).withUnsafeBytes { unsafe Data($0) }
        hash = try Self.hash(password, salt: salt)
    }

    /// Checks that a password may be chosen.
    ///
    /// - Throws: `Advice` when it is too short or too long.
    static func check(_ password: String) throws {
        guard password.count >= shortest else {
            throw Advice(
                .request, "the password has fewer than \(shortest) characters",
                remedy: "choose a longer one")
        }
        guard password.count <= longest else {
            throw Advice(
                .request, "the password has more than \(longest) characters",
                remedy: "choose a shorter one")
        }
    }

    /// Whether a password is this one.
    func fits(_ password: String) throws -> Bool {
        let other = try Self.hash(password, salt: salt)
        let difference = zip(other, hash).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
        return difference == 0 && other.count == hash.count
    }

    private static func hash(_ password: String, salt: Data) throws -> Data {
        unsafe try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: salt, outputByteCount: hashBytes, rounds: rounds,
            blockSize: 8, parallelism: 1
        ).withUnsafeBytes { unsafe Data($0) }
    }
}
