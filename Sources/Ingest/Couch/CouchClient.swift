import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization
import Vocabulary

/// Requests to one CouchDB server over connections that are kept.
///
/// Logs in when a name is given: by cookie, which is asked for again when the server has forgotten
/// it, or with each request. Safe from any thread.
final class CouchClient: Sendable {
    /// A body that arrives bit by bit, and the server's own time when it began.
    struct Stream: Sendable {
        let body: HTTPClientResponse.Body
        let time: Instant?
    }

    private static let largestAnswer = 512 << 20

    let address: CouchAddress
    private let timing: CouchTiming
    private let client: HTTPClient
    private let cookie = Mutex<String?>(nil)

    /// Makes a client, which connects with the first request.
    ///
    /// - Throws: `Advice` when the address names a file of authorities that cannot be read.
    init(_ address: CouchAddress, timing: CouchTiming, isFollowing: Bool = false) throws {
        self.address = address
        self.timing = timing
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.timeout = .init(
            connect: Self.amount(timing.connect),
            read: Self.amount(isFollowing ? timing.stall : timing.silence))
        // We wait and try again ourselves, so that a refusal is told at once.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let file = address.authorities {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try Self.certificates(in: file))
            configuration.tlsConfiguration = tls
        }
        // One connection for each followed database, and one for looking at them.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: configuration)
        silence = isFollowing ? timing.stall : timing.silence
    }

    private static func certificates(in file: String) throws -> [NIOSSLCertificate] {
        let found = Result { try NIOSSLCertificate.fromPEMFile(file) }
        if case .success(let certificates) = found, !certificates.isEmpty { return certificates }
        var cause: String?
        if case .failure(let error) = found { cause = "\(error)" }
        throw Advice(
            .definition, "‘\(file)’ holds no certificate of an authority in PEM form",
            remedy: "name a file that this user may read and that begins with -----BEGIN "
                + "CERTIFICATE----- behind ?ca= in the address, or leave it out to trust the "
                + "system's authorities", cause: cause)
    }

    /// After how long a silence a request is given up.
    let silence: Duration

    /// Closes all connections; has to be called before the client is let go.
    func close() async {
        try? await client.shutdown()
    }

    private static func amount(_ duration: Duration) -> TimeAmount {
        let (seconds, fraction) = duration.components
        return .nanoseconds(seconds * 1_000_000_000 + fraction / 1_000_000_000)
    }

    /// Asks for JSON.
    ///
    /// - Throws: `CouchFailure`; `CancellationError`.
    func json(_ path: String, posting body: String? = nil) async throws -> JSONValue {
        let response = try await response(to: path, posting: body)
        let bytes = try await collect(response, path: path)
        do {
            var parser = JSONParser(bytes)
            let value = try parser.value()
            return value
        } catch {
            throw CouchFailure.foreign("/\(path) is not JSON: \(error.problem)")
        }
    }

    /// Asks for an answer that is read as it arrives.
    ///
    /// - Throws: `CouchFailure`; `CancellationError`.
    func stream(_ path: String) async throws -> Stream {
        let response = try await response(to: path, posting: nil)
        return Stream(
            body: response.body,
            time: response.headers.first(name: "date").flatMap(HTTPDate.instant))
    }

    private func response(
        to path: String, posting body: String?
    ) async throws -> HTTPClientResponse {
        var isSecond = false
        while true {
            let usedCookie = try await session()
            let response = try await send(path, posting: body, cookie: usedCookie)
            if (200..<300).contains(response.status.code) { return response }
            let failure = try await refusal(of: response, path: path)
            if usedCookie != nil, !isSecond, Self.isAboutCookie(failure) {
                forget(usedCookie)
                isSecond = true
                continue
            }
            throw failure
        }
    }

    /// Forgets a cookie, unless another request has already got a new one.
    private func forget(_ used: String?) {
        cookie.withLock { if $0 == used { $0 = nil } }
    }

    /// A cookie has expired, or the server was given another secret.
    private static func isAboutCookie(_ failure: CouchFailure) -> Bool {
        switch failure {
        case .refused(401, _, _, _): true
        case .refused(400, _, let reason, _): reason.contains("AuthSession")
        default: false
        }
    }

    /// The cookie to show, after logging in if need be; nil when there is none to show.
    private func session() async throws -> String? {
        guard address.login == .cookie, let user = address.user, let password = address.password
        else { return nil }
        if let known = cookie.withLock({ $0 }) { return known }
        let body = JSONValue.object([
            .init(name: "name", value: .text(user)),
            .init(name: "password", value: .text(password)),
        ]).serialized
        let response = try await send("_session", posting: body, cookie: nil)
        guard (200..<300).contains(response.status.code) else {
            throw try await refusal(of: response, path: "_session")
        }
        _ = try await collect(response, path: "_session")
        let cookies = response.headers["set-cookie"].compactMap { line in
            line.split(separator: ";").first.map { String($0).trimmingBlank }
        }
        guard let fresh = cookies.first(where: { $0.hasPrefix("AuthSession=") && $0.count > 12 })
        else { throw CouchFailure.foreign("/_session gives no cookie") }
        cookie.withLock { $0 = fresh }
        return fresh
    }

    private func send(
        _ path: String, posting body: String?, cookie: String?
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: address.root + "/" + path)
        // Never text/html: a refusal would come as a page.
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "reportd")
        if let cookie {
            request.headers.add(name: "cookie", value: cookie)
        } else if address.login == .basic, let user = address.user,
            let password = address.password
        {
            let token = Data("\(user):\(password)".utf8).base64EncodedString()
            request.headers.add(name: "authorization", value: "Basic " + token)
        }
        if let body {
            request.method = .POST
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(string: body))
        }
        do {
            return try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw try passing(error)
        }
    }

    private func collect(_ response: HTTPClientResponse, path: String) async throws -> [UInt8] {
        do {
            let buffer = try await response.body.collect(upTo: Self.largestAnswer)
            return Array(buffer.readableBytesView)
        } catch {
            throw try passing(error)
        }
    }

    private func refusal(of response: HTTPClientResponse, path: String) async throws -> CouchFailure
    {
        let bytes = try await collect(response, path: path)
        var parser = JSONParser(bytes)
        let body = try? parser.value()
        func word(_ name: String) -> String {
            guard case .text(let text)? = body?[name] else { return "" }
            return text
        }
        return .refused(
            status: Int(response.status.code), error: word("error"), reason: word("reason"),
            path: String(path.prefix { $0 != "?" }))
    }

    /// What a failure of the client means; a cancelled task is no failure of the server.
    func passing(_ error: any Error) throws -> CouchFailure {
        if error is CancellationError || Task.isCancelled { throw CancellationError() }
        return CouchFailure(error, silence: silence)
    }
}

/// Times as HTTP headers write them (RFC 9110, IMF-fixdate).
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads `Fri, 21 Nov 2025 06:30:00 GMT`; nil for anything else.
    static func instant(_ text: String) -> Instant? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3, let date = LocalDay(year: year, month: month + 1, day: day) else {
            return nil
        }
        let seconds = Int64(date.number) * 86_400
        return Instant(seconds: seconds + Int64(clock[0] * 3600 + clock[1] * 60 + clock[2]))
    }
}
