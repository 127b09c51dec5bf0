import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Vocabulary

/// Hands reports to channels, one request for each.
///
/// A request to a `webhook` is signed as Standard Webhooks 1.0 says: the headers `webhook-id` (the
/// delivery's Message-ID, the same at every attempt, by which a receiver knows what it has had),
/// `webhook-timestamp` (seconds, of this attempt) and `webhook-signature`, which is `v1,` and the
/// HMAC-SHA256 of `id.timestamp.body` in base64. Redirects are not followed. No connection is used
/// twice, so that a failure says something about its own request: before there was a connection
/// nothing was sent, after it nobody knows.
struct WebhookSender: Sendable {
    /// Seconds until a connection stands.
    private static let connectSeconds: Int64 = 10
    /// Seconds until the answer, all in all.
    private static let answerSeconds: Int64 = 60
    /// Bytes of an answer that are kept.
    private static let answerBytes = 1000
    /// Bytes that a secret has at least.
    private static let secretBytes = 24

    private let client: HTTPClient
    private let clock: WallClock

    init(clock: WallClock) {
        self.clock = clock
        // Several schedulers and tests share it; it holds nothing between requests.
        client = Self.shared
    }

    private static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(
            connect: .seconds(connectSeconds), read: .seconds(answerSeconds))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Sends one body to one channel.
    ///
    /// - Parameters:
    ///   - body: JSON.
    ///   - id: The identifier of the delivery, the same at every attempt.
    ///   - channel: Where it goes.
    /// - Returns: How it ended; the codes are those of HTTP.
    func send(_ body: [UInt8], id: String, to channel: Channel) async -> MailOutcome {
        do {
            let request = try request(body, id: id, to: channel)
            let response = try await client.execute(
                request, timeout: .seconds(Self.answerSeconds))
            return await outcome(of: response)
        } catch let advice as Advice {
            return .unavailable(advice)
        } catch {
            return Self.outcome(of: error, channel)
        }
    }

    private func request(
        _ body: [UInt8], id: String, to channel: Channel
    ) throws -> HTTPClientRequest {
        let address: String
        switch channel.address {
        case .url(let url): address = url
        case .file(let path):
            address = try Channel.checked(try Self.line(of: path, for: channel))
        }
        var request = HTTPClientRequest(url: address)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json; charset=utf-8")
        request.headers.add(name: "user-agent", value: "reportd")
        request.headers.add(name: "connection", value: "close")
        if let file = channel.secretFile {
            let seconds = clock.now().seconds
            request.headers.add(name: "webhook-id", value: id)
            request.headers.add(name: "webhook-timestamp", value: "\(seconds)")
            let signed = Array("\(id).\(seconds).".utf8) + body
            let code = HMAC<SHA256>.authenticationCode(
                for: signed, using: try Self.secret(in: file, for: channel))
            request.headers.add(
                name: "webhook-signature", value: "v1," + Data(code).base64EncodedString())
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return request
    }

    private static func secret(in path: String, for channel: Channel) throws -> SymmetricKey {
        let line = try line(of: path, for: channel)
        let text = line.hasPrefix("whsec_") ? String(line.dropFirst(6)) : line
        guard let data = Data(base64Encoded: text), data.count >= secretBytes else {
            throw Advice(
                .definition,
                "the file of ‘secret-file’ of channel ‘\(channel.name)’ holds no secret",
                remedy: "write into it what ‘openssl rand -base64 32’ prints, and tell it the "
                    + "receiver")
        }
        return SymmetricKey(data: data)
    }

    private static func line(of path: String, for channel: Channel) throws -> String {
        guard let data = FileManager.default.contents(atPath: path),
            let line = String(data: data, encoding: .utf8)?.split(whereSeparator: \.isNewline)
                .first
        else {
            throw Advice(
                .definition, "channel ‘\(channel.name)’ names a file that cannot be read",
                remedy: "see that the user who runs reportd may read it", cause: path)
        }
        return line.trimmingCharacters(in: .whitespaces)
    }

    private func outcome(of response: HTTPClientResponse) async -> MailOutcome {
        let code = Int(response.status.code)
        // The status decides; words that do not come are not waited for twice.
        let content = try? await response.body.collect(upTo: Self.answerBytes)
        let words = content.map { String(buffer: $0) } ?? ""
        let text = words.unicodeScalars.filter { (32...126).contains($0.value) }
        let reply = MailReply(code: code, text: String(String.UnicodeScalarView(text)))
        switch code {
        case 200..<300: return .accepted(reply)
        case 408, 425, 429, 500...: return .deferred(reply)
        default: return .refused(reply)
        }
    }

    /// What a failure says about its request.
    private static func outcome(of error: any Error, _ channel: Channel) -> MailOutcome {
        let isBefore =
            error is NIOConnectionError || error is NIOSSLError || error is IOError
            || error is NIOSSLExtraError
            || [.connectTimeout, .tlsHandshakeTimeout].contains(error as? HTTPClientError)
        // The address stays out of it: that of a chat is a secret.
        if isBefore {
            return .unavailable(
                Advice(
                    .unreachable, "channel ‘\(channel.name)’ cannot be reached",
                    remedy: "check its address, its certificate and the network; it is tried again "
                        + "by itself", cause: "\(type(of: error))"))
        }
        return .lost(
            Advice(
                .unreachable,
                "channel ‘\(channel.name)’ was sent the report and did not answer",
                remedy: "ask whoever runs it; it is not sent again by itself",
                cause: "\(type(of: error))"))
    }
}
