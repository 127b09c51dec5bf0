import Crypto
import Foundation
import Vocabulary

/// A request's signature in the manner of AWS, version 4 (SigV4), which storages that speak the S3
/// protocol check.
///
/// Source: “AWS Signature Version 4 for API requests” in the IAM user guide. The request is put into
/// one form (method, path, query, headers, hash of the body), hashed, and signed with a key that is
/// derived from the secret for one day, region and service.
struct RequestSignature: Sendable {
    let keyID: String
    let secret: HiddenText
    let region: String
    let service: String

    /// The headers that a request is to be sent with, so that it counts as ours.
    ///
    /// - Parameters:
    ///   - method: `PUT`, `GET` …
    ///   - path: The path, each segment encoded already.
    ///   - query: Names and values, not encoded.
    ///   - headers: Further headers that are signed, by lowercase name; `host` has to be among them.
    ///   - bodyHash: SHA-256 of the body in hexadecimal digits.
    ///   - now: The present moment, as the storage sees it.
    /// - Returns: All headers that were signed, and `authorization`.
    func headers(
        _ method: String, _ path: String, query: [(String, String)], headers: [String: String],
        bodyHash: String, now: Instant
    ) -> [String: String] {
        let time = LocalTime(secondsSinceEpoch: now.seconds)
        let day = "\(time.day)".replacing("-", with: "")
        let moment = "\(day)T\(time.clock.replacing(":", with: ""))Z"
        var signed = headers
        signed["x-amz-date"] = moment
        signed["x-amz-content-sha256"] = bodyHash
        let names = signed.keys.sorted()
        let list = names.joined(separator: ";")
        let request = [
            method, path, Self.queryText(query),
            names.map { "\($0):\(signed[$0]?.trimmingCharacters(in: .whitespaces) ?? "")\n" }
                .joined(), list, bodyHash,
        ].joined(separator: "\n")
        let scope = "\(day)/\(region)/\(service)/aws4_request"
        let text = [
            "AWS4-HMAC-SHA256", moment, scope, CloseArchive.sha256(Array(request.utf8)),
        ].joined(separator: "\n")
        let signature = Self.code(text, key(for: day)).hexadecimal
        signed["authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope),SignedHeaders=\(list),"
            + "Signature=\(signature)"
        return signed
    }

    /// The query as it is signed and sent: encoded, in the order of the names.
    static func queryText(_ query: [(String, String)]) -> String {
        query.map { (encoded($0.0), encoded($0.1)) }.sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// A text with everything but unreserved characters (RFC 3986, 2.3) percent-encoded.
    static func encoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || Array("-._~".utf8).contains(byte)
            if isPlain {
                out.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                let digits = String(byte, radix: 16, uppercase: true)
                out += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return out
    }

    private func key(for day: String) -> [UInt8] {
        [day, region, service, "aws4_request"].reduce(Array("AWS4\(secret.secret)".utf8)) {
            Self.code($1, $0)
        }
    }

    private static func code(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(
            HMAC<SHA256>.authenticationCode(
                for: Data(text.utf8), using: SymmetricKey(data: Data(key))))
    }
}
