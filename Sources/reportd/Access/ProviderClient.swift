import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Vocabulary

/// Asks the server of an issuer of tokens: for its keys, its addresses, or a token.
///
/// It is asked seldom, so each question has a connection of its own and nothing has to be closed.
struct ProviderClient: Sendable {
    /// Bytes of an answer that are read.
    private static let answerBytes = 1 << 20
    /// Seconds that one question may take altogether.
    private static let seconds = Int64(10)

    /// A PEM file of authorities to trust instead of the system's; nil for the system's.
    let authorities: String?

    /// An answer and its status.
    struct Answer: Sendable {
        let status: Int
        let body: Data
    }

    /// Asks for a document.
    ///
    /// - Throws: `Advice` of kind `unreachable` when it does not come.
    func document(at url: URL) async throws -> Data {
        let answer = try await answer(HTTPClientRequest(url: url.absoluteString), of: url)
        guard answer.status == 200 else {
            throw Advice(
                .unreachable, "\(url.host ?? "") answers with status \(answer.status)",
                remedy: "check the address in section ‘access’ of the configuration",
                cause: url.absoluteString)
        }
        return answer.body
    }

    /// Posts a form.
    ///
    /// - Throws: `Advice` of kind `unreachable` when there is no answer.
    func post(
        _ fields: [(String, String)], to url: URL, headers: [(String, String)]
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url.absoluteString)
        request.method = .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        request.headers.add(name: "content-type", value: "application/x-www-form-urlencoded")
        let text = fields.map {
            "\(RequestSignature.encoded($0.0))=\(RequestSignature.encoded($0.1))"
        }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: text))
        return try await answer(request, of: url)
    }

    private func answer(_ request: HTTPClientRequest, of url: URL) async throws -> Answer {
        var request = request
        request.headers.add(name: "accept", value: "application/json")
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(Self.seconds))
        if let authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorities)
            configuration.tlsConfiguration = tls
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.seconds))
            let body = try await response.body.collect(upTo: Self.answerBytes)
            try await client.shutdown()
            return Answer(status: Int(response.status.code), body: Data(body.readableBytesView))
        } catch {
            try? await client.shutdown()
            throw Advice(
                .unreachable, "\(url.host ?? "the issuer") does not answer",
                remedy: "try again; the operator finds the address in section ‘access’ of the "
                    + "configuration", cause: "\(url.absoluteString): \(error)")
        }
    }

    /// An address that secrets and keys may come from: with TLS, or on this machine.
    ///
    /// - Throws: `Advice` for any other.
    static func address(_ text: String) throws -> URL {
        let near: Set = ["localhost", "127.0.0.1", "::1", "[::1]"]
        guard let url = URL(string: text), let host = url.host, !host.isEmpty, url.user == nil,
            url.fragment == nil,
            url.scheme == "https" || (url.scheme == "http" && near.contains(host))
        else {
            throw Advice(
                .definition, "‘\(text)’ is not an address that keys may come from",
                remedy: "write one that begins with https://; http is only for this machine")
        }
        return url
    }
}
