import Counterparts
import Foundation
import Testing

/// An issuer of tokens that signs with the Python package cryptography; it is
/// `Tests/Support/token_issuer.py`, and ends when it is let go.
final class AccessTokenIssuer {
    private struct Start: Decodable {
        let port: Int
        let secret: String
    }

    let secret: String
    let address: String
    private let life: FileHandle

    init() throws {
        let (start, life): (Start, FileHandle) = try Readers.serve("token_issuer.py")
        self.life = life
        secret = start.secret
        address = "http://127.0.0.1:\(start.port)"
    }

    deinit { try? life.close() }

    @discardableResult
    func ask(_ path: String, _ body: String? = nil) throws -> Data {
        let more = body.map { ["-X", "POST", "-d", $0] } ?? []
        return try Readers.run("curl", ["-sf"] + more + [address + path])
    }

    /// How often the key set was fetched.
    func fetches() throws -> Int {
        Int(String(decoding: try ask("/fetches"), as: UTF8.self)) ?? -1
    }

    /// Changes all keys; the names of the new ones by kind.
    @discardableResult
    func rotate() throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: ask("/rotate", "{}"))
    }

    func token(
        _ algorithm: String, _ key: String, header: [String: Any] = [:], _ claims: [String: Any]
    ) throws -> String {
        let wish: [String: Any] = [
            "algorithm": algorithm, "key": key, "header": header, "claims": claims,
        ]
        let body = try JSONSerialization.data(withJSONObject: wish)
        return String(
            decoding: try ask("/sign", String(decoding: body, as: UTF8.self)), as: UTF8.self)
    }
}
